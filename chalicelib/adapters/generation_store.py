"""Generations, in PostgreSQL: quota, idempotency and every change of status, each in one transaction.

In: a `Database`. Out: `Generation`, `Started`, `Page[Generation]`. Callers: use cases and doors, by way of `wiring.py`.
Implements `generation.records.GenerationStore`. The surprise: starts of one organization wait for each other at its
row, which is what makes the quota exact; constraints in the schema hold even if this file were wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final, NoReturn
from uuid import UUID

from chalicelib.adapters import app_store, plan_rows
from chalicelib.adapters.audit_log import record
from chalicelib.adapters.database import Database, Reference, Session
from chalicelib.adapters.meter_store import note_generation
from chalicelib.adapters.pages import bounds, page
from chalicelib.adapters.usage_store import month_committed
from chalicelib.billing.quota import Admission, OnPlan
from chalicelib.errors import Cancelled, Conflict, NotFound
from chalicelib.generation.budget import Budget, granted
from chalicelib.generation.records import Generation, GenerationStatus, Started
from chalicelib.tenancy.pages import Page

MACHINE: Final = "system:generate_app"
REASON_CHARACTERS_MAX: Final = 2000

BY_IDEMPOTENCY_KEY: Final = """
select id, app_id, request_sha256 from platform.generations
where tenant_id = %(tenant_id)s and idempotency_key = %(idempotency_key)s
"""
INSERT: Final = """
insert into platform.generations (
    tenant_id, app_id, version, engine, mvs_sha256, idempotency_key, request_sha256, quota_period_started_at, is_overage,
    has_spent, budget_microdollars, resumes_generation_id, created_by
)
select
    %(tenant_id)s, %(app_id)s, 1 + coalesce(max(version), 0), %(engine)s, %(mvs_sha256)s, %(idempotency_key)s,
    %(request_sha256)s, %(period_started_at)s, %(is_overage)s, %(has_spent)s, %(budget_microdollars)s, %(resumes)s,
    %(by)s
from platform.generations where tenant_id = %(tenant_id)s and app_id = %(app_id)s
returning id
"""
READ: Final = """
select id, tenant_id, app_id, version, status, engine, budget_microdollars, resumes_generation_id,
    mvs_sha256, idempotency_key, failure_stage, failure_error,
    failure_reason, url, is_charged, is_overage, created_by, created_at, started_at, ended_at
from platform.generations where tenant_id = %(tenant_id)s and id = %(generation_id)s
"""
LOCK: Final = """
select id, status from platform.generations
where tenant_id = %(tenant_id)s and id = %(generation_id)s for no key update
"""
PAGE: Final = """
select id, tenant_id, app_id, version, status, engine, budget_microdollars, resumes_generation_id,
    mvs_sha256, idempotency_key, failure_stage, failure_error,
    failure_reason, url, is_charged, is_overage, created_by, created_at, started_at, ended_at
from platform.generations
where tenant_id = %(tenant_id)s and app_id = %(app_id)s
    and (
        %(before_at)s::timestamptz is null
        or (created_at, id) < (%(before_at)s::timestamptz, %(before_id)s::uuid)
    )
order by created_at desc, id desc
limit %(fetched)s
"""
MARK_RUNNING: Final = """
update platform.generations set status = 'running', started_at = now()
where tenant_id = %(tenant_id)s and id = %(generation_id)s and status = 'queued'
"""
SUCCEED: Final = """
update platform.generations
set status = 'succeeded', url = %(url)s, started_at = coalesce(started_at, now()), ended_at = now()
where tenant_id = %(tenant_id)s and id = %(generation_id)s and status in ('queued', 'running')
"""
GO_LIVE: Final = """
update platform.apps as app set live_generation_id = %(generation_id)s, updated_at = now()
from (
    select tenant_id, id, live_generation_id from platform.apps
    where tenant_id = %(tenant_id)s and id = %(app_id)s for no key update
) as before
where app.tenant_id = before.tenant_id and app.id = before.id
returning before.live_generation_id
"""
FAIL: Final = """
update platform.generations
set status = 'failed', is_charged = false, ended_at = now(),
    failure_stage = %(stage)s, failure_error = %(error)s, failure_reason = %(reason)s
where tenant_id = %(tenant_id)s and id = %(generation_id)s and status in ('queued', 'running')
"""
CANCEL: Final = """
update platform.generations
set status = 'cancelled', is_charged = has_spent or %(has_spent)s, has_spent = has_spent or %(has_spent)s,
    ended_at = now()
where tenant_id = %(tenant_id)s and id = %(generation_id)s and status in ('queued', 'running')
"""


@dataclass(frozen=True)
class EarlierStart:
    id: UUID
    app_id: UUID
    request_sha256: str


@dataclass(frozen=True)
class AtStatus:
    id: UUID
    status: GenerationStatus


@dataclass(frozen=True)
class LiveBefore:
    live_generation_id: UUID | None


def utc_now() -> datetime:
    return datetime.now(UTC)


class PostgresGenerationStore:
    def __init__(self, database: Database, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    def start(
        self,
        tenant_id: UUID,
        app_id: UUID,
        *,
        engine: str,
        idempotency_key: str | None,
        request_sha256: str,
        by: str,
        budget: Budget | None = None,
        resumes: UUID | None = None,
    ) -> Started:
        with self._database.tenant_session(tenant_id) as session:
            here = plan_rows.locked_on_plan(session)
            if idempotency_key and (
                earlier := started_before(session, app_id, idempotency_key, request_sha256)
            ):
                return Started(earlier, is_new=False)
            mvs_sha256 = app_store.locked_mvs_digest(session, app_id)
            app_store.refuse_while_open(session, app_id)
            uses_tokens = budget is not None and not budget.brings_key
            counts_as = self._admission(session, here, resumes, uses_tokens)
            new = session.one(
                Reference,
                INSERT,
                app_id=app_id,
                engine=engine,
                mvs_sha256=mvs_sha256,
                idempotency_key=idempotency_key,
                request_sha256=request_sha256,
                **asdict(counts_as),
                budget_microdollars=granted(budget, month_committed(session)) if budget else 0,
                resumes=resumes,
                by=by,
            )
            assert new is not None  # an insert without a conflict clause returns its row or raises
            generation = read(session, new.id)
            made = {"status": "queued", "version": generation.version, "engine": engine}
            if counts_as.is_overage:
                made["is_overage"] = True
            if generation.budget_microdollars:
                made["budget_microdollars"] = generation.budget_microdollars
            record(session, by, "generation.started", generation.id, after=made, app_id=app_id)
            return Started(generation, is_new=True)

    def _admission(
        self, session: Session, here: OnPlan, resumes: UUID | None, uses_tokens: bool
    ) -> Admission:
        """What the start counts as: the check of the quota."""
        return plan_rows.admission(
            session, here, self._clock(), resumes=resumes, uses_tokens=uses_tokens
        )

    def read(self, tenant_id: UUID, generation_id: UUID) -> Generation:
        with self._database.tenant_session(tenant_id) as session:
            return read(session, generation_id)

    def page(
        self, tenant_id: UUID, app_id: UUID, *, cursor: str | None = None, limit: int = 50
    ) -> Page[Generation]:
        values = bounds(cursor, limit)
        with self._database.tenant_session(tenant_id) as session:
            app_store.read(session, app_id)
            return page(session.all(Generation, PAGE, app_id=app_id, **values), limit)

    def mark_running(self, tenant_id: UUID, generation_id: UUID) -> Generation:
        with self._database.tenant_session(tenant_id) as session:
            before = locked_status(session, generation_id)
            if session.run(MARK_RUNNING, generation_id=generation_id):
                after = {"status": "running"}
                record(
                    session,
                    MACHINE,
                    "generation.running",
                    generation_id,
                    before=before,
                    after=after,
                )
            return read(session, generation_id)

    def succeed(self, tenant_id: UUID, generation_id: UUID, *, url: str) -> Generation:
        with self._database.tenant_session(tenant_id) as session:
            plan_rows.hold(session)  # whether it goes beyond the plan is settled now
            before = locked_status(session, generation_id)
            is_closed_now = session.run(SUCCEED, generation_id=generation_id, url=url)
            generation = read(session, generation_id)
            if is_closed_now:
                if generation.is_overage:
                    note_generation(session, generation_id)
                before["live_generation_id"] = go_live(session, generation)
                after = {"status": "succeeded", "live_generation_id": generation_id, "url": url}
                record(
                    session,
                    MACHINE,
                    "generation.succeeded",
                    generation_id,
                    before=before,
                    after=after,
                )
            return succeeded(generation)

    def fail(
        self, tenant_id: UUID, generation_id: UUID, *, stage: str, error: str, reason: str
    ) -> Generation:
        why = {"stage": stage, "error": error, "reason": reason[:REASON_CHARACTERS_MAX]}
        with self._database.tenant_session(tenant_id) as session:
            plan_rows.hold(session)
            before = locked_status(session, generation_id)
            if session.run(FAIL, generation_id=generation_id, **why):
                plan_rows.fill_up(session, generation_id)
                after = {"status": "failed", **why}
                record(
                    session, MACHINE, "generation.failed", generation_id, before=before, after=after
                )
            return read(session, generation_id)

    def cancel(
        self, tenant_id: UUID, generation_id: UUID, *, by: str, has_spent: bool = False
    ) -> Generation:
        with self._database.tenant_session(tenant_id) as session:
            plan_rows.hold(session)
            before = locked_status(session, generation_id)
            if session.run(CANCEL, generation_id=generation_id, has_spent=has_spent):
                plan_rows.fill_up(session, generation_id)
                after = {"status": "cancelled"}
                record(
                    session, by, "generation.cancelled", generation_id, before=before, after=after
                )
            generation = read(session, generation_id)
            if generation.status != "cancelled":
                raise Conflict(f"The generation has {generation.status} already.")
            return generation


def locked_status(session: Session, generation_id: UUID) -> dict[str, Any]:
    """As the audit log tells it. Holds the generation until the transaction ends."""
    found = session.one(AtStatus, LOCK, generation_id=generation_id)
    return {"status": found.status} if found else missing(generation_id)


def go_live(session: Session, generation: Generation) -> UUID | None:
    """The version that served before."""
    before = session.one(LiveBefore, GO_LIVE, generation_id=generation.id, app_id=generation.app_id)
    return before.live_generation_id if before else None


def started_before(
    session: Session, app_id: UUID, idempotency_key: str, request_sha256: str
) -> Generation | None:
    earlier = session.one(EarlierStart, BY_IDEMPOTENCY_KEY, idempotency_key=idempotency_key)
    if earlier is None:
        return None
    if (earlier.app_id, earlier.request_sha256) != (app_id, request_sha256):
        raise Conflict(
            f"The Idempotency-Key {idempotency_key!r} was used for another request. Choose a new one."
        )
    return read(session, earlier.id)


def succeeded(generation: Generation) -> Generation:
    if generation.status == "cancelled":
        raise Cancelled("The generation was cancelled before it went live.")
    if generation.status != "succeeded":
        raise Conflict(f"The generation has {generation.status} already.")
    return generation


def read(session: Session, generation_id: UUID) -> Generation:
    found = session.one(Generation, READ, generation_id=generation_id)
    return found if found else missing(generation_id)


def missing(generation_id: UUID) -> NoReturn:
    raise NotFound(f"There is no generation {generation_id} here.")
