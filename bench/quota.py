"""What counting the quota costs inside the transaction that starts a run: the same start with the check and without it.

A real PostgreSQL with 200,000 runs of 200 organizations; the one that starts is on the largest plan with 90 charged in its
period, 5,000 before, and others under way, so that both counts have something to count. Ours and the peer's in turn.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg

from bench.rls import _postgres
from bench.rows import Row, seconds
from chalicelib.adapters.app_store import PostgresAppStore
from chalicelib.adapters.connection_urls import connection_url
from chalicelib.adapters.database import Database, Session
from chalicelib.adapters.generation_store import PostgresGenerationStore
from chalicelib.billing.quota import Admission, OnPlan
from chalicelib.generation.budget import Budget
from infra.migrate import DATABASE, migrate

BY = "system:bench"
STARTS, OTHERS, RUNS_OF_OTHERS, EARLIER, CHARGED, RUNNING = 200, 200, 1_000, 5_000, 90, 5
BEGAN = datetime.now(UTC).replace(microsecond=0) - timedelta(days=10)
BUDGET = Budget(
    asked_microdollars=None, generation_microdollars_max=500_000, month_microdollars_max=10**12
)
ORGANIZATIONS = """
insert into platform.organizations (id, name, plan, period_started_at, period_ends_at)
select gen_random_uuid(), 'Other ' || n, 'scale', %(began)s, %(began)s + interval '30 days'
from generate_series(1, %(others)s) n
"""
APPS = """
insert into platform.apps (tenant_id, name, slug, locale, mvs, mvs_sha256)
select tenant_id, 'App', 'other-' || row_number() over (), 'en', '{}', repeat('0', 64) from platform.organizations
where name like 'Other %%'
"""
RUNS = """
insert into platform.generations (tenant_id, app_id, version, status, engine, mvs_sha256, request_sha256,
    quota_period_started_at, url, created_by, started_at, ended_at)
select app.tenant_id, app.id, %(from_version)s + n, %(status)s, 'offline', repeat('0', 64), repeat('0', 64), %(period)s,
    case when %(status)s = 'succeeded' then 'http://x' end, 'system:bench', now(),
    case when %(status)s = 'succeeded' then now() end
from platform.apps as app, generate_series(1, %(runs)s) n where %(app)s::uuid is null or app.id = %(app)s
"""


class Unchecked(PostgresGenerationStore):
    """The same start, but for the check."""

    def _admission(
        self, session: Session, here: OnPlan, resumes: UUID | None, uses_tokens: bool
    ) -> Admission:
        return Admission(period_started_at=BEGAN)


def measure() -> Iterable[Row]:
    with started() as (database, tenant_id, app_ids):
        for engine, budget in (("offline", None), ("claude", BUDGET)):
            ours, theirs = in_turn(database, tenant_id, app_ids, engine, budget)
            yield Row(
                what=f"start of a run ({engine}), quota checked in its transaction",
                ours=ours * 1e3,
                unit="ms",
                peer="the same without the check",
                theirs=theirs * 1e3,
                target=f"≤ 25 % of it (is: {100 * (1 - theirs / ours):.0f} %)",
            )


def in_turn(
    database: Database, tenant_id: UUID, app_ids: list[UUID], engine: str, budget: Budget | None
) -> tuple[float, float]:
    """Medians, in seconds. What was started is cancelled off the clock."""
    stores = PostgresGenerationStore(database), Unchecked(database)
    took: tuple[list[float], list[float]] = ([], [])
    for number in range(STARTS):
        app_id = app_ids[number % len(app_ids)]
        pairs = list(zip(stores, took, strict=True))
        for store, times in pairs if number % 2 else pairs[::-1]:
            start = starting(store, tenant_id, app_id, engine, budget)
            times.append(seconds(start))
            open_one = store.page(tenant_id, app_id, limit=1).items[0]
            store.cancel(tenant_id, open_one.id, by=BY)
    return statistics.median(took[0]), statistics.median(took[1])


def starting(
    store: PostgresGenerationStore,
    tenant_id: UUID,
    app_id: UUID,
    engine: str,
    budget: Budget | None,
) -> Callable[[], object]:
    return lambda: store.start(
        tenant_id,
        app_id,
        engine=engine,
        idempotency_key=str(uuid4()),
        request_sha256="0" * 64,
        by=BY,
        budget=budget,
    )


@contextmanager
def started() -> Iterator[tuple[Database, UUID, list[UUID]]]:
    """A filled database, the organization that starts, and its apps that are free to."""
    with _postgres() as admin_dsn:
        migrate(admin_dsn, app_password="bench")
        dsn = connection_url(admin_dsn, user="fragua_app", password="bench", database=DATABASE)
        database = Database(dsn)
        try:
            with psycopg.connect(admin_dsn, dbname=DATABASE, autocommit=True) as admin:
                yield database, *filled(admin, PostgresAppStore(database))
        finally:
            database.close()


def filled(admin: psycopg.Connection, apps: PostgresAppStore) -> tuple[UUID, list[UUID]]:
    admin.execute(ORGANIZATIONS, {"began": BEGAN, "others": OTHERS})
    admin.execute(APPS, {})
    runs(admin, None, many=RUNS_OF_OTHERS)
    tenant_id = uuid4()
    admin.execute(
        """
        insert into platform.organizations (id, name, plan, period_started_at, period_ends_at)
        values (%(id)s, 'Ours', 'scale', %(began)s, %(began)s + interval '30 days')
        """,
        {"id": tenant_id, "began": BEGAN},
    )
    mine = [apps.create(tenant_id, name="A", locale="en", mvs={}, by=BY).id for _ in range(20)]
    for month in range(1, 6):
        earlier = BEGAN - timedelta(days=30 * month)
        runs(admin, mine[0], many=EARLIER // 5, period=earlier, batch=month)
    runs(admin, mine[0], many=CHARGED - RUNNING, batch=9)
    for busy in mine[:RUNNING]:
        runs(admin, busy, many=1, status="running", batch=11)
    admin.execute("analyze")
    return tenant_id, mine[RUNNING:]


def runs(
    admin: psycopg.Connection,
    app_id: UUID | None,
    *,
    many: int,
    period: datetime = BEGAN,
    status: str = "succeeded",
    batch: int = 0,
) -> None:
    """Of one app, or so many of each; those of a batch have versions of their own."""
    told = {"app": app_id, "runs": many, "period": period, "status": status}
    admin.execute(RUNS, {**told, "from_version": batch * 10_000})
