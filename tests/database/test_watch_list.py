"""The list of generations somebody must look after: it keeps itself, and it opens nothing."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege, InvalidTextRepresentation

from chalicelib.adapters.app_store import PostgresAppStore
from chalicelib.adapters.database import Database
from chalicelib.adapters.generation_store import PostgresGenerationStore
from chalicelib.adapters.watch_list import PostgresWatchList
from tests.database.world import Platform, Tenant, act_for

Tenants = tuple[Tenant, Tenant]
TO_SWEEP = "select organization_id, generation_id from platform.generations_to_sweep(%s, 100)"
STOP = "select platform.stop_watching(%s)"


@pytest.fixture
def watch(database: Database) -> PostgresWatchList:
    return PostgresWatchList(database)


@pytest.fixture
def started(
    apps: PostgresAppStore,
    generations: PostgresGenerationStore,
    organization: Callable[..., UUID],
) -> tuple[UUID, UUID]:
    """Tenant and generation."""
    tenant_id = organization()
    app = apps.create(tenant_id, name="A", locale="en", mvs={}, by="system:test")
    generation = generations.start(
        tenant_id,
        app.id,
        engine="offline",
        idempotency_key=None,
        request_sha256="0" * 64,
        by="system:test",
    ).generation
    return tenant_id, generation.id


def watched(watch: PostgresWatchList, quiet_s: int = 0) -> set[UUID]:
    return {each.generation_id for each in watch.due(quiet_s)}


def test_open_generations_of_all_tenants_are_on_it(
    watch: PostgresWatchList, tenants: Tenants, started: tuple[UUID, UUID]
) -> None:
    assert watched(watch) == {started[1], *(tenant.generation_id for tenant in tenants)}


def test_only_what_has_been_on_it_for_so_long_is_due(
    watch: PostgresWatchList, started: tuple[UUID, UUID]
) -> None:
    assert watched(watch, quiet_s=60) == set()
    [found] = watch.due(0)
    assert (found.tenant_id, found.generation_id) == started
    assert found.since.tzinfo


def test_a_running_one_stays_on_it_a_finished_one_leaves(
    watch: PostgresWatchList, generations: PostgresGenerationStore, started: tuple[UUID, UUID]
) -> None:
    generations.mark_running(*started)
    assert watched(watch) == {started[1]}
    generations.fail(*started, stage="Design", error="Rejected", reason="no")
    assert watched(watch) == set()


def test_a_cancelled_one_stays_until_somebody_has_tidied_up(
    watch: PostgresWatchList, generations: PostgresGenerationStore, started: tuple[UUID, UUID]
) -> None:
    generations.cancel(*started, by="system:test")
    assert watched(watch) == {started[1]}
    watch.forget(*started)
    watch.forget(*started)
    assert watched(watch) == set()


def test_an_open_one_can_not_be_taken_off(
    watch: PostgresWatchList, started: tuple[UUID, UUID]
) -> None:
    watch.forget(*started)
    assert watched(watch) == {started[1]}


def test_nobody_takes_off_another_tenants(
    watch: PostgresWatchList,
    generations: PostgresGenerationStore,
    started: tuple[UUID, UUID],
    organization: Callable[..., UUID],
) -> None:
    generations.cancel(*started, by="system:test")
    watch.forget(organization(), started[1])
    watch.forget(started[0], uuid4())
    assert watched(watch) == {started[1]}


def test_listing_leaves_neither_a_tenant_nor_a_duty(platform: Platform, tenants: Tenants) -> None:
    with platform.app() as connection:
        assert len(connection.execute(TO_SWEEP, [0]).fetchall()) == 2
        duty = connection.execute("select current_setting('app.current_duty', true)").fetchone()
        assert duty == ("",)
        connection.execute("select set_config('app.current_tenant_id', '', true)")
        with pytest.raises(InvalidTextRepresentation):
            connection.execute("select * from platform.generations")


def test_listing_does_not_change_the_sessions_tenant(platform: Platform, tenants: Tenants) -> None:
    with platform.app() as connection:
        act_for(connection, tenants[1].id)
        connection.execute(TO_SWEEP, [0])
        seen = connection.execute("select distinct tenant_id from platform.generations").fetchall()
    assert seen == [(tenants[1].id,)]


def test_taking_up_the_duty_by_hand_opens_nothing(platform: Platform, tenants: Tenants) -> None:
    with platform.app() as connection:
        connection.execute("select set_config('app.current_duty', 'sweep', true)")
        with pytest.raises(InsufficientPrivilege):
            connection.execute("select * from platform.watched_generations")


def test_it_can_not_be_left_without_a_tenant(platform: Platform) -> None:
    with platform.app() as connection:
        connection.execute("select set_config('app.current_tenant_id', '', true)")
        with pytest.raises(InvalidTextRepresentation):
            connection.execute(STOP, [uuid4()])


@pytest.mark.changes_the_schema
def test_planted_code_is_not_called(platform: Platform, tenants: Tenants) -> None:
    with platform.admin() as connection:
        connection.execute(
            """
            create schema planted;
            grant usage on schema planted to fragua_app;
            create function planted.set_config(text, text, boolean) returns text language plpgsql
                as $$ begin raise exception 'planted code ran as %', current_user; end $$;
            create function planted.now() returns timestamptz language plpgsql
                as $$ begin raise exception 'planted code ran as %', current_user; end $$;
            """
        )
    with platform.app() as connection:
        act_for(connection, tenants[0].id)
        connection.execute("set local search_path = planted, pg_catalog")
        assert len(connection.execute(TO_SWEEP, [0]).fetchall()) == 2
        connection.execute(STOP, [tenants[0].generation_id])


@pytest.mark.changes_the_schema
def test_the_trigger_can_not_be_called_by_hand(platform: Platform) -> None:
    with platform.app() as connection, pytest.raises(psycopg.Error):
        connection.execute("select platform.watch_generation()")
