"""Wires of what organizations pay for: what is kept of Stripe here, and the ways to Stripe itself.

In: `Settings`. Out: `billing`, `stripe_events` and the ports of `billing/ports.py`: `webhooks`, `selling`, `subscriptions`,
`books`, `meters`. Callers: `wiring.Wires` inherits it; doors ask. The surprise: only the last five load Stripe's SDK, so a
door that asks for none of them never waits for its import.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.errors import BillingNotOffered

if TYPE_CHECKING:
    from chalicelib.adapters.database import Database
    from chalicelib.adapters.stripe_secret import StoredStripeSecret
    from chalicelib.billing.ports import Webhooks
    from chalicelib.billing.price_ids import PriceIds
    from chalicelib.deployment.ports import Secrets
    from chalicelib.settings import Settings


class BillingWires:
    settings: Settings

    if TYPE_CHECKING:

        @cached_property
        def database(self) -> Database: ...

        @cached_property
        def secrets(self) -> Secrets: ...

    # ---- Stripe ----

    @cached_property
    def stripe_secret(self) -> StoredStripeSecret:
        from chalicelib.adapters.stripe_secret import StoredStripeSecret

        if not self.settings.stripe_secret_id:
            raise BillingNotOffered("This deployment has no account at Stripe.")
        return StoredStripeSecret(self.secrets, self.settings.stripe_secret_id)

    @cached_property
    def price_ids(self) -> PriceIds:
        from chalicelib.billing.price_ids import read_price_ids

        return read_price_ids(self.settings.stripe_prices)

    @cached_property
    def webhooks(self) -> Webhooks:
        from chalicelib.adapters.stripe_webhooks import StripeWebhooks

        return StripeWebhooks(self.stripe_secret)
