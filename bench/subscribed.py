"""Organizations of a measurement, straight in the local stack's database: opened, known to Stripe, taken away again.

In: a `Place`, how many. Out: what makes them subscribers. Callers: `bench/billing.py`. The surprise: taking away turns foreign keys
off for the superuser's session, because nothing else may forget an organization at once.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from bench.stripe_events import Subscriber
from infra.local.place import Place
from infra.local.postgres import admin_dsn
from infra.migrate import DATABASE

ACT_FOR = "select set_config('app.current_tenant_id', %s, true)"
OPEN = "insert into platform.organizations (id, name) values (%s, 'Bench')"
KNOW = "select platform.open_billing_account(%s, false, null)"
KEPT = "select count(*) from platform.stripe_events where id = any(%s)"
OWNED = """
select column_.table_name, column_.column_name
from information_schema.columns as column_ join information_schema.tables as table_ using (table_schema, table_name)
where column_.table_schema = 'platform' and column_.column_name in ('tenant_id', 'organization_id')
    and column_.data_type = 'uuid' and table_.table_type = 'BASE TABLE'
"""

Make = Callable[[list[str]], list[Subscriber]]


@contextmanager
def organizations(place: Place, how_many: int) -> Iterator[Callable[[Make], list[Subscriber]]]:
    tenants = [str(uuid.uuid4()) for _ in range(how_many)]

    def opened(make: Make) -> list[Subscriber]:
        made = make(tenants)
        with connected(place) as connection:
            for each in made:
                connection.execute(ACT_FOR, [each.tenant_id])
                connection.execute(OPEN, [each.tenant_id])
                connection.execute(KNOW, [each.customer_id])
        return made

    try:
        yield opened
    finally:
        forget(place, tenants)


def kept_events(place: Place, ids: set[str]) -> int:
    with connected(place) as connection:
        (kept,) = connection.execute(KEPT, [list(ids)]).fetchone() or (0,)
    return int(kept)


def forget(place: Place, tenants: list[str]) -> None:
    with connected(place) as connection:
        connection.execute("set local session_replication_role = replica")
        for table, column in connection.execute(OWNED).fetchall():
            statement = sql.SQL("delete from platform.{} where {} = any(%s::uuid[])")
            connection.execute(
                statement.format(sql.Identifier(table), sql.Identifier(column)), [tenants]
            )


def connected(place: Place) -> psycopg.Connection[Any]:
    return psycopg.connect(admin_dsn(place, DATABASE))
