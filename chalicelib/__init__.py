"""Everything that runs in Lambda. See docs/architecture.md for the map."""
