"""Room: who does a stage. The offline engine works by rules alone; others ask a model, and know prompts, not SDKs."""
