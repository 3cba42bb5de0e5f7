"""One account at Stripe: what every resource's functions get first.

In: a store, a clock. Out: the time, new objects, tellings of what happened. Callers: each resource, `handler.py`.
The surprise: an object of a customer with a test clock lives in the clock's time, its events too.
"""

from __future__ import annotations

import threading
import time

from tests.stripe_server import events


class Account:
    def __init__(self, store, *, clock=time.time, url="", currency="usd"):
        self.store = store
        self.url = url
        """Of the server itself: pages for people begin with it."""
        self.currency = currency
        self.id = "acct_1FraguaDouble0000"
        self.settings = {}
        """What tests may choose (`POST /_double/settings`), e.g. how dunning ends."""
        self.asking = threading.local()
        """Of the request that is answered: `request_id`, `idempotency_key`."""
        self._clock = clock

    def now(self, of=None):
        """Whole seconds. `of`: an object of a customer, or its id; by the test clock it lives by, if any."""
        frozen = self._test_clock(of)
        return int(self._clock()) if frozen is None else frozen["frozen_time"]

    def new(self, kind, prefix, *, of=None, length=24, **fields):
        """An object with what every object of Stripe has, kept."""
        made = {
            "id": self.store.new_id(prefix, length),
            "object": kind,
            "created": self.now(of),
            "livemode": self.store.is_live,
            **fields,
        }
        return self.store.add(made)

    def tell(self, kind, about, *, previous=None, of=None):
        """An event with `about` as it is now; `previous`: what was different before it. `of`: whose time it lives in."""
        return events.tell(self, kind, about, previous=previous, of=of)

    def _test_clock(self, of):
        if isinstance(of, str):
            of = self.store.find(of)
        if of is None:
            return None
        if of["object"] == "test_helpers.test_clock":
            return of
        if of.get("test_clock"):
            return self.store.find(of["test_clock"])
        customer = of.get("customer")
        return self._test_clock(customer) if customer and of["object"] != "customer" else None
