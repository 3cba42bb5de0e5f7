"""Bringing a server up to date, from nothing and again; the first organization and its key."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from uuid import UUID

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from chalicelib.adapters.api_key_store import PostgresApiKeyStore
from chalicelib.adapters.app_databases import AppDatabases
from chalicelib.adapters.connection_urls import connection_url
from chalicelib.adapters.database import Database
from chalicelib.adapters.organization_store import PostgresOrganizationStore
from chalicelib.errors import NotFound, Unauthenticated
from chalicelib.identity.api_keys import authenticate
from infra.migrate import MIGRATIONS, migrate
from infra.seed import ORGANIZATION_ID, seed
from tests.database.conftest import APP_PASSWORD
from tests.database.world import Platform


@dataclass(frozen=True)
class Led:
    user_id: UUID


@dataclass(frozen=True)
class Kept:
    password_hash: str | None


FILES = tuple(path.stem for path in sorted(MIGRATIONS.glob("*.sql")))


@pytest.fixture
def fresh(postgres: str) -> Iterator[str]:
    """The name of a database that does not exist yet."""
    yield "fresh"
    with psycopg.connect(postgres, autocommit=True) as server:
        server.execute("drop database if exists fresh with (force)")


@pytest.fixture
def organizations(database: Database) -> PostgresOrganizationStore:
    return PostgresOrganizationStore(database)


@pytest.fixture
def keys(database: Database) -> PostgresApiKeyStore:
    return PostgresApiKeyStore(database)


def test_everything_is_applied_once_and_in_order(postgres: str, fresh: str) -> None:
    assert migrate(postgres, app_password=APP_PASSWORD, database=fresh) == FILES
    began = perf_counter()
    assert migrate(postgres, app_password=APP_PASSWORD, database=fresh) == ()
    assert perf_counter() - began < 0.5


def test_two_at_once_apply_everything_once(postgres: str, fresh: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        calls = [
            pool.submit(migrate, postgres, app_password=APP_PASSWORD, database=fresh)
            for _ in range(2)
        ]
        assert sorted(call.result() for call in calls) == [(), FILES]


def test_migrations_are_numbered_without_gaps() -> None:
    assert [name[:5] for name in FILES] == [f"{number:04}_" for number in range(1, len(FILES) + 1)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Migrations of our own choice."""
    monkeypatch.setattr("infra.migrate.MIGRATIONS", tmp_path)
    (tmp_path / "0001_a.sql").write_text("create schema platform; create table platform.a (b int);")
    return tmp_path


def test_a_migration_that_fails_leaves_nothing_and_is_tried_again(
    postgres: str, fresh: str, folder: Path
) -> None:
    second = folder / "0002_b.sql"
    second.write_text("create table platform.c (d int); select 1 / 0;")
    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate(postgres, app_password=APP_PASSWORD, database=fresh)
    second.write_text("create table platform.c (d int);")
    assert migrate(postgres, app_password=APP_PASSWORD, database=fresh) == ("0002_b",)


def test_a_migration_may_ask_for_no_transaction(postgres: str, fresh: str, folder: Path) -> None:
    text = "-- transactional: false\n\ncreate index concurrently b_of_a on platform.a (b);"
    (folder / "0002_b.sql").write_text(text)
    assert migrate(postgres, app_password=APP_PASSWORD, database=fresh) == ("0001_a", "0002_b")
    with psycopg.connect(postgres, dbname=fresh) as connection:
        made = connection.execute(
            "select relowner::regrole::text from pg_class where relname = 'b_of_a'"
        )
        assert made.fetchall() == [("fragua_owner",)]


def test_a_password_can_be_changed(postgres: str, template: str) -> None:
    migrate(postgres, app_password="another", database=template)
    dsn = connection_url(postgres, user="fragua_app", password="another", database=template)
    psycopg.connect(dsn).close()
    migrate(postgres, app_password=APP_PASSWORD, database=template)


def test_the_owner_can_not_sign_in(postgres: str, template: str) -> None:
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(make_conninfo(postgres, user="fragua_owner", dbname=template))


def test_an_administrator_who_is_no_superuser_can_do_all_of_it(postgres: str, fresh: str) -> None:
    """As on RDS: may create roles and databases, and nothing else."""
    with psycopg.connect(postgres, autocommit=True) as server:
        server.execute("create role clerk login createdb createrole password 'clerk'")
        server.execute("grant fragua_app, fragua_owner to clerk with admin option")
        server.execute("grant connect on database postgres to clerk")
    clerk = connection_url(postgres, user="clerk", password="clerk", database="postgres")
    assert migrate(clerk, app_password=APP_PASSWORD, database=fresh) == FILES
    assert seed(clerk, database=fresh)["api_key"].startswith("fragua_")
    databases = AppDatabases(clerk)
    with psycopg.connect(databases.create("app_of_clerk").app_dsn):
        databases.drop("app_of_clerk")
    assert not databases.exists("app_of_clerk")
    with psycopg.connect(postgres, autocommit=True) as server:
        server.execute("drop database fresh with (force)")
        server.execute("drop owned by clerk; drop role clerk")


def test_the_seeded_key_opens_the_seeded_organization(
    platform: Platform, keys: PostgresApiKeyStore, organizations: PostgresOrganizationStore
) -> None:
    seeded = seed(platform.admin_dsn, database=name_of(platform))
    principal = authenticate(f"Bearer {seeded['api_key']}", keys=keys)
    assert str(principal.organization_id) == seeded["organization_id"]
    assert principal.role == "owner"
    assert organizations.read(principal.tenant_id).plan == "scale"
    assert organizations.quota(principal.organization_id).left == 100


def test_the_seeded_owner_is_found_by_address_and_has_no_password_yet(
    platform: Platform, database: Database
) -> None:
    for _ in range(2):
        seed(platform.admin_dsn, database=name_of(platform), email="Ana@Example.com")
    with database.session_presenting(identity="email:ana@example.com") as session:
        found = session.all(Led, "select user_id from platform.identity_routes")
        session.become(user=found[0].user_id)
        kept = session.all(Kept, "select password_hash from platform.person_credentials")
    assert (len(found), kept) == (1, [Kept(None)])


def test_a_key_that_still_works_is_given_again(platform: Platform) -> None:
    first = seed(platform.admin_dsn, database=name_of(platform))
    assert seed(platform.admin_dsn, api_key=first["api_key"], database=name_of(platform)) == first


@pytest.mark.parametrize("lost", [None, "", "nonsense", f"fragua_{'0' * 8}_{'0' * 64}"])
def test_a_lost_key_is_replaced_and_stops_working(
    platform: Platform, keys: PostgresApiKeyStore, lost: str | None
) -> None:
    first = seed(platform.admin_dsn, database=name_of(platform))
    second = seed(platform.admin_dsn, api_key=lost, database=name_of(platform))
    assert first["api_key"] != second["api_key"]
    authenticate(f"Bearer {second['api_key']}", keys=keys)
    with pytest.raises(Unauthenticated):
        authenticate(f"Bearer {first['api_key']}", keys=keys)


def test_an_unknown_organization_is_not_found(organizations: PostgresOrganizationStore) -> None:
    with pytest.raises(NotFound):
        organizations.read(ORGANIZATION_ID)


def name_of(platform: Platform) -> str:
    return str(psycopg.conninfo.conninfo_to_dict(platform.admin_dsn)["dbname"])
