"""Who is asking: principals and API keys. Passwords, tokens, sessions and OAuth join them here."""
