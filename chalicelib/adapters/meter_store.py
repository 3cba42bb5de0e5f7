"""What goes beyond a plan, in PostgreSQL: noted with what caused it, told to Stripe afterwards.

In: an open session for what is noted; a `Database` for what is told. Out: `Waiting`, `MeterEvent`, sums. Callers: the stores
that book calls and end runs; the job `meter`, by way of `wiring.py`. Implements `billing.metering.MeterRows`. The surprise: the
period's row is held before it is known which calls are new, so whoever books meanwhile counts on from there, exactly.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid4

from chalicelib.adapters.database import Database, Session
from chalicelib.billing.metering import Dated, Payer, Waiting, beyond
from chalicelib.billing.periods import Period, period_at
from chalicelib.billing.price_ids import Meter
from chalicelib.billing.quota import OnPlan
from chalicelib.billing.records import MeterEvent

# Of an organization that is being deleted too: its last runs are still booked.
HERE: Final = """
select plan, billing_state, period_started_at, period_ends_at, overage_generations_max
from platform.organizations where tenant_id = %(tenant_id)s
"""
HOLD: Final = """
insert into platform.usage_periods as period (tenant_id, period_started_at, counted_tokens)
values (%(tenant_id)s, %(period_started_at)s, 0)
on conflict (tenant_id, period_started_at) do update set counted_tokens = period.counted_tokens
returning counted_tokens as number
"""
COUNT: Final = """
update platform.usage_periods set counted_tokens = %(counted_tokens)s
where tenant_id = %(tenant_id)s and period_started_at = %(period_started_at)s
"""
USED: Final = """
select coalesce(sum(counted_tokens), 0)::bigint as number from platform.usage_periods
where tenant_id = %(tenant_id)s and period_started_at = %(period_started_at)s
"""
NOTE: Final = """
insert into platform.meter_events (
    tenant_id, id, meter, quantity, generation_id, discovery_id, period_started_at
) values (
    %(tenant_id)s, %(id)s, %(meter)s, %(quantity)s, %(generation_id)s, %(discovery_id)s, %(period_started_at)s
) on conflict do nothing
"""
PAYER: Final = """
select account.customer_id, account.test_clock_id, account.customer_deleted_at is not null as is_gone,
    organization.period_started_at, organization.period_ends_at
from platform.billing_accounts as account
join platform.organizations as organization on organization.tenant_id = account.tenant_id
where account.tenant_id = %(tenant_id)s
"""
FIRST_WAITING: Final = """
select id, meter, quantity, period_started_at, happened_at, dated_at, first_tried_at, last_tried_at
from platform.meter_events
where tenant_id = %(tenant_id)s and meter = %(meter)s and sent_at is null and refused_at is null
order by happened_at, id limit 1
"""
BEGIN: Final = """
update platform.meter_events
set dated_at = %(dated_at)s, period_started_at = %(period_started_at)s, first_tried_at = now(), last_tried_at = now()
where tenant_id = %(tenant_id)s and id = %(id)s and sent_at is null and refused_at is null
    and first_tried_at is not distinct from %(first_tried_at)s
returning id, meter, quantity, dated_at as happened_at, first_tried_at
"""
AGAIN: Final = """
update platform.meter_events set last_tried_at = now()
where tenant_id = %(tenant_id)s and id = %(id)s and sent_at is null and refused_at is null
    and first_tried_at = %(first_tried_at)s
returning id, meter, quantity, dated_at as happened_at, first_tried_at
"""
SENT: Final = """
update platform.meter_events set sent_at = now()
where tenant_id = %(tenant_id)s and id = %(id)s and sent_at is null and refused_at is null
"""
REFUSED: Final = """
update platform.meter_events set refused_at = now(), refused_reason = %(reason)s
where tenant_id = %(tenant_id)s and id = %(id)s and sent_at is null and refused_at is null
"""
SENT_WITHIN: Final = """
select coalesce(sum(quantity), 0)::bigint as number from platform.meter_events
where tenant_id = %(tenant_id)s and meter = %(meter)s and sent_at is not null
    and dated_at >= %(since)s and dated_at < %(until)s
"""


@dataclass(frozen=True)
class Number:
    number: int


@dataclass(frozen=True)
class CountsAs:
    """What a call is in the books of a period."""

    period_started_at: datetime
    beyond_tokens: int
    meter_event_id: UUID | None


@dataclass
class Counting:
    """The tokens of one booking: which of them are beyond the plan. Holds the period until the transaction ends."""

    session: Session
    here: OnPlan
    period: Period
    before: int
    now: int
    event_id: UUID = field(default_factory=uuid4)
    beyond: int = 0

    def counts_as(self, tokens: int) -> CountsAs:
        """Of a call that is the next one, if it is new."""
        billed = self._beyond(tokens)
        return CountsAs(self.period.started_at, billed, self.event_id if billed else None)

    def take(self, tokens: int) -> None:
        self.beyond += self._beyond(tokens)
        self.now += tokens

    def _beyond(self, tokens: int) -> int:
        is_billed = self.here.allows_overage
        return beyond(self.now, tokens, self.here.terms.tokens) if is_billed else 0

    def keep(self, **cause: UUID | None) -> None:
        started_at = self.period.started_at
        if self.now != self.before:
            self.session.run(COUNT, period_started_at=started_at, counted_tokens=self.now)
        if self.beyond:
            _note(self.session, self.event_id, "tokens", self.beyond, started_at, **cause)


def counting(session: Session) -> Counting:
    here = _here(session)
    period = period_at(here, datetime.now(UTC))
    held = session.one(Number, HOLD, period_started_at=period.started_at)
    before = held.number if held else 0
    return Counting(session, here, period, before, before)


def note_generation(session: Session, generation_id: UUID) -> None:
    """A run that succeeded beyond the plan. Once, however often it is noted."""
    period = period_at(_here(session), datetime.now(UTC))
    cause = {"generation_id": generation_id, "discovery_id": None}
    _note(session, uuid4(), "generations", 1, period.started_at, **cause)


def tokens_used(session: Session, period: Period) -> int:
    """Of those that count. Exact for nobody: runs under way are booked when they end."""
    found = session.one(Number, USED, period_started_at=period.started_at)
    return found.number if found else 0


class PostgresMeterRows:
    def __init__(self, database: Database) -> None:
        self._database = database

    def payer(self, tenant_id: UUID) -> Payer | None:
        with self._database.tenant_session(tenant_id) as session:
            return session.one(Payer, PAYER)

    def first_waiting(self, tenant_id: UUID, meter: Meter) -> Waiting | None:
        with self._database.tenant_session(tenant_id) as session:
            return session.one(Waiting, FIRST_WAITING, meter=meter)

    def trying(self, tenant_id: UUID, event: Waiting, dated: Dated | None) -> MeterEvent | None:
        seen = {"id": event.id, "first_tried_at": event.first_tried_at}
        with self._database.tenant_session(tenant_id) as session:
            if dated is None:
                return session.one(MeterEvent, AGAIN, **seen)
            as_of = {"dated_at": dated.dated_at, "period_started_at": dated.period_started_at}
            return session.one(MeterEvent, BEGIN, **seen, **as_of)

    def sent(self, tenant_id: UUID, event_id: UUID) -> None:
        with self._database.tenant_session(tenant_id) as session:
            session.run(SENT, id=event_id)

    def refused(self, tenant_id: UUID, event_id: UUID, reason: str) -> None:
        with self._database.tenant_session(tenant_id) as session:
            session.run(REFUSED, id=event_id, reason=reason)

    def sent_within(self, tenant_id: UUID, meter: Meter, since: datetime, until: datetime) -> int:
        with self._database.tenant_session(tenant_id) as session:
            found = session.one(Number, SENT_WITHIN, meter=meter, since=since, until=until)
            return found.number if found else 0


def _here(session: Session) -> OnPlan:
    found = session.one(OnPlan, HERE)
    assert found is not None  # whoever has a run or a conversation has a row
    return found


def _note(
    session: Session,
    event_id: UUID,
    meter: Meter,
    quantity: int,
    period_started_at: datetime,
    **cause: UUID | None,
) -> None:
    session.run(
        NOTE,
        id=event_id,
        meter=meter,
        quantity=quantity,
        period_started_at=period_started_at,
        **cause,
    )
