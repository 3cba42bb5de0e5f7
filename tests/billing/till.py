"""The windows to Stripe, pointed at the double, with everything in it that `billing sync` makes."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from uuid import uuid4

import httpx
from stripe import StripeClient

from chalicelib.adapters.stripe_client import StripeApi
from chalicelib.billing.ports import CheckoutWish
from tests.stripe_server.server import Server
from tests.stripe_windows import HERE, Known, Windows

DAY = 86_400
BEGIN = int(datetime(2026, 3, 31, 10, tzinfo=UTC).timestamp())


class Till(Windows):
    def __init__(self, server, *, key="", operation_s=11.0, has_tax=False):
        self.server = server
        sdk = StripeClient(server.key, base_addresses={"api": server.url}, max_network_retries=0)
        super().__init__(
            StripeApi(Known(key or server.key), server.url, operation_s=operation_s),
            sdk.v1,
            StripeApi(Known(server.key), server.url),
            has_tax=has_tax,
        )

    def goes_wrong(self, **fault):
        self.server.faults.add(fault)

    def asked(self, path, method="POST"):
        """Requests that arrived there."""
        return [
            one for one in self.server.requests if one["path"] == path and one["method"] == method
        ]

    def new_customer(self, *, key="", name="Agencia Eva", tenant_id=None):
        return self.selling.customer(
            tenant_id or uuid4(),
            name=name,
            email="eva@agencia.example",
            locale="es",
            key=key or uuid4().hex,
        )

    def wish(self, customer, plan="pro"):
        return CheckoutWish(
            tenant_id=uuid4(),
            customer_id=customer.id,
            plan=plan,
            locale="es",
            success_url=f"{HERE}?paid",
            cancel_url=f"{HERE}?left",
        )

    def subscribe(self, plan="pro", card="pm_card_visa", *, clock=None):
        """A customer who pays with this card, and the subscription."""
        more = {"test_clock": clock} if clock else {}
        customer = self.v1.customers.create({"name": "Ana", "email": "ana@agencia.example", **more})
        return customer.id, self.subscribe_with(card, customer.id, plan)

    def new_clock(self):
        return self.v1.test_helpers.test_clocks.create({"frozen_time": BEGIN}).id

    def pays(self, page_url):
        return httpx.post(page_url, data={"act": "pays"}, follow_redirects=False)

    def presses(self, page_url, act):
        return httpx.post(page_url, data={"act": act}, follow_redirects=False)


@contextlib.contextmanager
def till(**how):
    with Server() as server:
        yield Till(server, **how)
