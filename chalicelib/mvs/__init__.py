"""Room: what was asked for. The spec, its faults in plain words, its completeness, its requirements."""
