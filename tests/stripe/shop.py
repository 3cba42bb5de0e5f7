"""A shop at the double: three plans, two meters, a customer on a test clock, and what was told of all that.

In: a running `Server`. Out: the SDK's client and ids. Callers: the double's own tests.
"""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import httpx
from stripe import StripeClient

from tests.stripe_server.server import Server

DAY = 86_400
BEGIN = int(datetime(2026, 1, 31, 10, tzinfo=UTC).timestamp())


class Shop:
    def __init__(self, server):
        self.server = server
        self.v1 = StripeClient(
            server.key, base_addresses={"api": server.url}, max_network_retries=0
        ).v1
        self.prices = {name: self._price(name, amount) for name, amount in (("starter", 2900), ("pro", 9900), ("scale", 29900))}  # fmt: skip
        self.meter = self.v1.billing.meters.create(
            {
                "display_name": "Tokens",
                "event_name": "tokens",
                "default_aggregation": {"formula": "sum"},
            }
        )
        self.metered = self._price("tokens", None, unit_amount_decimal="0.001", usage_type="metered", meter=self.meter.id)  # fmt: skip
        self.clock = self.v1.test_helpers.test_clocks.create({"frozen_time": BEGIN})
        self.customer = self.new_customer()

    def _price(self, name, amount, *, unit_amount_decimal=None, **recurring):
        product = self.v1.products.create({"name": name.title()})
        cost = {"unit_amount": amount} if amount else {"unit_amount_decimal": unit_amount_decimal}
        wish = {"product": product.id, "currency": "usd", "lookup_key": name, "recurring": {"interval": "month", **recurring}}  # fmt: skip
        return self.v1.prices.create({**wish, **cost}).id

    def new_customer(self, card="pm_card_visa", **more):
        made = self.v1.customers.create(
            {"name": "Ana", "email": "ana@example.com", "test_clock": self.clock.id, **more}
        )
        if card:
            self.give_card(made.id, card)
        return made.id

    def give_card(self, customer, card):
        attached = self.v1.payment_methods.attach(card, {"customer": customer})
        self.v1.customers.update(customer, {"invoice_settings": {"default_payment_method": attached.id}})  # fmt: skip

    def subscribe(self, plan="starter", customer=None, **more):
        wish = {"items": [{"price": self.prices[plan]}, {"price": self.metered}]}
        return self.v1.subscriptions.create({"customer": customer or self.customer, **wish, **more})

    def item(self, subscription):
        """The plan's own."""
        return next(each for each in subscription["items"].data if each.price.id != self.metered)

    def change(self, subscription, plan, **more):
        item = {"id": self.item(subscription).id, "price": self.prices[plan]}
        return self.v1.subscriptions.update(subscription.id, {"items": [item], **more})

    def checkout(self, plan="starter", customer=None, **more):
        return self.v1.checkout.sessions.create(
            {
                "mode": "subscription",
                "customer": customer or self.customer,
                "line_items": [{"price": self.prices[plan], "quantity": 1}, {"price": self.metered}],
                "success_url": "http://127.0.0.1/done?session={CHECKOUT_SESSION_ID}",
                "cancel_url": "http://127.0.0.1/back",
                **more,
            }
        )  # fmt: skip

    def presses(self, url, act):
        return httpx.post(url, data={"act": act}, follow_redirects=False)

    def at(self, seconds):
        """The clock goes on until so long after the beginning."""
        self.v1.test_helpers.test_clocks.advance(self.clock.id, {"frozen_time": BEGIN + seconds})
        assert self.v1.test_helpers.test_clocks.retrieve(self.clock.id).status == "ready"

    def uses(self, tokens, *, at=None, customer=None):
        payload = {"stripe_customer_id": customer or self.customer, "value": str(tokens)}
        when = {"timestamp": at} if at else {}
        self.v1.billing.meter_events.create({"event_name": "tokens", "payload": payload, **when})

    def told(self, *prefixes):
        """Kinds of events, the oldest first."""
        found = self.v1.events.list({"limit": 100}).auto_paging_iter()
        kinds = [each.type for each in found][::-1]
        return [kind for kind in kinds if not prefixes or kind.startswith(prefixes)]

    def invoices(self, customer=None):
        return self.v1.invoices.list({"customer": customer or self.customer, "limit": 50}).data

    def now(self, subscription):
        return self.v1.subscriptions.retrieve(subscription.id)


@contextlib.contextmanager
def shop(**more):
    with Server(**more) as server:
        yield Shop(server)
