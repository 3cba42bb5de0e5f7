"""The `fragua` command: a client of the public API, nothing more."""
