"""What is true at Stripe about one customer, for whoever compares it with what we believe.

In: a customer's id. Out: the customer, its subscriptions and invoices, the time it lives by. Implements
`billing.ports.Books`. Callers: wiring. The surprise: a list comes in pages and may change between two of them; each page's
objects are of the moment its answer was made.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from stripe import ListObject, StripeClient

from chalicelib.adapters.stripe_client import PAGE, StripeApi, answered_at, plain
from chalicelib.adapters.stripe_fetched import clock_time, fetched, fetched_invoice
from chalicelib.billing.ports import Customer, Fetched
from chalicelib.billing.price_ids import PriceIds
from chalicelib.billing.reading import id_of, read_price
from chalicelib.billing.records import Invoice, Moment, Price
from chalicelib.errors import NotFound

WITH_SCHEDULES: Final = ["data.schedule"]


class StripeBooks:
    def __init__(self, api: StripeApi, prices: PriceIds) -> None:
        self._api, self._prices = api, prices

    def customer_now(self, customer_id: str) -> Customer:
        """Raises `NotFound` for one that never was, or is of the other mode."""
        with self._api.speaking() as stripe:
            found = plain(stripe.v1.customers.retrieve(customer_id))
        clock = found.get("test_clock")
        return Customer(
            id=found["id"],
            is_live=bool(found.get("livemode", self._api.is_live)),
            test_clock_id=clock if isinstance(clock, str) else None,
            is_deleted=found.get("deleted") is True,
        )

    def subscriptions_of(self, customer_id: str) -> list[Fetched]:
        with self._api.speaking() as stripe:
            first = stripe.v1.subscriptions.list(
                {
                    "customer": customer_id,
                    "status": "all",
                    "limit": PAGE,
                    "expand": WITH_SCHEDULES,
                }
            )
            times = _Times(stripe)
            return [fetched(one, times.of(one, at), self._prices) for one, at in _each(first)]

    def invoices_of(self, customer_id: str, since: datetime) -> list[tuple[Invoice, Moment]]:
        with self._api.speaking() as stripe:
            first = stripe.v1.invoices.list(
                {
                    "customer": customer_id,
                    "created": {"gte": int(since.timestamp())},
                    "limit": PAGE,
                }
            )
            times = _Times(stripe)
            return [fetched_invoice(one, times.of(one, at)) for one, at in _each(first)]

    def prices(self) -> list[tuple[Price, datetime]]:
        with self._api.speaking() as stripe:
            found = [stripe.v1.prices.retrieve(id_) for id_ in self._prices.sold.values()]
            return [(read_price(plain(one)), answered_at(one)) for one in found]

    def payer_of(self, payment_id: str) -> str | None:
        with self._api.speaking() as stripe:
            return id_of(plain(stripe.v1.charges.retrieve(payment_id)).get("customer"))

    def now(self, test_clock_id: str | None) -> datetime:
        if test_clock_id is None:
            return datetime.now(UTC)
        with self._api.speaking() as stripe:
            return clock_time(stripe, test_clock_id)

    def close_customer(self, customer_id: str) -> None:
        """One that is gone already is fine."""
        with suppress(NotFound), self._api.speaking() as stripe:
            stripe.v1.customers.delete(customer_id)


class _Times:
    """Of when what was fetched is; a test clock is asked once for all."""

    def __init__(self, stripe: StripeClient) -> None:
        self._stripe = stripe
        self._clocks: dict[str, datetime] = {}

    def of(self, found: dict[str, Any], at: datetime) -> datetime:
        clock = found.get("test_clock")
        if not isinstance(clock, str):
            return at
        if clock not in self._clocks:
            self._clocks[clock] = clock_time(self._stripe, clock)
        return self._clocks[clock]


def _each(page: ListObject[Any]) -> Iterator[tuple[dict[str, Any], datetime]]:
    """All pages of a list, with when each was answered."""
    while True:
        at = answered_at(page)
        yield from ((plain(one), at) for one in page.data)
        if not page.has_more:
            return
        page = page.next_page()
