"""Letters to people: which kinds there are, how they read in Spanish and English, when they leave.

A request only posts a letter (adapters/outbox.py); `sending` decides to whom it goes, makes the one-time token it
carries, and hands it to the mail service, in a Lambda of its own.
"""
