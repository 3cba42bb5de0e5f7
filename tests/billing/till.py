"""The windows to Stripe, pointed at the double, with everything in it that `billing sync` makes."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from uuid import uuid4

import httpx
from stripe import StripeClient

from chalicelib.adapters.stripe_books import StripeBooks
from chalicelib.adapters.stripe_catalogue import StripeCatalogue
from chalicelib.adapters.stripe_client import StripeApi
from chalicelib.adapters.stripe_meters import StripeMeters
from chalicelib.adapters.stripe_secret import StripeSecret
from chalicelib.adapters.stripe_selling import StripeSelling
from chalicelib.adapters.stripe_subscriptions import StripeSubscriptions
from chalicelib.billing.ports import CheckoutWish
from chalicelib.billing.price_ids import read_price_ids
from chalicelib.billing.shelf import Addresses
from infra.billing import sync
from tests.stripe_server.server import Server

DAY = 86_400
BEGIN = int(datetime(2026, 3, 31, 10, tzinfo=UTC).timestamp())
HERE = "https://fragua.example/billing"


class Known:
    """A secret that somebody knows by heart."""

    def __init__(self, api_key):
        self.secret = StripeSecret(api_key, ("whsec_double",))

    def current(self):
        return self.secret


class Till:
    def __init__(self, server, *, key="", operation_s=11.0, has_tax=False):
        self.server = server
        self.api = StripeApi(Known(key or server.key), server.url, operation_s=operation_s)
        # Somebody else's way to the same account: the SDK without ours.
        self.v1 = StripeClient(
            server.key, base_addresses={"api": server.url}, max_network_retries=0
        ).v1
        synced = sync(
            StripeCatalogue(Till.api_of(server)), "usd", Addresses(portal_return_url=HERE)
        )
        self.prices = read_price_ids(synced.prices)
        self.selling = StripeSelling(self.api, self.prices, has_tax=has_tax)
        self.subscriptions = StripeSubscriptions(self.api, self.prices)
        self.books = StripeBooks(self.api, self.prices)
        self.meters = StripeMeters(self.api, self.prices)

    @staticmethod
    def api_of(server):
        return StripeApi(Known(server.key), server.url)

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
        attached = self.v1.payment_methods.attach(card, {"customer": customer.id})
        default = {"default_payment_method": attached.id}
        self.v1.customers.update(customer.id, {"invoice_settings": default})
        prices = [self.prices.price_of(plan), self.prices.generations, self.prices.tokens]
        wish = {"customer": customer.id, "items": [{"price": one} for one in prices]}
        return customer.id, self.v1.subscriptions.create(wish).id

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
