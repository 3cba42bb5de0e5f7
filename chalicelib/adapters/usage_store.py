"""What models were paid for, in PostgreSQL: a row for each call, and what a month has committed.

In: a `Database`. Out: rows, sums. Callers: doors, tasks, by way of `wiring.py`; the stores that start what costs money.
Implements `agents.booking.Books` and `agents.usage.BooksRead`. The surprise: a month's sum holds three things: calls that were booked, what open runs
may still spend, what turns under way may; and a run that was cancelled counts as open until its calls are surely booked.
What of a call's tokens goes beyond the plan is decided as it is booked, and billed in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from chalicelib.adapters.database import Database, Session
from chalicelib.adapters.meter_store import counting
from chalicelib.agents.booking import UsageRow
from chalicelib.agents.usage import UsageTotal
from chalicelib.tenancy.plans import quota_month, resets_at

SETTLED_AFTER: Final = timedelta(minutes=30)
"""Longer than the longest Lambda works on after its run was cancelled."""

ADD: Final = """
insert into platform.usage_metrics (
    tenant_id, generation_id, discovery_id, source, role, model, prompt_sha256, input_tokens, output_tokens,
    cache_read_tokens, cache_write_tokens, cost_microdollars, duration_ms, stop_reason, called_at, is_own_key,
    period_started_at, beyond_tokens, meter_event_id
) values (
    %(tenant_id)s, %(generation_id)s, %(discovery_id)s, %(source)s, %(role)s, %(model)s, %(prompt_sha256)s,
    %(input_tokens)s, %(output_tokens)s, %(cache_read_tokens)s, %(cache_write_tokens)s, %(cost_microdollars)s,
    %(duration_ms)s, %(stop_reason)s, %(called_at)s, %(is_own_key)s, %(period_started_at)s, %(beyond_tokens)s,
    %(meter_event_id)s
) on conflict (tenant_id, source) do nothing
"""
COMMITTED: Final = """
select (
    (
        select coalesce(sum(used.cost_microdollars), 0) from platform.usage_metrics as used
        where used.tenant_id = %(tenant_id)s and used.called_at >= %(since)s
    ) + (
        select coalesce(sum(greatest(run.budget_microdollars - booked.microdollars, 0)), 0)
        from platform.generations as run
        cross join lateral (
            select coalesce(sum(used.cost_microdollars), 0) as microdollars from platform.usage_metrics as used
            where used.tenant_id = run.tenant_id and used.generation_id = run.id
        ) as booked
        where run.tenant_id = %(tenant_id)s and run.budget_microdollars > 0
            and (
                run.status in ('queued', 'running')
                or (run.status = 'cancelled' and run.ended_at > now() - %(settled_after)s)
            )
    ) + (
        select coalesce(sum(turn.reserved_microdollars), 0) from platform.discovery_turns as turn
        where turn.tenant_id = %(tenant_id)s and turn.status = 'running'
    )
)::bigint as microdollars
"""
OF_GENERATION: Final = """
select source, role, model, prompt_sha256, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens,
    cost_microdollars, duration_ms, stop_reason, called_at, is_own_key
from platform.usage_metrics where tenant_id = %(tenant_id)s and generation_id = %(generation_id)s
order by called_at, source
"""
OF_MONTH: Final = """
select role, model, count(*) as calls, sum(input_tokens)::bigint as input_tokens,
    sum(output_tokens)::bigint as output_tokens, sum(cache_read_tokens)::bigint as cache_read_tokens,
    sum(cache_write_tokens)::bigint as cache_write_tokens, sum(cost_microdollars)::bigint as cost_microdollars
from platform.usage_metrics
where tenant_id = %(tenant_id)s and called_at >= %(since)s and called_at < %(until)s
group by role, model order by role, model
"""


@dataclass(frozen=True)
class Sum:
    microdollars: int


class PostgresUsage:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        tenant_id: UUID,
        rows: Iterable[UsageRow],
        *,
        generation_id: UUID | None = None,
        discovery_id: UUID | None = None,
    ) -> None:
        with self._database.tenant_session(tenant_id) as session:
            add_rows(session, rows, generation_id=generation_id, discovery_id=discovery_id)

    def of_generation(self, tenant_id: UUID, generation_id: UUID) -> list[UsageRow]:
        with self._database.tenant_session(tenant_id) as session:
            return session.all(UsageRow, OF_GENERATION, generation_id=generation_id)

    def of_month(self, tenant_id: UUID, month: date) -> list[UsageTotal]:
        since = datetime(month.year, month.month, 1, tzinfo=UTC)
        with self._database.tenant_session(tenant_id) as session:
            return session.all(UsageTotal, OF_MONTH, since=since, until=resets_at(since))

    def committed(self, tenant_id: UUID) -> int:
        with self._database.tenant_session(tenant_id) as session:
            return month_committed(session)


def add_rows(
    session: Session,
    rows: Iterable[UsageRow],
    *,
    generation_id: UUID | None = None,
    discovery_id: UUID | None = None,
) -> None:
    """In the caller's transaction, with what of it is billed."""
    cause = {"generation_id": generation_id, "discovery_id": discovery_id}
    rows = list(rows)
    if not rows:
        return
    bill = counting(session)
    for row in rows:
        counts_as = bill.counts_as(row.counted_tokens)
        if session.run(ADD, **asdict(row), **asdict(counts_as), **cause):
            bill.take(row.counted_tokens)
    bill.keep(**cause)


def month_committed(session: Session) -> int:
    """Of the present month: spent, and what may still be. Exact for whoever holds the organization's lock."""
    month = quota_month(datetime.now(UTC))
    since = datetime(month.year, month.month, 1, tzinfo=UTC)
    found = session.one(Sum, COMMITTED, since=since, settled_after=SETTLED_AFTER)
    return found.microdollars if found else 0
