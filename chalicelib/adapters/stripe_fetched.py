"""What Stripe answered about a subscription or an invoice, as the room's records with the moment it is of.

In: objects of the SDK, fetched with their schedule. Out: `Fetched`, `(Invoice, Moment)`. Callers: `stripe_subscriptions.py`,
`stripe_books.py`. The surprise: whoever lives by a test clock is told of in that clock's time, as its events are.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from stripe import StripeClient, StripeObject

from chalicelib.adapters.stripe_client import answered_at, plain
from chalicelib.billing.newest import fetched_moment
from chalicelib.billing.ports import Fetched
from chalicelib.billing.price_ids import PriceIds
from chalicelib.billing.reading import Unreadable, id_of, read_invoice, read_subscription
from chalicelib.billing.records import Invoice, Moment
from chalicelib.errors import PaymentsBusy
from chalicelib.tenancy.plans import PaidPlan

WITH_SCHEDULE: Final = ["schedule"]
UNREADABLE: Final = "Stripe's answer can't be followed. Try again in a moment."


def fetched(found: dict[str, Any], at: datetime, prices: PriceIds) -> Fetched:
    """`at` by the clock it lives by."""
    try:
        subscription = read_subscription(found, prices.plan_of)
    except Unreadable:
        raise PaymentsBusy(UNREADABLE) from None
    plan, begins_at = pending(found, prices)
    return Fetched(
        subscription=subscription,
        moment=fetched_moment(subscription, at),
        pending_plan=plan,
        pending_at=begins_at,
    )


def fetched_one(stripe: StripeClient, found: StripeObject, prices: PriceIds) -> Fetched:
    told = plain(found)
    clock = told.get("test_clock")
    at = clock_time(stripe, clock) if isinstance(clock, str) else answered_at(found)
    return fetched(told, at, prices)


def fetched_invoice(found: dict[str, Any], at: datetime) -> tuple[Invoice, Moment]:
    try:
        invoice = read_invoice(found)
    except Unreadable:
        raise PaymentsBusy(UNREADABLE) from None
    return invoice, fetched_moment(invoice, at)


def clock_time(stripe: StripeClient, test_clock_id: str) -> datetime:
    clock = stripe.v1.test_helpers.test_clocks.retrieve(test_clock_id)
    return datetime.fromtimestamp(clock.frozen_time, UTC)


def pending(
    found: dict[str, Any], prices: PriceIds
) -> tuple[PaidPlan, datetime] | tuple[None, None]:
    """What its schedule makes of it after the phase it is in."""
    schedule = found.get("schedule")
    if not isinstance(schedule, dict) or schedule.get("status") not in ("active", "not_started"):
        return None, None
    current = schedule.get("current_phase") or {}
    for phase in schedule.get("phases") or []:
        if phase["start_date"] < current.get("end_date", 0):
            continue
        for item in phase["items"]:
            if plan := prices.plan_of(id_of(item["price"]) or ""):
                return plan, datetime.fromtimestamp(phase["start_date"], UTC)
    return None, None
