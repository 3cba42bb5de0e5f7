"""ROOM: what organizations pay for: plans bought at Stripe, what was heard of them, quotas, metering, dunning."""
