"""A webhook in one process on one core: our door with a real PostgreSQL, beside a handler that only verifies the signature.

In: the local stack's database, events. Out: one row. Callers: `bench/billing.py`. The surprise: on the local stack most of a
request is the emulated gateway's; this is what is left without it, so here the ratio is ours alone. The
quickest of many short batches counts: whatever else the machine does only ever adds.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import islice
from typing import Any

from bench import plain_webhook
from bench.identity import SETTINGS, Laptop, event
from bench.rows import Row, seconds
from bench.stripe_events import Sent
from chalicelib.adapters.connection_urls import connection_url
from chalicelib.adapters.stripe_secret import StripeSecret
from infra.local.place import Place
from infra.local.platform_data import passwords
from infra.local.postgres import admin_dsn
from infra.migrate import DATABASE

BATCHES, IN_BATCH = 25, 20
Handler = Callable[[dict[str, Any], Any], Any]


class Till(Laptop):
    """The wires of a laptop, with a secret of Stripe's that is known by heart."""

    def __init__(self, dsn: str, secret: str, prices: str) -> None:
        super().__init__(dsn)
        self.settings = dataclasses.replace(SETTINGS, stripe_prices=prices)
        self._secret = StripeSecret("sk_test_bench", (secret,))

    @cached_property
    def stripe_secret(self) -> Any:
        return self

    def current(self) -> StripeSecret:
        return self._secret


def in_process(place: Place, secret: str, prices: str, stream: Iterator[Sent]) -> Iterator[Row]:
    app_user = {"user": "fragua_app", "password": passwords(place)["app"], "database": DATABASE}
    till = Till(connection_url(admin_dsn(place, DATABASE), **app_user), secret, prices)
    os.environ["SECRET"] = secret
    handlers = (door(till), plain_webhook.handler)
    spent: tuple[list[float], list[float]] = ([], [])
    try:
        for _ in range(BATCHES + 1):
            batch = [told(sent, secret) for sent in islice(stream, IN_BATCH)]
            for handler, times in zip(handlers, spent, strict=True):
                times.append(seconds(lambda handler=handler, batch=batch: heard(handler, batch)))
    finally:
        till.database.close()
    mine, theirs = (min(times[1:]) / IN_BATCH * 1000 for times in spent)
    yield Row(
        what="webhook in one process, without a gateway",
        ours=mine,
        unit="ms",
        peer="a handler that only verifies",
        theirs=theirs,
    )


def heard(handler: Handler, batch: list[dict[str, Any]]) -> None:
    for one in batch:
        answer = handler(one, None)
        assert answer["statusCode"] == 200, answer


def door(till: Till) -> Handler:
    from app import app
    from chalicelib.http import endpoint

    endpoint.wires = lambda: till
    return app


def told(sent: Sent, secret: str) -> dict[str, Any]:
    said = event("POST", "/webhooks/stripe", None, "")
    said["headers"]["stripe-signature"] = sent.signature(secret)
    return {**said, "body": sent.raw.decode()}
