"""The catalogue: an organization's own entries, the shared ones, and nobody else's."""

from __future__ import annotations

from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb

from chalicelib.adapters.catalogue_store import PostgresCatalogue
from chalicelib.adapters.database import Database
from chalicelib.catalog.records import Catalogue
from chalicelib.errors import NotFound
from infra.catalogue import CATALOGUE_ID, seed_catalogue
from tests.catalogue import blueprints, overlays
from tests.database.world import Platform, Tenant, act_for

Tenants = tuple[Tenant, Tenant]


@pytest.fixture
def store(platform: Platform, database: Database) -> Catalogue:
    fill(platform)
    return PostgresCatalogue(database)


def fill(platform: Platform) -> None:
    with platform.owner() as connection, connection.transaction():
        seed_catalogue(connection)


def add(platform: Platform, tenant_id: UUID, key: str) -> None:
    with platform.app() as connection:
        act_for(connection, tenant_id)
        connection.execute(
            "insert into platform.blueprints (tenant_id, key, name, locale, body)"
            " values (%s, %s, 'Ours', 'en', %s)",
            [tenant_id, key, Jsonb({"name": "Ours", "mvs": {}})],
        )


def test_everybody_sees_the_shared_entries_as_the_files_have_them(
    store: Catalogue, tenants: Tenants
) -> None:
    for tenant in tenants:
        shared = [one for one in store.blueprints(tenant.id) if one.is_shared]
        assert shared == sorted(blueprints(), key=lambda one: one.key)
        assert [one for one in store.overlays(tenant.id) if one.is_shared] == sorted(
            overlays(), key=lambda one: one.key
        )


def test_an_organization_sees_its_own_entries_and_nobody_elses(
    platform: Platform, store: Catalogue, tenants: Tenants
) -> None:
    mine, other = tenants
    add(platform, mine.id, "our_way")
    assert store.blueprint(mine.id, "our_way").name("es") == "Ours"
    with pytest.raises(NotFound):
        store.blueprint(other.id, "our_way")


def test_an_own_entry_hides_the_shared_one_of_its_key(
    platform: Platform, store: Catalogue, tenants: Tenants
) -> None:
    mine, other = tenants
    add(platform, mine.id, "bookings")
    assert not store.blueprint(mine.id, "bookings").is_shared
    assert store.blueprint(other.id, "bookings").is_shared
    assert sum(one.key == "bookings" for one in store.blueprints(mine.id)) == 1


def test_an_unknown_key_is_not_found(store: Catalogue, tenants: Tenants) -> None:
    for asked in (store.blueprint, store.overlay):
        with pytest.raises(NotFound):
            asked(tenants[0].id, "nothing_like_it")


def test_the_functions_give_rows_of_the_catalogue_alone(
    platform: Platform, store: Catalogue, tenants: Tenants
) -> None:
    with platform.app() as connection:
        act_for(connection, tenants[0].id)
        for query in (
            "select count(*) from platform.shared_blueprints() where key = 'clinic'",
            "select count(*) from platform.shared_overlays() where industry = 'dental'",
        ):
            assert connection.execute(query).fetchone() == (0,)  # type: ignore[call-overload]


def test_nobody_can_write_a_shared_entry(platform: Platform, store: Catalogue) -> None:
    with platform.app() as connection:
        act_for(connection, UUID(int=1))
        changed = connection.execute("update platform.blueprints set name = 'mine'").rowcount
        assert changed == 0
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(
                "insert into platform.blueprints (tenant_id, key, name, locale, body)"
                " values (%s, 'planted', 'Planted', 'en', '{}')",
                [CATALOGUE_ID],
            )


def test_seeding_again_touches_nothing_and_takes_away_what_is_no_file(platform: Platform) -> None:
    seen = "select key, updated_at from platform.blueprints where tenant_id = %s order by key"
    fill(platform)
    with platform.admin() as connection:
        before = connection.execute(seen, [CATALOGUE_ID]).fetchall()
        connection.execute(
            "insert into platform.blueprints (tenant_id, key, name, locale, body)"
            " values (%s, 'gone', 'Gone', 'en', '{}')",
            [CATALOGUE_ID],
        )
        fill(platform)
        assert connection.execute(seen, [CATALOGUE_ID]).fetchall() == before
