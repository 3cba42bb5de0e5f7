"""What hearing an event needs: the transaction that writes it down, and the organization it is about, held.

In and out: the room's records. Callers: `receiving.py`, `handlers.py`. Implemented by `adapters/stripe_event_store.py` and
`adapters/billing_held.py`; `tests/fakes_events.py` does the same in memory. The surprise: nothing here says in which order
things are told, because the end is the same in any.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from chalicelib.billing.letters import Notice
from chalicelib.billing.reading import PlanOf
from chalicelib.billing.records import (
    Account,
    Dispute,
    Event,
    Invoice,
    Moment,
    Payment,
    Price,
    Standing,
    Subscription,
)


class Held(Protocol):
    """One organization's billing, locked until the transaction ends."""

    @property
    def account(self) -> Account: ...

    @property
    def tenant_id(self) -> UUID: ...

    @property
    def is_doubtful(self) -> bool:
        """Whether Stripe is to be asked how things are."""

    @property
    def has_letters(self) -> bool: ...

    def knows(self, subscription_id: str) -> bool: ...

    def keep_subscription(self, told: Subscription, moment: Moment) -> None: ...

    def keep_invoice(self, told: Invoice, moment: Moment) -> None: ...

    def keep_payment(self, told: Payment, moment: Moment) -> None: ...

    def keep_dispute(self, told: Dispute, moment: Moment) -> None: ...

    def close_checkout(self, checkout_id: str, status: str, at: datetime) -> None: ...

    def customer_deleted(self, at: datetime) -> None: ...

    def look_again(self) -> None: ...

    def tell(self, notices: Iterable[Notice]) -> None: ...

    def restate(self, *, at: datetime | None = None) -> tuple[Standing, Standing]: ...


class Heard(Protocol):
    """The transaction in which an event was written down."""

    @property
    def is_new(self) -> bool: ...

    @property
    def held(self) -> Held | None:
        """None for who is nobody's customer here, and for what was heard before."""

    def note_price(self, told: Price, event: Event) -> None: ...


class Events(Protocol):
    def hearing(self, event: Event) -> AbstractContextManager[Heard]: ...


@dataclass(frozen=True, kw_only=True)
class Telling:
    """What a handler gets."""

    event: Event
    plan_of: PlanOf
