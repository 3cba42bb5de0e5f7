"""Making, changing and ending organizations, on a real server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import psycopg
import pytest

from chalicelib.adapters import membership_store
from chalicelib.adapters.app_store import PostgresAppStore
from chalicelib.adapters.database import Database
from chalicelib.adapters.deletion_store import PostgresDeletionStore
from chalicelib.adapters.generation_store import PostgresGenerationStore
from chalicelib.adapters.membership_store import PostgresMemberStore
from chalicelib.adapters.organization_store import PostgresOrganizationStore
from chalicelib.errors import Conflict, NotFound
from chalicelib.tenancy import organizations as rules
from chalicelib.tenancy.organizations import id_for
from tests.database.company import Company, at_once, founded, newcomer, refusals
from tests.database.world import Platform, Tenant

GRACE = timedelta(days=14)
LEFT = {"organizations", "audit_log", "apps", "stripe_events"}
"""Of a deleted organization, as ids."""


@pytest.fixture
def company(database: Database) -> Company:
    return founded(database)


@pytest.fixture
def store(database: Database) -> PostgresOrganizationStore:
    return PostgresOrganizationStore(database)


@pytest.fixture
def deletions(database: Database) -> PostgresDeletionStore:
    return PostgresDeletionStore(database)


def by(company: Company) -> str:
    return f"user:{company.ana}"


def fall_due(platform: Platform, *tenants: UUID) -> None:
    with platform.admin() as connection:
        connection.execute(
            "update platform.organizations set deletion_due_at = now() where id = any(%s)",
            [list(tenants)],
        )


# making


def test_who_makes_one_owns_it_and_finds_it(
    database: Database, store: PostgresOrganizationStore
) -> None:
    eva = newcomer(database, "eva")
    made = store.create(uuid4(), name="Taller", locale="es", owner=eva)
    [mine] = store.mine(eva)
    assert (mine.id, mine.name, mine.role, mine.plan) == (made.id, "Taller", "owner", "free")


def test_the_same_key_makes_one_and_answers_the_same_after_it_was_renamed(
    database: Database, store: PostgresOrganizationStore
) -> None:
    eva = newcomer(database, "eva")
    again = partial(store.create, id_for(eva, "key"), name="Taller", locale="es", owner=eva)
    made = again()
    store.change(made.id, name="Otro", locale=None, by=f"user:{eva}")
    assert again().id == made.id
    assert len(store.mine(eva)) == 1


def test_the_same_key_tells_who_left_nothing_of_what_they_made(
    database: Database, store: PostgresOrganizationStore
) -> None:
    eva, bea = newcomer(database, "eva"), newcomer(database, "bea")
    again = partial(store.create, id_for(eva, "key"), name="Taller", locale="es", owner=eva)
    made = again()
    with database.tenant_session(made.id, user_id=bea) as session:
        membership_store.add(session, bea, "owner")
    PostgresMemberStore(database).leave(made.id, eva)
    store.change(made.id, name="Secreto", locale=None, by=f"user:{bea}")
    with pytest.raises(Conflict, match="left"):
        again()


def test_the_same_key_with_another_name_is_refused(
    database: Database, store: PostgresOrganizationStore
) -> None:
    eva = newcomer(database, "eva")
    store.create(id_for(eva, "key"), name="Taller", locale="es", owner=eva)
    with pytest.raises(Conflict, match="Idempotency-Key"):
        store.create(id_for(eva, "key"), name="Otro", locale="es", owner=eva)


def test_two_people_with_one_key_make_two() -> None:
    assert id_for(uuid4(), "key") != id_for(uuid4(), "key")


@pytest.mark.parametrize("round_", range(6))
def test_made_twice_at_once_it_is_made_once(
    database: Database, store: PostgresOrganizationStore, platform: Platform, round_: int
) -> None:
    eva = newcomer(database, "eva")
    make = partial(store.create, id_for(eva, "key"), name="Taller", locale="es", owner=eva)
    outcomes = at_once(make, make, make)
    assert (refusals(outcomes), len({one.id for one in outcomes})) == ([], 1)
    with platform.admin() as connection:
        lines = connection.execute("select count(*) from platform.audit_log").fetchone()
    assert lines == (1,)


def test_nobody_makes_organizations_without_end(
    database: Database, store: PostgresOrganizationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "ORGANIZATIONS_PER_PERSON_MAX", 2)
    eva = newcomer(database, "eva")
    makes = [partial(store.create, uuid4(), name="T", locale="es", owner=eva) for _ in range(4)]
    assert refusals(at_once(*makes)) == ["Conflict", "Conflict"]
    assert len(store.mine(eva)) == 2


# changing


def test_a_change_tells_the_log_what_differs(
    company: Company, store: PostgresOrganizationStore, platform: Platform
) -> None:
    store.change(company.id, name="Sonrisa", locale=None, by=by(company))
    with platform.admin() as connection:
        told = connection.execute(
            "select facts from platform.audit_log where action = 'organization.changed'"
        ).fetchall()
    assert told == [({"before": {"name": "Clínica Sonrisa"}, "after": {"name": "Sonrisa"}},)]


# ending


def test_deleting_takes_the_name_typed_out(
    company: Company, store: PostgresOrganizationStore
) -> None:
    with pytest.raises(Conflict, match="Clínica Sonrisa"):
        store.schedule_deletion(company.id, name="clinica sonrisa", grace=GRACE, by=by(company))
    decomposed = "Cli\u0301nica Sonrisa"
    doomed = store.schedule_deletion(company.id, name=decomposed, grace=GRACE, by=by(company))
    assert doomed.deletion_due_at


def test_asking_again_moves_nothing_and_writes_to_each_owner_once(
    company: Company, store: PostgresOrganizationStore, platform: Platform
) -> None:
    company.hire("eva", "owner"), company.hire("leo", "admin")
    delete = partial(
        store.schedule_deletion,
        company.id,
        name="Clínica Sonrisa",
        grace=GRACE,
        by=by(company),
    )
    assert delete() == delete()
    with platform.admin() as connection:
        letters = connection.execute("select kind, body from platform.outbox").fetchall()
    assert [kind for kind, _ in letters] == ["deletion_scheduled"] * 2
    assert all(body.keys() == {"user_id", "organization_name", "due_at"} for _, body in letters)


def test_what_was_taken_back_is_never_due(
    company: Company,
    store: PostgresOrganizationStore,
    deletions: PostgresDeletionStore,
    platform: Platform,
) -> None:
    fall_due(platform, company.id)
    kept = store.take_back_deletion(company.id, by=by(company))
    assert kept.deletion_due_at is None
    assert deletions.take(60) == []
    assert not deletions.close(company.id)


def test_before_its_time_nothing_happens(
    company: Company, store: PostgresOrganizationStore, deletions: PostgresDeletionStore
) -> None:
    store.schedule_deletion(company.id, name="Clínica Sonrisa", grace=GRACE, by=by(company))
    assert deletions.take(60) == []
    assert not deletions.close(company.id)
    assert store.read(company.id)


def test_what_is_due_comes_once_a_lease(
    company: Company, deletions: PostgresDeletionStore, platform: Platform
) -> None:
    fall_due(platform, company.id)
    taken = at_once(*[partial(deletions.take, 60)] * 3)
    assert [(one.tenant_id, one.job) for found in taken for one in found] == [(company.id, "purge")]
    assert deletions.take(60) == []


def test_closed_nobody_acts_for_it_and_it_can_not_be_taken_back(
    company: Company,
    store: PostgresOrganizationStore,
    deletions: PostgresDeletionStore,
    apps: PostgresAppStore,
    generations: PostgresGenerationStore,
    database: Database,
    platform: Platform,
) -> None:
    app = apps.create(company.id, name="A", locale="en", mvs={"a": 1}, by=by(company))
    fall_due(platform, company.id)
    assert deletions.close(company.id)
    assert deletions.close(company.id)
    assert store.mine(company.ana) == []
    asker = company.asking(company.ana, "owner")
    doings: list[Callable[[], object]] = [
        partial(store.read, company.id),
        partial(store.take_back_deletion, company.id, by=by(company)),
        partial(PostgresMemberStore(database).remove, company.id, company.ana, asker=asker),
        partial(
            generations.start,
            company.id,
            app.id,
            engine="offline",
            idempotency_key="k",
            request_sha256="0" * 64,
            by=by(company),
        ),
    ]
    for doing in doings:
        with pytest.raises(NotFound):
            doing()


@pytest.mark.parametrize("round_", range(8))
def test_taken_back_in_the_last_moment_it_is_one_or_the_other(
    company: Company,
    store: PostgresOrganizationStore,
    deletions: PostgresDeletionStore,
    platform: Platform,
    round_: int,
) -> None:
    fall_due(platform, company.id)
    closed, kept = at_once(
        partial(deletions.close, company.id),
        partial(store.take_back_deletion, company.id, by=by(company)),
    )
    assert closed == isinstance(kept, NotFound)


def test_it_can_not_be_closed_before_it_is_due_whatever_the_code_believes(
    company: Company, database: Database
) -> None:
    with (
        pytest.raises(psycopg.errors.CheckViolation),
        database.tenant_session(company.id) as session,
    ):
        session.run(
            "update platform.organizations set deleted_at = now() where tenant_id = %(tenant_id)s"
        )


def test_one_that_was_not_deleted_is_not_erased(
    company: Company, deletions: PostgresDeletionStore, platform: Platform
) -> None:
    fall_due(platform, company.id)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="was deleted"):
        deletions.erase(company.id, most=100)
    assert list(company.roles()) == [company.ana]


def rows_of(platform: Platform, tenant: UUID) -> dict[str, int]:
    """Of every table that has rows of tenants, whether of the tenant's side or the person's."""
    with platform.admin() as connection:
        tables = connection.execute(
            "select relname, attname from pg_attribute join pg_class on pg_class.oid = attrelid"
            " where relnamespace = 'platform'::regnamespace and relkind = 'r'"
            " and attname in ('tenant_id', 'organization_id')"
        ).fetchall()
        counts = {
            table: connection.execute(
                psycopg.sql.SQL("select count(*) from platform.{} where {} = %s").format(
                    psycopg.sql.Identifier(table), psycopg.sql.Identifier(column)
                ),
                [tenant],
            ).fetchone()
            for table, column in tables
        }
    return {table: found[0] for table, found in counts.items() if found and found[0]}


def test_erased_it_leaves_ids_and_the_others_are_untouched(
    tenants: tuple[Tenant, Tenant], deletions: PostgresDeletionStore, platform: Platform
) -> None:
    gone, other = tenants
    before = rows_of(platform, other.id)
    fall_due(platform, gone.id)
    assert deletions.close(gone.id)
    rounds = 0
    while deletions.erase(gone.id, most=1):
        rounds += 1
    assert rounds > 1
    assert set(rows_of(platform, gone.id)) == LEFT
    assert rows_of(platform, other.id) == before
    with platform.admin() as connection:
        name, app, mvs = connection.execute(
            "select one.name, app.name, app.mvs from platform.organizations as one"
            " join platform.apps as app using (tenant_id) where one.id = %s",
            [gone.id],
        ).fetchall()[0]
        told = connection.execute(
            "select distinct facts, source_ip, user_agent, request_id from platform.audit_log"
            " where tenant_id = %s",
            [gone.id],
        ).fetchall()
    assert (name, app, mvs, told) == ("deleted", "deleted", {}, [({}, None, None, None)])


def test_erasing_again_does_nothing(
    tenants: tuple[Tenant, Tenant], deletions: PostgresDeletionStore, platform: Platform
) -> None:
    fall_due(platform, tenants[0].id)
    deletions.close(tenants[0].id)
    for _ in range(8):
        deletions.erase(tenants[0].id, most=100)
    assert not deletions.erase(tenants[0].id, most=100)
    assert {one.tenant_id for one in deletions.take(60)} == {tenants[1].id}


def test_the_versions_of_what_was_removed_are_not_listed_again(
    company: Company,
    apps: PostgresAppStore,
    generations: PostgresGenerationStore,
    deletions: PostgresDeletionStore,
) -> None:
    company.buys("starter")
    first, second = (
        apps.create(company.id, name=name, locale="en", mvs={"name": name}, by=by(company))
        for name in ("One", "Two")
    )
    for app in (first, second):
        generations.start(
            company.id,
            app.id,
            engine="offline",
            idempotency_key=str(app.id),
            request_sha256="0" * 64,
            by=by(company),
        )
    assert [one.slug for one in deletions.built(company.id)] == [first.slug, second.slug]
    deletions.removed(company.id, first.id)
    assert [one.slug for one in deletions.built(company.id)] == [second.slug]
