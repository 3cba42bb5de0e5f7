"""What the design's targets are measured with: ratios against a named peer in the same run."""
