"""Events of Stripe in PostgreSQL: each is written down once, in the transaction of whatever it changes.

In: a `Database`, an event. Out: whether it is new, and the organization it is about, held. Callers: doors, by way of
`wires_billing.py`. Implements `billing.hearing.Events`. The surprise: the transaction begins as nobody's, because an event names
no tenant; the function that writes it down says to whom its customer leads, and the rest of the transaction is theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from chalicelib.adapters.billing_held import Done, PostgresHeld, hold
from chalicelib.adapters.database import Database, Session
from chalicelib.adapters.outbox import Outbox
from chalicelib.billing.records import FETCHED, Event, Price

KEPT_FOR: Final = timedelta(days=60)
MOST_AT_ONCE: Final = 1_000

HEAR: Final = """
select is_new, organization_id from platform.hear_stripe_event(
    %(id)s, %(kind)s, %(happened_at)s, %(customer_id)s
)
"""
NOTE_PRICE: Final = """
select platform.note_stripe_price(
    %(id)s, %(product_id)s, %(is_active)s, %(currency)s, %(unit_amount_decimal)s, %(interval)s, %(happened_at)s,
    %(event_id)s
)::text as done
"""
PRICES: Final = """
select id, product_id, is_active, currency, unit_amount_decimal, price_interval as interval
from platform.known_stripe_prices() order by id
"""
FORGET: Final = "select platform.forget_stripe_events(%(before)s, %(most)s) as number"


@dataclass(frozen=True)
class Written:
    is_new: bool
    organization_id: UUID | None


@dataclass(frozen=True)
class Forgotten:
    number: int


@dataclass(frozen=True)
class PostgresHeard:
    session: Session
    is_new: bool
    held: PostgresHeld | None

    def note_price(self, told: Price, event: Event) -> None:
        note_price(self.session, told, event.happened_at, event.id)


class PostgresStripeEvents:
    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._now = now

    @contextmanager
    def hearing(self, event: Event) -> Iterator[PostgresHeard]:
        """Whoever hears the same event meanwhile waits for the end of this, and then knows it."""
        with self._database.session_outside_tenants() as session:
            told = {"happened_at": event.happened_at, "customer_id": event.customer_id}
            written = session.one(Written, HEAR, id=event.id, kind=event.kind, **told)
            held = self._held(session, written) if written else None
            yield PostgresHeard(session, bool(written and written.is_new), held)

    def _held(self, session: Session, written: Written) -> PostgresHeld | None:
        if not written.is_new or written.organization_id is None:
            return None
        session.become(tenant=written.organization_id)
        return hold(session, self._outbox, self._now())

    def prices(self) -> list[Price]:
        with self._database.session_outside_tenants() as session:
            return session.all(Price, PRICES)

    def note_price(self, told: Price, at: datetime) -> None:
        """One that was asked for."""
        with self._database.session_outside_tenants() as session:
            note_price(session, told, at, FETCHED)

    def forget(self) -> int:
        """Those that nobody sends any more; how many."""
        with self._database.session_outside_tenants() as session:
            before = self._now() - KEPT_FOR
            found = session.one(Forgotten, FORGET, before=before, most=MOST_AT_ONCE)
        return found.number if found else 0


def note_price(session: Session, told: Price, at: datetime, event_id: str) -> None:
    session.one(Done, NOTE_PRICE, **asdict(told), happened_at=at, event_id=event_id)
