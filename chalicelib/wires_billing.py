"""Wires of what organizations pay for: what is kept of Stripe here, and the ways to Stripe itself.

In: `Settings`. Out: what is kept (`ledger`, `billing_steps`, `meter_rows`, `consumption`, `stripe_events`) and the ports of
`billing/ports.py`: `webhooks`, `selling`, `subscriptions`, `books`, `meters`. Callers: `wiring.Wires` inherits it; doors ask.
The surprise: only the last five load Stripe's SDK, so a door that asks for none of them never waits for its import.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.errors import BillingNotOffered

if TYPE_CHECKING:
    from chalicelib.adapters.billing_steps import PostgresSteps
    from chalicelib.adapters.database import Database
    from chalicelib.adapters.meter_store import PostgresMeterRows
    from chalicelib.adapters.stripe_client import StripeApi
    from chalicelib.adapters.stripe_event_store import PostgresStripeEvents
    from chalicelib.adapters.stripe_secret import StoredStripeSecret
    from chalicelib.billing.ledger import Ledger
    from chalicelib.billing.ports import Books, Meters, Selling, Subscriptions, Webhooks
    from chalicelib.billing.price_ids import PriceIds
    from chalicelib.billing.usage import Consumption
    from chalicelib.deployment.ports import Secrets
    from chalicelib.settings import Settings


class BillingWires:
    settings: Settings

    if TYPE_CHECKING:

        @cached_property
        def database(self) -> Database: ...

        @cached_property
        def secrets(self) -> Secrets: ...

    # ---- what is kept here ----

    @cached_property
    def ledger(self) -> Ledger:
        from chalicelib.adapters.billing_ledger import PostgresLedger

        return PostgresLedger(self.database)

    @cached_property
    def billing_steps(self) -> PostgresSteps:
        from chalicelib.adapters.billing_steps import PostgresSteps
        from chalicelib.adapters.outbox import Outbox

        return PostgresSteps(self.database, Outbox(self.database))

    @cached_property
    def meter_rows(self) -> PostgresMeterRows:
        from chalicelib.adapters.meter_store import PostgresMeterRows

        return PostgresMeterRows(self.database)

    @cached_property
    def consumption(self) -> Consumption:
        from chalicelib.adapters.consumption_store import PostgresConsumption

        return PostgresConsumption(self.database)

    @cached_property
    def stripe_events(self) -> PostgresStripeEvents:
        from chalicelib.adapters.outbox import Outbox
        from chalicelib.adapters.stripe_event_store import PostgresStripeEvents

        return PostgresStripeEvents(self.database, Outbox(self.database))

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

    @cached_property
    def stripe_api(self) -> StripeApi:
        from chalicelib.adapters.stripe_client import StripeApi

        return StripeApi(self.stripe_secret, self.settings.stripe_base_url)

    @cached_property
    def selling(self) -> Selling:
        from chalicelib.adapters.stripe_selling import StripeSelling

        has_tax = self.settings.stripe_tax == "on"
        return StripeSelling(self.stripe_api, self.price_ids, has_tax=has_tax)

    @cached_property
    def subscriptions(self) -> Subscriptions:
        from chalicelib.adapters.stripe_subscriptions import StripeSubscriptions

        return StripeSubscriptions(self.stripe_api, self.price_ids)

    @cached_property
    def books(self) -> Books:
        from chalicelib.adapters.stripe_books import StripeBooks

        return StripeBooks(self.stripe_api, self.price_ids)

    @cached_property
    def meters(self) -> Meters:
        from chalicelib.adapters.stripe_meters import StripeMeters

        return StripeMeters(self.stripe_api, self.price_ids)
