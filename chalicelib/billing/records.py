"""What is known of an organization's billing: frozen records, as the tables of 0016_billing.sql keep them.

In: Stripe's objects as plain data, by way of `reading.py`; rows. Out: `Subscription`, `Invoice`, `Payment`, `Price`,
`Account`, `Checkout`. Callers: the whole room, `adapters/billing_*.py`, doors. The surprise: whatever Stripe tells of comes with
a `Moment`, and of two tellings the one with the greater moment stands, so it does not matter in which order they arrive.
Money is whole minor units of the record's currency.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal
from uuid import UUID

from chalicelib.billing.price_ids import Meter
from chalicelib.tenancy.plans import BillingState as BillingState  # noqa: PLC0414 - offered here too
from chalicelib.tenancy.plans import PaidPlan, Plan

FETCHED: Final = "fetched"
"""The `event_id` of what we asked Stripe for ourselves."""


@dataclass(frozen=True, order=True)
class Moment:
    """Of when something told by Stripe is. Seconds are all that Stripe gives, so `rank` and the event's id decide within
    one: any order that everybody agrees on."""

    happened_at: datetime
    rank: int
    event_id: str


@dataclass(frozen=True, kw_only=True)
class Subscription:
    id: str
    status: str
    """Stripe's word: incomplete, incomplete_expired, trialing, active, past_due, canceled, unpaid, paused. What they mean: `statuses.py`."""
    price_id: str
    plan: PaidPlan | None
    """None for a price that is none of ours."""
    currency: str
    period_started_at: datetime
    period_ends_at: datetime
    is_ending: bool = False
    ends_at: datetime | None = None
    ended_at: datetime | None = None
    trial_ends_at: datetime | None = None
    is_paused: bool = False
    schedule_id: str | None = None
    began_at: datetime


@dataclass(frozen=True, kw_only=True)
class Invoice:
    id: str
    subscription_id: str | None
    number: str | None
    status: str
    reason: str | None
    currency: str
    total: int
    amount_due: int
    amount_paid: int
    amount_remaining: int
    attempts: int
    next_attempt_at: datetime | None
    made_at: datetime
    finalized_at: datetime | None
    paid_at: datetime | None
    period_started_at: datetime
    period_ends_at: datetime
    needs_action: bool = False
    page_url: str | None = None
    pdf_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class Payment:
    """A charge that was refunded or disputed."""

    id: str
    payment_intent_id: str | None
    currency: str
    amount: int
    amount_refunded: int
    made_at: datetime


@dataclass(frozen=True, kw_only=True)
class Dispute:
    """A bank takes a payment back, or tries to."""

    id: str
    payment_id: str
    payment_intent_id: str | None
    status: str
    """Stripe's word: needs_response, under_review, won, lost, …"""
    reason: str
    currency: str
    amount: int
    opened_at: datetime


@dataclass(frozen=True, kw_only=True)
class Price:
    id: str
    product_id: str
    is_active: bool
    currency: str
    unit_amount_decimal: Decimal | None
    """In minor units; fractions for what is metered."""
    interval: str | None


@dataclass(frozen=True, kw_only=True)
class Account:
    """Who an organization is at Stripe."""

    customer_id: str
    is_live: bool
    test_clock_id: str | None
    customer_deleted_at: datetime | None = None
    step_due_at: datetime | None = None
    owes_since: datetime | None = None
    """When the oldest invoice was made that is not settled; only who asks Stripe about them reads it."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How an organization stands because of all that is known: what `organizations` says of it."""

    plan: Plan
    state: BillingState
    state_ends_at: datetime | None
    period_started_at: datetime | None
    """None for the calendar month."""
    period_ends_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Checkout:
    id: str
    plan: PaidPlan
    status: Literal["open", "complete", "expired"]
    page_url: str | None
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Event:
    """An event of Stripe whose signature was good. `about` is the object it tells of, as plain data."""

    id: str
    kind: str
    happened_at: datetime
    is_live: bool
    about: dict[str, object]
    customer_id: str | None
    """Whose it is: the object itself when it is a customer, else its `customer`."""


@dataclass(frozen=True, kw_only=True)
class MeterEvent:
    """What is billed beyond the plan: one row of `meter_events`, told to Stripe under its own id."""

    id: UUID
    meter: Meter
    quantity: int
    happened_at: datetime
    first_tried_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class PaymentMethod:
    """How the next invoice would be paid. Asked of Stripe each time, never kept here."""

    kind: str
    """card, sepa_debit, link, …"""
    label: str
    """What people know it by: `visa •••• 4242`."""
    state: Literal["good", "expires_soon", "expired"]
    expires: str | None
    """YYYY-MM."""
