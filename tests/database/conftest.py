"""A migrated, empty database for each test: one that is emptied, or a copy where the test changes the schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from chalicelib.adapters.app_store import PostgresAppStore
from chalicelib.adapters.connection_urls import connection_url
from chalicelib.adapters.database import Database
from chalicelib.adapters.generation_store import PostgresGenerationStore
from infra.migrate import migrate
from tests.database.world import Connection, Platform, Tenant, add_tenant

TEMPLATE = "fragua_template"
APP_PASSWORD = "not a secret: gone with the test's server"
NUMBERS = count(1)
EMPTY = """
do $$
begin
    execute (
        select 'truncate ' || string_agg(oid::regclass::text, ', ') || ' restart identity'
        from pg_class where relnamespace = 'platform'::regnamespace and relkind = 'r'
    );
end
$$
"""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "changes_the_schema: gets a database that is thrown away")


@pytest.fixture(scope="session")
def template(postgres: str) -> str:
    migrate(postgres, app_password=APP_PASSWORD, database=TEMPLATE)
    return TEMPLATE


@pytest.fixture(scope="session")
def catalogue(postgres: str, template: str) -> Iterator[Connection]:
    """The migrated schema, to look at and not to change."""
    with (
        copied(postgres, "fragua_catalogue"),
        psycopg.connect(postgres, dbname="fragua_catalogue", autocommit=True) as connection,
    ):
        connection.execute("set default_transaction_read_only = on")
        yield connection


@pytest.fixture(scope="session")
def shared(postgres: str, template: str) -> Iterator[Platform]:
    with copied(postgres, "fragua_shared"):
        yield platform_in(postgres, "fragua_shared")


@pytest.fixture
def platform(request: pytest.FixtureRequest, postgres: str, template: str) -> Iterator[Platform]:
    """Empty. A test that changes the schema is marked so, and gets a database that is thrown away."""
    if request.node.get_closest_marker("changes_the_schema"):
        name = f"fragua_test_{next(NUMBERS)}"
        with copied(postgres, name):
            yield platform_in(postgres, name)
    else:
        platform: Platform = request.getfixturevalue("shared")
        with platform.admin() as connection:
            connection.execute("set session_replication_role = replica")  # append-only tables too
            connection.execute(EMPTY)
        yield platform


def platform_in(postgres: str, name: str) -> Platform:
    return Platform(
        connection_url(postgres, user="postgres", password="", database=name),
        connection_url(postgres, user="fragua_app", password=APP_PASSWORD, database=name),
    )


@contextmanager
def copied(postgres: str, name: str) -> Iterator[None]:
    """A copy of the template. While it is made nobody may be connected to the template, so nobody ever is."""
    database = sql.Identifier(name)
    with psycopg.connect(postgres, autocommit=True) as server:
        # wal_log: half a second less than file_copy, which makes two checkpoints
        copy = "create database {} template {} strategy wal_log"
        server.execute(sql.SQL(copy).format(database, sql.Identifier(TEMPLATE)))
        # privileges on a database are not copied with it
        server.execute(sql.SQL("revoke all on database {} from public").format(database))
        server.execute(sql.SQL("grant connect on database {} to fragua_app").format(database))
        yield
        server.execute(sql.SQL("drop database {} with (force)").format(database))


@pytest.fixture
def database(platform: Platform) -> Iterator[Database]:
    opened = Database(platform.app_dsn)
    yield opened
    opened.close()


@pytest.fixture
def apps(database: Database) -> PostgresAppStore:
    return PostgresAppStore(database)


@pytest.fixture
def generations(database: Database) -> PostgresGenerationStore:
    return PostgresGenerationStore(database)


@pytest.fixture
def organization(platform: Platform) -> Callable[..., UUID]:
    """Makes one more organization."""

    def make(plan: str = "pro") -> UUID:
        tenant_id = uuid4()
        with platform.admin() as connection:
            connection.execute(
                "insert into platform.organizations (id, name, plan) values (%s, 'A tenant', %s)",
                [tenant_id, plan],
            )
        return tenant_id

    return make


@pytest.fixture
def tenants(platform: Platform) -> tuple[Tenant, Tenant]:
    """Two organizations with a row in every table."""
    with platform.admin() as connection:
        return add_tenant(connection), add_tenant(connection)
