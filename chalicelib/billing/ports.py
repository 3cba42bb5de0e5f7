"""What this room needs of the payment provider. Implemented by `adapters/stripe_*.py`; a test double speaks the same protocol.

In and out: the room's records. Callers: the use cases beside it. Every method may raise `PaymentsBusy` (the same call again
later), `PaymentsAccountRefused` (an operator's turn: key, rights, configuration) and, where somebody pays, `PaymentDeclined`.
The surprise: whatever makes or moves something takes a `key` of ours: the same key never does it twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from chalicelib.billing.price_ids import Meter
from chalicelib.billing.records import (
    Checkout,
    Event,
    Invoice,
    MeterEvent,
    Moment,
    PaymentMethod,
    Price,
    Subscription,
)
from chalicelib.tenancy.plans import PaidPlan


@dataclass(frozen=True, kw_only=True)
class Customer:
    id: str
    is_live: bool
    test_clock_id: str | None
    is_deleted: bool = False


@dataclass(frozen=True, kw_only=True)
class CheckoutWish:
    tenant_id: UUID
    customer_id: str
    plan: PaidPlan
    locale: str
    success_url: str
    cancel_url: str


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """A subscription as it is now. `pending_plan` from `pending_at` on, when a schedule says so."""

    subscription: Subscription
    moment: Moment
    pending_plan: PaidPlan | None = None
    pending_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ChangePreview:
    """What an upgrade costs now, in minor units."""

    amount_due: int
    currency: str


class Webhooks(Protocol):
    def event(self, raw: bytes, signature: str) -> Event:
        """Raises `BadSignature` for what none of our secrets signed within the last 300 s, `WrongMode`, `InvalidRequest`."""


class Selling(Protocol):
    def customer(
        self, tenant_id: UUID, *, name: str, email: str, locale: str, key: str
    ) -> Customer:
        """Makes it, or finds what this key made."""

    def open_checkout(self, wish: CheckoutWish, *, key: str) -> Checkout: ...

    def checkout(self, checkout_id: str) -> Checkout:
        """As it is now."""

    def expire_checkout(self, checkout_id: str) -> Checkout:
        """As it is afterwards: one that is closed already stays as it is."""

    def portal_url(self, customer_id: str, *, locale: str, return_url: str) -> str: ...

    def payment_method(self, customer_id: str) -> PaymentMethod | None: ...


class Subscriptions(Protocol):
    """Each answers with the subscription as it is afterwards."""

    def preview(self, subscription_id: str, plan: PaidPlan) -> ChangePreview: ...

    def change_now(self, subscription_id: str, plan: PaidPlan, *, key: str) -> Fetched:
        """Pays the difference at once, or changes nothing and raises `PaymentDeclined`."""

    def change_at_period_end(
        self, subscription_id: str, plan: PaidPlan, *, key: str
    ) -> Fetched: ...

    def end_at_period_end(self, subscription_id: str, *, key: str) -> Fetched: ...

    def go_on(self, subscription_id: str, *, key: str) -> Fetched:
        """Takes back whatever was to happen at the period's end."""

    def end_now(self, subscription_id: str, *, key: str) -> Fetched:
        """At once, nothing more is charged; one that ended already stays as it is."""


class Books(Protocol):
    """What is true at Stripe, for whoever compares."""

    def customer_now(self, customer_id: str) -> Customer: ...

    def subscriptions_of(self, customer_id: str) -> list[Fetched]:
        """All that ever were, the newest first."""

    def invoices_of(self, customer_id: str, since: datetime) -> list[tuple[Invoice, Moment]]: ...

    def prices(self) -> list[tuple[Price, datetime]]:
        """What is sold now, and of when that is."""

    def payer_of(self, payment_id: str) -> str | None:
        """The customer a charge was made to; None for one of nobody's."""

    def now(self, test_clock_id: str | None) -> datetime:
        """The time the customer lives by: a test clock's, else ours."""

    def close_customer(self, customer_id: str) -> None:
        """Ends what it subscribed to and deletes it; Stripe keeps its invoices."""


class Meters(Protocol):
    def report(self, customer_id: str, event: MeterEvent) -> None:
        """Told once, however often it is called with the same event."""

    def total(self, customer_id: str, meter: Meter, since: datetime, until: datetime) -> int:
        """What Stripe counted. Whole minutes."""
