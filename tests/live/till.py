"""Our windows to Stripe, pointed at an account of somebody's, with what `billing sync` makes there.

In: a key of test mode. Out: the windows, and the SDK for what people do with cards there. Callers: the tests beside it. The
surprise: Stripe moves a test clock when it has time, so whoever does waits until it has arrived.
"""

from __future__ import annotations

import time
from uuid import uuid4

from stripe import StripeClient

from chalicelib.adapters.stripe_client import StripeApi
from tests.stripe_windows import Known, Windows

PATIENCE_S = 180
OPERATION_S = 60


class Till(Windows):
    def __init__(self, key, base_url=""):
        api = StripeApi(Known(key), base_url, operation_s=OPERATION_S)
        addresses = {"base_addresses": {"api": base_url}} if base_url else {}
        super().__init__(api, StripeClient(key, max_network_retries=2, **addresses).v1, api)
        self.began_at = int(time.time())
        self._customers = []

    def close(self):
        for customer_id in self._customers:
            self.books.close_customer(customer_id)

    def new_customer(self, *, key=""):
        """As the platform makes one, in our time."""
        made = self.selling.customer(
            uuid4(), name="Fragua", email="fragua@example.com", locale="es", key=key or uuid4().hex
        )
        self._customers.append(made.id)
        return made.id

    def new_clock(self):
        wish = {"frozen_time": int(time.time()), "name": "fragua"}
        return self.v1.test_helpers.test_clocks.create(wish).id

    def goes_on(self, clock, seconds):
        now = self.v1.test_helpers.test_clocks.retrieve(clock).frozen_time
        self.v1.test_helpers.test_clocks.advance(clock, {"frozen_time": now + seconds})
        self.until(lambda: self.v1.test_helpers.test_clocks.retrieve(clock).status == "ready")

    def until(self, is_there):
        ends_at = time.monotonic() + PATIENCE_S
        while not (found := is_there()):
            assert time.monotonic() < ends_at, "it did not come about in time"
            time.sleep(0.2 if time.monotonic() < ends_at - PATIENCE_S + 2 else 2)
        return found

    def subscribe(self, clock, plan="starter", card="pm_card_visa"):
        """`(customer, subscription)`."""
        customer = self.v1.customers.create({"name": "Fragua", "test_clock": clock}).id
        return customer, self.subscribe_with(card, customer, plan)

    def now(self, customer_id):
        """The newest of what it subscribed to."""
        return self.books.subscriptions_of(customer_id)[0].subscription
