"""`tenant_session`, the only way in: what it sets, what it leaves behind, what it does when the world fails."""

from __future__ import annotations

from contextlib import closing
from threading import Barrier, Thread
from uuid import UUID, uuid4

import psycopg
import pytest

from chalicelib.adapters.database import Database, Reference
from chalicelib.errors import DatabaseBusy, InvalidRequest, NotFound
from tests.database.world import Platform, Tenant

Tenants = tuple[Tenant, Tenant]
APPS = "select id from platform.apps"


def app_ids(database: Database, tenant_id: UUID) -> list[UUID]:
    with database.tenant_session(tenant_id) as session:
        return [row.id for row in session.all(Reference, APPS)]


def kill_connections(platform: Platform) -> None:
    with platform.admin() as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'fragua_app'"
        )


def connections(platform: Platform) -> int:
    with platform.admin() as connection:
        row = connection.execute(
            "select count(*) from pg_stat_activity where usename = 'fragua_app'"
        ).fetchone()
    return row[0] if row else 0


def test_one_connection_serves_tenant_after_tenant(
    platform: Platform, database: Database, tenants: Tenants
) -> None:
    for tenant in (*tenants, *tenants):
        assert app_ids(database, tenant.id) == [tenant.app_id]
    assert connections(platform) == 1


def test_nothing_of_a_tenant_is_left_on_a_reused_connection(
    database: Database, tenants: Tenants
) -> None:
    app_ids(database, tenants[0].id)
    with database.session_outside_tenants() as session, pytest.raises(psycopg.DataError):
        session.all(Reference, APPS)


def test_outside_tenants_no_tenant_table_answers(database: Database, tenants: Tenants) -> None:
    with pytest.raises(InvalidRequest), database.session_outside_tenants() as session:
        session.all(Reference, APPS)


def test_a_failed_session_keeps_nothing_and_the_next_one_works(
    database: Database, tenants: Tenants
) -> None:
    tenant, _ = tenants

    def delete_and_fail() -> None:
        with database.tenant_session(tenant.id) as session:
            session.run("delete from platform.blueprints")
            raise NotFound("on purpose")

    with pytest.raises(NotFound):
        delete_and_fail()
    with database.tenant_session(tenant.id) as session:
        assert len(session.all(Reference, "select id from platform.blueprints")) == 1


def test_a_connection_that_died_between_two_requests_is_replaced(
    platform: Platform, database: Database, tenants: Tenants
) -> None:
    app_ids(database, tenants[0].id)
    kill_connections(platform)
    assert app_ids(database, tenants[0].id) == [tenants[0].app_id]


def test_a_connection_that_dies_within_a_request_is_the_worlds_fault(
    platform: Platform, database: Database, tenants: Tenants
) -> None:
    def lose_the_connection() -> None:
        with database.tenant_session(tenants[0].id) as session:
            kill_connections(platform)
            session.all(Reference, APPS)

    with pytest.raises(DatabaseBusy):
        lose_the_connection()
    assert app_ids(database, tenants[0].id) == [tenants[0].app_id]


def test_a_server_that_is_not_there_is_the_worlds_fault() -> None:
    nowhere = Database("postgresql://fragua_app@/fragua?host=/nowhere")
    with pytest.raises(DatabaseBusy), nowhere.tenant_session(uuid4()):
        pass


def test_a_statement_that_takes_too_long_is_the_worlds_fault(platform: Platform) -> None:
    hasty = psycopg.conninfo.make_conninfo(platform.app_dsn, options="-c statement_timeout=50ms")
    with (
        closing(Database(hasty)) as database,
        pytest.raises(DatabaseBusy),
        database.tenant_session(uuid4()) as session,
    ):
        session.run("select pg_sleep(5)")


def test_the_app_role_has_limits_of_its_own(platform: Platform) -> None:
    names = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"]
    with platform.app() as connection:
        found = [connection.execute(f"show {name}").fetchone() for name in names]  # type: ignore[call-overload]
    assert found == [("10s",), ("5s",), ("15s",)]


def test_a_text_that_can_not_be_kept_is_the_callers_turn(database: Database) -> None:
    with pytest.raises(InvalidRequest), database.tenant_session(uuid4()) as session:
        session.run("select %(text)s::text", text="a\x00b")


def test_a_tenant_is_a_uuid_or_nothing_happens(database: Database) -> None:
    with pytest.raises(ValueError, match="badly formed"), database.tenant_session("' or true --"):  # type: ignore[arg-type]
        pass


def test_the_connection_string_is_fetched_when_it_is_needed(
    platform: Platform, tenants: Tenants
) -> None:
    fetched = []

    def secret() -> str:
        fetched.append(1)
        return platform.app_dsn

    database = Database(secret)
    assert fetched == []
    for _ in range(3):
        app_ids(database, tenants[0].id)
    database.close()
    assert fetched == [1]


def test_threads_never_share_a_transaction(database: Database, tenants: Tenants) -> None:
    together, wrong = Barrier(8), []

    def look(tenant: Tenant) -> None:
        together.wait()
        for _ in range(20):
            if app_ids(database, tenant.id) != [tenant.app_id]:
                wrong.append(tenant)

    threads = [Thread(target=look, args=[tenants[number % 2]]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_statements_are_not_prepared_on_the_server(platform: Platform, database: Database) -> None:
    """A proxy gives each transaction any server connection; a prepared statement would be unknown there."""
    tenant_id = uuid4()
    for _ in range(8):
        app_ids(database, tenant_id)
    with database.tenant_session(tenant_id) as session:
        assert (
            session.all(Reference, "select gen_random_uuid() as id from pg_prepared_statements")
            == []
        )
