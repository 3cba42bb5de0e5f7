"""The databases of generated apps: who may do what in them, and that nobody else may come in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from chalicelib.adapters.app_databases import AppDatabases, DatabaseAddress
from chalicelib.adapters.connection_urls import connection_url
from chalicelib.deployment import ports
from chalicelib.errors import DatabaseBusy

NAME = "app_clinica_sonrisa"


@pytest.fixture
def databases(postgres: str, template: str) -> Iterator[AppDatabases]:
    """On a server that was prepared by `infra.migrate`, as every one is."""
    made = AppDatabases(lambda: postgres)
    yield made
    for name in (NAME, "app_other"):
        made.drop(name)


@pytest.fixture
def address(databases: AppDatabases) -> DatabaseAddress:
    return databases.create(NAME)


def test_it_is_what_the_deployment_room_asks_for(databases: ports.AppDatabases) -> None:
    assert not databases.exists(NAME)


def test_the_owner_makes_tables_that_the_app_may_use(address: DatabaseAddress) -> None:
    with psycopg.connect(address.owner_dsn) as owner:
        owner.execute(
            "create table notes (id bigint generated always as identity, n serial, body text)"
        )
    with psycopg.connect(address.app_dsn) as app:
        app.execute("insert into notes (body) values ('a')")
        app.execute("update notes set body = 'b'")
        assert app.execute("select id, n, body from notes").fetchall() == [(1, 1, "b")]
        app.execute("delete from notes")


@pytest.mark.parametrize(
    "statement",
    [
        "create table mine (id int)",
        "create schema mine",
        "create temporary table mine (id int)",
        "alter table notes add column x int",
        "alter table notes disable row level security",
        "truncate notes",
        "drop table notes",
        "create policy mine on notes using (true)",
        "create role mine",
        "create database mine",
        f"set role {NAME}_owner",
    ],
)
def test_the_app_owns_nothing(address: DatabaseAddress, statement: str) -> None:
    with psycopg.connect(address.owner_dsn) as owner:
        owner.execute("create table notes (body text)")
    with (
        psycopg.connect(address.app_dsn, autocommit=True) as app,
        pytest.raises(InsufficientPrivilege),
    ):
        app.execute(statement)  # type: ignore[call-overload]


def test_neither_role_is_more_than_it_must_be(postgres: str, address: DatabaseAddress) -> None:
    with psycopg.connect(postgres) as server:
        found = server.execute(
            """
            select rolname, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication, rolinherit, rolconnlimit
            from pg_roles where rolname like %s order by rolname
            """,
            [f"{NAME}%"],
        ).fetchall()
    no = (False,) * 6
    assert found == [(f"{NAME}_app", *no, 20), (f"{NAME}_owner", *no, 5)]


@pytest.mark.parametrize("role", ["owner_dsn", "app_dsn"])
@pytest.mark.parametrize("elsewhere", ["app_other", "fragua_template", "postgres", "template1"])
def test_an_apps_roles_come_into_no_other_database(
    databases: AppDatabases, address: DatabaseAddress, role: str, elsewhere: str
) -> None:
    databases.create("app_other")
    foreign = psycopg.conninfo.make_conninfo(getattr(address, role), dbname=elsewhere)
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(foreign)


def test_the_platforms_app_role_does_not_come_into_an_apps_database(
    postgres: str, address: DatabaseAddress
) -> None:
    from tests.database.conftest import APP_PASSWORD

    dsn = connection_url(postgres, user="fragua_app", password=APP_PASSWORD, database=NAME)
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(dsn)


def test_the_app_has_limits_of_its_own(address: DatabaseAddress) -> None:
    with psycopg.connect(address.app_dsn) as app:
        assert app.execute("show statement_timeout").fetchone() == ("30s",)


def test_making_it_again_keeps_the_data_and_changes_the_passwords(
    databases: AppDatabases, address: DatabaseAddress
) -> None:
    with psycopg.connect(address.owner_dsn) as owner:
        owner.execute("create table notes as select 'kept' as body")
    again = databases.create(NAME)
    with psycopg.connect(again.app_dsn) as app:
        assert app.execute("select body from notes").fetchall() == [("kept",)]
    for old in (address.owner_dsn, address.app_dsn):
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(old)


def test_four_at_once_make_one_that_works(databases: AppDatabases) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(databases.create, [NAME] * 4))
    working = 0
    for each in made:
        try:
            psycopg.connect(each.app_dsn).close()
            working += 1
        except psycopg.OperationalError:
            continue
    assert working == 1  # the last one's passwords count


def test_dropping_cuts_connections_and_leaves_nothing(
    postgres: str, databases: AppDatabases, address: DatabaseAddress
) -> None:
    with psycopg.connect(address.app_dsn):
        databases.drop(NAME)
    with psycopg.connect(postgres) as server:
        left = server.execute(
            "select rolname from pg_roles where rolname like %s", [f"{NAME}%"]
        ).fetchall()
    assert (databases.exists(NAME), left) == (False, [])
    databases.drop(NAME)


@pytest.mark.parametrize(
    "name",
    [
        "postgres",
        "fragua",
        "template1",
        "app_",
        'app_"; drop role x; --',
        "App_x",
        "app_" + "x" * 50,
        "app_ñ",
        "",
    ],
)
@pytest.mark.parametrize("action", ["create", "drop"])
def test_no_other_database_is_ever_touched(databases: AppDatabases, name: str, action: str) -> None:
    with pytest.raises(ValueError, match="is not the name of an app's database"):
        getattr(databases, action)(name)


def test_the_longest_name_is_not_cut(databases: AppDatabases) -> None:
    name = "app_" + "x" * 49
    databases.create(name)
    assert databases.exists(name)
    databases.drop(name)


def test_a_server_that_is_not_there_is_the_worlds_fault() -> None:
    with pytest.raises(DatabaseBusy):
        AppDatabases("postgresql://postgres@/postgres?host=/nowhere").exists(NAME)


@pytest.mark.parametrize(
    ("dsn", "expected"),
    [
        (
            "postgresql://a:b@db.example:5433/x?sslmode=require",
            "postgresql://u:p%2F%40@db.example:5433/d?sslmode=require",
        ),
        ("host=db.example user=a", "postgresql://u:p%2F%40@db.example/d"),
        (
            "postgresql://a@/x?host=/run/pg&port=5433",
            "postgresql://u:p%2F%40@/d?host=%2Frun%2Fpg&port=5433",
        ),
        ("postgresql://a@[::1]:5432/x", "postgresql://u:p%2F%40@[::1]:5432/d"),
    ],
)
def test_addresses_are_urls_over_tcp_and_sockets(dsn: str, expected: str) -> None:
    url = connection_url(dsn, user="u", password="p/@", database="d")
    assert url == expected
    assert psycopg.conninfo.conninfo_to_dict(url)["password"] == "p/@"


def test_django_reads_the_address(databases: AppDatabases) -> None:
    parse: Callable[[str], dict[str, object]] = pytest.importorskip("dj_database_url").parse
    found = parse(databases.create(NAME).app_dsn)
    assert (found["NAME"], found["USER"]) == (NAME, f"{NAME}_app")
