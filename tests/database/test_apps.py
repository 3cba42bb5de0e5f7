"""Apps as the store keeps them."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from chalicelib.adapters.app_store import PostgresAppStore, slug_of
from chalicelib.adapters.generation_store import PostgresGenerationStore
from chalicelib.errors import Conflict, InvalidRequest, NotFound
from chalicelib.generation.records import App, mvs_digest
from tests.database.world import Platform, Tenant

BY = "api_key:test"
MVS = {"name": "Clínica Sonrisa", "entities": []}


@pytest.fixture
def tenant_id(organization: Callable[..., UUID]) -> UUID:
    return organization()


def create(apps: PostgresAppStore, tenant_id: UUID, name: str = "Clínica Sonrisa") -> App:
    return apps.create(tenant_id, name=name, locale="es", mvs=MVS, by=BY)


def actions(platform: Platform, tenant_id: UUID) -> list[str]:
    with platform.admin() as connection:
        found = connection.execute(
            "select action from platform.audit_log where tenant_id = %s order by id", [tenant_id]
        )
        return [row[0] for row in found]


def test_an_app_is_read_as_it_was_made(apps: PostgresAppStore, tenant_id: UUID) -> None:
    made = create(apps, tenant_id)
    assert made == apps.read(tenant_id, made.id)
    assert (made.slug, made.locale, made.url) == ("clinica-sonrisa", "es", None)
    assert apps.mvs(tenant_id, made.id) == MVS
    assert made.mvs_sha256 == mvs_digest(MVS)


def test_a_taken_slug_gets_an_ending_whoever_has_it(
    apps: PostgresAppStore, organization: Callable[..., UUID]
) -> None:
    first, second = organization(), organization()
    slugs = [create(apps, tenant_id).slug for tenant_id in (first, first, second)]
    assert slugs[0] == "clinica-sonrisa"
    assert all(slug.startswith("clinica-sonrisa-") for slug in slugs[1:])
    assert len(set(slugs)) == 3


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Clínica Sonrisa", "clinica-sonrisa"),
        ("  -- Ñandú & Co. -- ", "nandu-co"),
        ("日本", "app"),
        ("'; drop table apps; --", "drop-table-apps"),
        ("../../etc/passwd", "etc-passwd"),
        ("a" * 39 + " b", "a" * 39),
        ("x" * 120, "x" * 40),
        ("🦷", "app"),
    ],
)
def test_a_slug_is_a_dns_label_whatever_the_name(name: str, slug: str) -> None:
    assert slug_of(name) == slug


@pytest.mark.parametrize("name", ["www", "API", "日本"])
def test_reserved_addresses_are_not_given_away(
    apps: PostgresAppStore, tenant_id: UUID, name: str
) -> None:
    assert create(apps, tenant_id, name).slug != slug_of(name)


def test_numbers_differ_over_the_platform(
    apps: PostgresAppStore, organization: Callable[..., UUID]
) -> None:
    numbers = {create(apps, organization()).number for _ in range(3)}
    assert len(numbers) == 3
    assert max(numbers) < 50


def test_an_app_of_another_tenant_is_not_there(
    apps: PostgresAppStore, tenant_id: UUID, tenants: tuple[Tenant, Tenant]
) -> None:
    foreign = tenants[0].app_id
    with pytest.raises(NotFound):
        apps.read(tenant_id, foreign)
    with pytest.raises(NotFound):
        apps.mvs(tenant_id, foreign)
    with pytest.raises(NotFound):
        apps.update_mvs(tenant_id, foreign, mvs={}, by=BY)
    with pytest.raises(NotFound):
        apps.delete(tenant_id, foreign, by=BY)
    assert apps.page(tenant_id).items == ()


def test_a_listing_is_read_page_by_page_newest_first(
    apps: PostgresAppStore, tenant_id: UUID
) -> None:
    made = [create(apps, tenant_id, f"App {number}") for number in range(5)]
    seen, cursor = [], None
    for _ in range(3):
        page = apps.page(tenant_id, cursor=cursor, limit=2)
        seen += page.items
        cursor = page.next_cursor
    assert [app.id for app in seen] == [app.id for app in reversed(made)]
    assert cursor is None


def test_an_app_made_between_two_pages_shifts_nothing(
    apps: PostgresAppStore, tenant_id: UUID
) -> None:
    oldest = create(apps, tenant_id)
    create(apps, tenant_id)
    first = apps.page(tenant_id, limit=1)
    create(apps, tenant_id)
    assert apps.page(tenant_id, cursor=first.next_cursor, limit=1).items == (oldest,)


@pytest.mark.parametrize("cursor", ["x", "é", "MjAyNg==", "A" * 5000, "MjAyNi0wMS0wMSAx"])
def test_a_cursor_that_is_not_ours_is_refused(
    apps: PostgresAppStore, tenant_id: UUID, cursor: str
) -> None:
    with pytest.raises(InvalidRequest):
        apps.page(tenant_id, cursor=cursor)


@pytest.mark.parametrize("limit", [0, -1, 101])
def test_a_page_has_a_sensible_size(apps: PostgresAppStore, tenant_id: UUID, limit: int) -> None:
    with pytest.raises(InvalidRequest):
        apps.page(tenant_id, limit=limit)


def test_a_changed_mvs_is_kept_and_told(
    platform: Platform, apps: PostgresAppStore, tenant_id: UUID
) -> None:
    app = create(apps, tenant_id)
    changed = apps.update_mvs(tenant_id, app.id, mvs={"name": "B"}, by=BY)
    assert changed.mvs_sha256 == mvs_digest({"name": "B"})
    assert apps.mvs(tenant_id, app.id) == {"name": "B"}
    assert actions(platform, tenant_id) == ["app.created", "app.changed"]


def test_a_change_that_fails_tells_nothing(
    platform: Platform, apps: PostgresAppStore, tenant_id: UUID
) -> None:
    with pytest.raises(NotFound):
        apps.update_mvs(tenant_id, uuid4(), mvs={}, by=BY)
    assert actions(platform, tenant_id) == []


def test_a_text_postgres_can_not_keep_is_refused(apps: PostgresAppStore, tenant_id: UUID) -> None:
    with pytest.raises(InvalidRequest):
        apps.create(tenant_id, name="x", locale="en", mvs={"name": "a\x00b"}, by=BY)


def test_a_deleted_app_is_gone_and_its_address_stays_taken(
    platform: Platform, apps: PostgresAppStore, tenant_id: UUID
) -> None:
    app = create(apps, tenant_id)
    apps.delete(tenant_id, app.id, by=BY)
    with pytest.raises(NotFound):
        apps.read(tenant_id, app.id)
    with pytest.raises(NotFound):
        apps.delete(tenant_id, app.id, by=BY)
    assert apps.page(tenant_id).items == ()
    assert create(apps, tenant_id).slug != app.slug
    assert actions(platform, tenant_id) == ["app.created", "app.deleted", "app.created"]


def test_an_app_with_an_open_generation_is_not_deleted(
    apps: PostgresAppStore, generations: PostgresGenerationStore, tenant_id: UUID
) -> None:
    app = create(apps, tenant_id)
    generations.start(
        tenant_id, app.id, engine="offline", idempotency_key=None, request_sha256="0" * 64, by=BY
    )
    with pytest.raises(Conflict):
        apps.delete(tenant_id, app.id, by=BY)
