"""A migrated database of its own for each test, copied from one that is migrated once."""

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


@pytest.fixture
def platform(postgres: str, template: str) -> Iterator[Platform]:
    name = f"fragua_test_{next(NUMBERS)}"
    with copied(postgres, name):
        yield Platform(
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
