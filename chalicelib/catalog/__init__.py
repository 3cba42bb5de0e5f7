"""Room: what to start from: blueprints, industry overlays, and how one is laid over the other."""
