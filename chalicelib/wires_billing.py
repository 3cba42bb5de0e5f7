"""Wires of what organizations pay for: what is kept of Stripe here, and the ways to Stripe itself.

In: `Settings`. Out: `billing`, `stripe_events` and the ports of `billing/ports.py`: `webhooks`, `selling`, `subscriptions`,
`books`, `meters`. Callers: `wiring.Wires` inherits it; doors ask. The surprise: only the last five load Stripe's SDK, so a
door that asks for none of them never waits for its import.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.adapters.database import Database
    from chalicelib.deployment.ports import Secrets
    from chalicelib.settings import Settings


class BillingWires:
    settings: Settings

    if TYPE_CHECKING:

        @cached_property
        def database(self) -> Database: ...

        @cached_property
        def secrets(self) -> Secrets: ...
