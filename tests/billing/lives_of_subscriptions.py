"""Lives of subscriptions, each as the events that Stripe sends of it (six at most), and how it must end.

A life's events are given in the order in which they happened; the tests that use them deliver them in any.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.stripe_events import (
    MONTH_S,
    charge_of,
    event_of,
    invoice_of,
    subscription_of,
)

CUSTOMER = "cus_1"
BEGAN = int(datetime(2026, 10, 1, 9, tzinfo=UTC).timestamp())
RENEWS = BEGAN + MONTH_S
HOUR, DAY = 3600, 86400


@dataclass(frozen=True)
class Life:
    name: str
    events: tuple[dict[str, Any], ...]
    looked_at: int
    """When the standing is asked for."""
    plan: str
    state: str

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.looked_at, UTC)


def subscription(kind, at, *, period=BEGAN, plan="pro", **more):
    about = subscription_of(CUSTOMER, now=period, plan=plan, **{"start_date": BEGAN, **more})
    return event_of(f"customer.subscription.{kind}", about, at=at)


def invoice(kind, at, *, made=BEGAN, status="open", **more):
    return event_of(f"invoice.{kind}", invoice_of(CUSTOMER, now=made, status=status, **more), at=at)


FIRST = {"billing_reason": "subscription_create"}
LATE = {"status": "past_due", "period": RENEWS}

LIVES = [
    Life(
        "bought and paid within one second",
        (
            subscription("created", BEGAN, status="incomplete"),
            invoice("created", BEGAN, status="draft", **FIRST),
            invoice("finalized", BEGAN, **FIRST),
            invoice("paid", BEGAN, status="paid", **FIRST),
            subscription("updated", BEGAN, status="active"),
            event_of(
                "checkout.session.completed",
                {
                    "id": "cs_test_1",
                    "object": "checkout.session",
                    "customer": CUSTOMER,
                    "subscription": "sub_1",
                },
                at=BEGAN + 1,
            ),
        ),
        BEGAN + DAY,
        "pro",
        "current",
    ),
    Life(
        "a first payment that is declined gives nothing and owes nothing",
        (
            subscription("created", BEGAN, status="incomplete"),
            invoice("finalized", BEGAN, **FIRST),
            invoice("payment_failed", BEGAN, attempt_count=1, **FIRST),
            invoice("payment_action_required", BEGAN, attempt_count=1, **FIRST),
            subscription("updated", BEGAN + DAY, status="incomplete_expired", ended_at=BEGAN + DAY),
            invoice("voided", BEGAN + DAY, status="void", attempt_count=1, **FIRST),
        ),
        BEGAN + 2 * DAY,
        "free",
        "current",
    ),
    Life(
        "a renewal that fails and is paid three days later",
        (
            subscription("created", BEGAN),
            subscription("updated", RENEWS, period=RENEWS),
            invoice("payment_failed", RENEWS + HOUR, made=RENEWS, attempt_count=1),
            subscription("updated", RENEWS + HOUR, **LATE),
            invoice("paid", RENEWS + 3 * DAY, made=RENEWS, status="paid", attempt_count=2),
            subscription("updated", RENEWS + 3 * DAY, period=RENEWS),
        ),
        RENEWS + 4 * DAY,
        "pro",
        "current",
    ),
    Life(
        "a renewal that nobody pays",
        (
            subscription("created", BEGAN),
            invoice("payment_failed", RENEWS + HOUR, made=RENEWS, attempt_count=1),
            subscription("updated", RENEWS + HOUR, **LATE),
            invoice("payment_failed", RENEWS + 3 * DAY, made=RENEWS, attempt_count=2),
            invoice("payment_failed", RENEWS + 5 * DAY, made=RENEWS, attempt_count=3),
            subscription("updated", RENEWS + 7 * DAY, status="unpaid", period=RENEWS),
        ),
        RENEWS + 12 * DAY,
        "free",
        "read_only",
    ),
    Life(
        "dunned to its end",
        (
            subscription("created", BEGAN),
            invoice("payment_failed", RENEWS + HOUR, made=RENEWS, attempt_count=1),
            subscription("updated", RENEWS + HOUR, **LATE),
            invoice("marked_uncollectible", RENEWS + 7 * DAY, made=RENEWS, status="uncollectible", attempt_count=4),
            subscription("deleted", RENEWS + 7 * DAY, status="canceled", period=RENEWS, ended_at=RENEWS + 7 * DAY),
            event_of("customer.updated", {"id": CUSTOMER, "object": "customer", "delinquent": True}, at=RENEWS + 7 * DAY),
        ),
        RENEWS + 30 * DAY,
        "free",
        "lapsed",
    ),
    Life(
        "up, up again and down within a minute",
        (
            subscription("created", BEGAN, plan="starter"),
            subscription("updated", BEGAN + 20, plan="pro"),
            invoice("paid", BEGAN + 20, made=BEGAN + 20, status="paid", billing_reason="subscription_update"),
            subscription("updated", BEGAN + 40, plan="scale"),
            subscription("updated", BEGAN + 60, plan="pro"),
            event_of(
                "charge.refunded",
                charge_of(CUSTOMER, now=BEGAN + 20, refunded=500),
                at=BEGAN + 61,
            ),
        ),
        BEGAN + DAY,
        "pro",
        "current",
    ),
    Life(
        "cancelled, taken back, cancelled and ended",
        (
            subscription("created", BEGAN),
            subscription("updated", BEGAN + DAY, cancel_at_period_end=True),
            subscription("updated", BEGAN + 2 * DAY),
            subscription("updated", BEGAN + 3 * DAY, cancel_at_period_end=True),
            subscription("deleted", RENEWS, status="canceled", cancel_at_period_end=True, ended_at=RENEWS),
            invoice("paid", BEGAN, status="paid", **FIRST),
        ),
        RENEWS + DAY,
        "free",
        "current",
    ),
    Life(
        "tried, paused and resumed",
        (
            subscription("created", BEGAN, status="trialing", trial_end=RENEWS),
            subscription("trial_will_end", RENEWS - 3 * DAY, status="trialing", trial_end=RENEWS),
            subscription("paused", RENEWS, status="paused", trial_end=RENEWS),
            subscription("resumed", RENEWS + DAY, trial_end=RENEWS, period=RENEWS),
            invoice("paid", RENEWS + DAY, made=RENEWS + DAY, status="paid"),
            subscription("updated", RENEWS + 2 * DAY, trial_end=RENEWS, period=RENEWS, plan="scale"),
        ),
        RENEWS + 3 * DAY,
        "scale",
        "current",
    ),
    Life(
        "a customer who is deleted while a payment is late",
        (
            subscription("created", BEGAN),
            invoice("payment_failed", RENEWS + HOUR, made=RENEWS, attempt_count=1),
            subscription("updated", RENEWS + HOUR, **LATE),
            subscription("deleted", RENEWS + DAY, status="canceled", period=RENEWS, ended_at=RENEWS + DAY),
            event_of("customer.deleted", {"id": CUSTOMER, "object": "customer"}, at=RENEWS + DAY),
            event_of(
                "charge.refunded",
                charge_of(CUSTOMER, now=BEGAN, refunded=9900),
                at=RENEWS + DAY,
            ),
        ),
        RENEWS + 5 * DAY,
        "free",
        "current",
    ),
    Life(
        "two changes within one second that nobody can order",
        (
            subscription("created", BEGAN),
            subscription("updated", BEGAN + DAY, plan="starter"),
            subscription("updated", BEGAN + DAY, plan="scale"),
            invoice("paid", BEGAN, status="paid", **FIRST),
        ),
        BEGAN + 2 * DAY,
        "scale",
        "current",
    ),
]  # fmt: skip
