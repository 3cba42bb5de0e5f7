"""What an organization used in a period and what of it is billed, in PostgreSQL.

In: a `Database`. Out: `Facts`. Callers: the usage door, the subscription's door, by way of `wiring.py`. Implements
`billing.usage.Consumption`. The surprise: the events are read first, and of the books only what those events bill counts as
billed; so the rows add up to the events although runs end while a bill is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from chalicelib.adapters.database import Database, Session
from chalicelib.adapters.plan_rows import on_plan
from chalicelib.billing.periods import period_at
from chalicelib.billing.usage import Fact, Facts, Reported
from chalicelib.errors import NotFound

PERIODS_MAX: Final = 60

EVENTS: Final = """
select id, meter, quantity, generation_id, discovery_id, happened_at, dated_at, sent_at, refused_at, refused_reason
from platform.meter_events
where tenant_id = %(tenant_id)s and period_started_at = %(started_at)s
order by happened_at, id
"""
FACTS: Final = """
select generation_id, discovery_id, day, model, meter_event_id, sum(generations)::bigint as generations,
    sum(tokens)::bigint as tokens, sum(beyond_generations)::bigint as beyond_generations,
    sum(beyond_tokens)::bigint as beyond_tokens
from (
    select used.generation_id, used.discovery_id, (used.called_at at time zone 'UTC')::date as day, used.model,
        billed.id as meter_event_id, 0 as generations,
        case
            when used.is_own_key or used.period_started_at <> %(started_at)s then 0
            else used.input_tokens + used.cache_write_tokens + used.output_tokens
        end as tokens,
        0 as beyond_generations, case when billed.id is null then 0 else used.beyond_tokens end as beyond_tokens
    from platform.usage_metrics as used
    left join unnest(%(billed)s::uuid[]) as billed (id) on billed.id = used.meter_event_id
    where used.tenant_id = %(tenant_id)s
        and (used.period_started_at = %(started_at)s or used.meter_event_id = any(%(billed)s))
    union all
    select run.id, null, (run.created_at at time zone 'UTC')::date, null, null, 1, 0, 0, 0
    from platform.generations as run
    where run.tenant_id = %(tenant_id)s and run.quota_period_started_at = %(started_at)s and run.is_charged
    union all
    select event.generation_id, null, (event.happened_at at time zone 'UTC')::date, null, event.id, 0, 0,
        event.quantity, 0
    from platform.meter_events as event
    where event.tenant_id = %(tenant_id)s and event.id = any(%(billed)s) and event.meter = 'generations'
) as one
group by generation_id, discovery_id, day, model, meter_event_id
order by day, generation_id, discovery_id, model nulls first, meter_event_id
"""
PERIODS: Final = """
select period_started_at as started_at from platform.usage_periods where tenant_id = %(tenant_id)s
union
select period_started_at from platform.meter_events where tenant_id = %(tenant_id)s
union
select quota_period_started_at from platform.generations where tenant_id = %(tenant_id)s and is_charged
order by started_at desc limit %(most)s
"""


@dataclass(frozen=True)
class Beginning:
    started_at: datetime


class PostgresConsumption:
    def __init__(self, database: Database) -> None:
        self._database = database

    def facts(self, tenant_id: UUID, started_at: datetime | None, now: datetime) -> Facts:
        with self._database.tenant_session(tenant_id) as session:
            here = on_plan(session)
            present = period_at(here, now).started_at
            known = _periods(session)
            wanted = started_at or present
            if wanted not in (present, *known):
                raise NotFound(f"There is no period that began at {wanted.isoformat()}.")
            events = session.all(Reported, EVENTS, started_at=wanted)
            billed = [event.id for event in events if event.refused_at is None]
            facts = session.all(Fact, FACTS, started_at=wanted, billed=billed)
            return Facts(here=here, facts=facts, events=events, periods=known)


def _periods(session: Session) -> list[datetime]:
    found = session.all(Beginning, PERIODS, most=PERIODS_MAX)
    return [one.started_at for one in found]
