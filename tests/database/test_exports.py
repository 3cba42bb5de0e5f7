"""What goes into an export: every tenant table, every column, no secret; and how one is asked for."""

from __future__ import annotations

import json
from functools import partial
from uuid import UUID, uuid4

import pytest

from chalicelib.adapters.database import Database
from chalicelib.adapters.deletion_store import PostgresDeletionStore
from chalicelib.adapters.export_store import LINES, PostgresExportStore
from chalicelib.errors import Conflict, NotFound
from chalicelib.tenancy.exports import LEFT_OUT, SECRET_COLUMNS
from tests.database.company import at_once, refusals
from tests.database.test_catalogue import BY_OTHER_MEANS
from tests.database.world import Connection, Platform, Tenant

Tenants = tuple[Tenant, Tenant]


@pytest.fixture
def exports(database: Database) -> PostgresExportStore:
    return PostgresExportStore(database)


def columns(catalogue: Connection, table: str) -> set[str]:
    found = catalogue.execute(
        "select attname from pg_attribute where attrelid = ('platform.' || %s)::regclass"
        " and attnum > 0 and not attisdropped",
        [table],
    )
    return {name for (name,) in found}


def test_every_tenant_table_is_in_it_or_left_out_for_a_reason(catalogue: Connection) -> None:
    found = catalogue.execute(
        "select relname from pg_class where relnamespace = 'platform'::regnamespace and relkind in ('r', 'p')"
    )
    tenant_tables = {name for (name,) in found} - set(BY_OTHER_MEANS)
    assert {*LINES, *LEFT_OUT} - {"people"} == tenant_tables
    assert not set(LINES) & set(LEFT_OUT)
    assert all(LEFT_OUT.values())


@pytest.mark.parametrize("table", sorted(set(LINES) - {"people"}))
def test_every_column_is_in_it_but_secrets(
    catalogue: Connection, exports: PostgresExportStore, tenants: Tenants, table: str
) -> None:
    [line] = exports.lines(tenants[0].id, table)
    assert set(json.loads(line)) == columns(catalogue, table) - SECRET_COLUMNS.get(table, set())


@pytest.mark.parametrize("table", sorted(LINES))
def test_nothing_of_another_tenant_is_in_it(
    exports: PostgresExportStore, tenants: Tenants, table: str
) -> None:
    mine, other = tenants
    text = "".join(exports.lines(mine.id, table))
    told = {str(other.id), str(other.user_id), str(other.app_id), other.id.hex}
    assert text
    assert not [one for one in told if one in text]


def test_columns_that_hold_secrets_are_named_as_such(catalogue: Connection) -> None:
    """Whoever adds one finds out here."""
    telling = {
        (table, column)
        for table in set(LINES) - {"people"}
        for column in columns(catalogue, table)
        if any(word in column for word in ("secret", "token", "password", "sealed"))
        and not column.endswith("_tokens")  # how many a model read or wrote
    }
    assert telling == {(table, one) for table, found in SECRET_COLUMNS.items() for one in found}


def test_rows_come_a_few_at_a_time(
    exports: PostgresExportStore, tenants: Tenants, platform: Platform, database: Database
) -> None:
    with platform.admin() as connection:
        connection.execute(
            "insert into platform.audit_log (tenant_id, actor, action, subject_id, facts)"
            " select %s, 'system:test', 'app.created', gen_random_uuid(), '{}' from generate_series(1, 1500)",
            [tenants[0].id],
        )
    lines = exports.lines(tenants[0].id, "audit_log")
    assert json.loads(next(lines))["tenant_id"] == str(tenants[0].id)
    assert sum(1 for _ in lines) == 1500
    with database.tenant_session(tenants[0].id):
        """The connection is as good as before."""


def test_one_is_asked_for_at_a_time(
    exports: PostgresExportStore, organization: partial[UUID], platform: Platform
) -> None:
    tenant = organization()
    outcomes = at_once(*[partial(exports.request, tenant, by="user:ana")] * 3)
    assert refusals(outcomes) == ["Conflict", "Conflict"]
    with pytest.raises(Conflict) as refused:
        exports.request(tenant, by="user:ana")
    [made] = [one for one in outcomes if not isinstance(one, Conflict)]
    assert refused.value.facts["export_id"] == str(made.id)


def test_one_is_on_the_list_until_it_is_written(
    exports: PostgresExportStore, organization: partial[UUID], database: Database
) -> None:
    tenant, due = organization(), PostgresDeletionStore(database)
    made = exports.request(tenant, by="user:ana")
    [noted] = due.take(0)
    assert (noted.tenant_id, noted.job, noted.subject_id) == (tenant, "export", made.id)
    exports.finish(tenant, made.id, key="exports/a.zip", size_bytes=7)
    assert due.take(0) == []
    done = exports.read(tenant, made.id)
    assert (done.status, done.object_key, done.size_bytes) == ("ready", "exports/a.zip", 7)


def test_one_that_was_given_up_makes_room(
    exports: PostgresExportStore, organization: partial[UUID], database: Database
) -> None:
    tenant = organization()
    made = exports.request(tenant, by="user:ana")
    exports.give_up(tenant, made.id)
    assert exports.read(tenant, made.id).status == "failed"
    assert PostgresDeletionStore(database).take(0) == []
    assert exports.request(tenant, by="user:ana").status == "pending"


def test_the_file_is_gone_after_a_week(
    exports: PostgresExportStore, organization: partial[UUID], platform: Platform
) -> None:
    tenant = organization()
    made = exports.request(tenant, by="user:ana")
    exports.finish(tenant, made.id, key="exports/a.zip", size_bytes=7)
    with platform.admin() as connection:
        connection.execute(
            "update platform.organization_exports set ready_at = now() - interval '8 days'"
        )
    assert exports.read(tenant, made.id).status == "expired"


def test_another_organizations_export_is_not_found(
    exports: PostgresExportStore, organization: partial[UUID]
) -> None:
    made = exports.request(organization(), by="user:ana")
    with pytest.raises(NotFound):
        exports.read(organization(), made.id)
    with pytest.raises(NotFound):
        exports.read(organization(), uuid4())
