"""Generations as the store keeps them: quota, idempotency, one open run per app, and ends that are final."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest

from chalicelib.adapters.app_store import PostgresAppStore
from chalicelib.adapters.database import Database
from chalicelib.adapters.generation_store import PostgresGenerationStore
from chalicelib.adapters.organization_store import PostgresOrganizationStore
from chalicelib.billing.periods import calendar_month
from chalicelib.errors import Cancelled, Conflict, NotFound, PlatformError, QuotaReached
from chalicelib.generation.records import Generation, Started
from chalicelib.tenancy.plans import TERMS
from tests.database.world import Platform, Tenant

BY = "api_key:test"
URL = "http://localhost:8101"

Start = Callable[..., Started]
NewApp = Callable[[], UUID]


@pytest.fixture
def tenant_id(organization: Callable[..., UUID]) -> UUID:
    return organization("pro")


@pytest.fixture
def new_app(apps: PostgresAppStore, tenant_id: UUID) -> NewApp:
    def make() -> UUID:
        return apps.create(tenant_id, name="An app", locale="en", mvs={"name": "A"}, by=BY).id

    return make


@pytest.fixture
def start(generations: PostgresGenerationStore, tenant_id: UUID) -> Start:
    def make(app_id: UUID, key: str | None = None, request: str = "0" * 64) -> Started:
        return generations.start(
            tenant_id, app_id, engine="offline", idempotency_key=key, request_sha256=request, by=BY
        )

    return make


@pytest.fixture
def running(
    generations: PostgresGenerationStore, tenant_id: UUID, new_app: NewApp, start: Start
) -> Generation:
    return generations.mark_running(tenant_id, start(new_app()).generation.id)


def quota_used(database: Database, tenant_id: UUID) -> int:
    return PostgresOrganizationStore(database).quota(tenant_id).used


def use_up(platform: Platform, tenant_id: UUID, app_id: UUID, leave: int) -> None:
    """Charges the present month until `leave` are left."""
    used = TERMS["pro"].generations - leave
    month = calendar_month(datetime.now(UTC)).started_at
    with platform.admin() as connection:
        connection.execute(
            """
            insert into platform.generations (tenant_id, app_id, version, status, engine, mvs_sha256, request_sha256,
                quota_period_started_at, url, created_by, ended_at)
            select %(tenant)s, %(app)s, 1000 + n, 'succeeded', 'offline', %(digest)s, %(digest)s, %(month)s, 'http://x',
                'system:test', now()
            from generate_series(1, %(used)s) as n
            """,
            {"tenant": tenant_id, "app": app_id, "digest": "0" * 64, "month": month, "used": used},
        )


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """What each call gave or raised, all begun at the same moment."""
    together = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        together.wait()
        try:
            return call()
        except PlatformError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_a_start_is_queued_charged_and_numbered(
    database: Database, tenant_id: UUID, new_app: NewApp, start: Start
) -> None:
    app_id = new_app()
    generation = start(app_id).generation
    assert (generation.status, generation.version, generation.is_charged) == ("queued", 1, True)
    assert generation.created_by == BY
    assert quota_used(database, tenant_id) == 1


def test_versions_count_up_per_app(
    generations: PostgresGenerationStore, tenant_id: UUID, new_app: NewApp, start: Start
) -> None:
    app_id = new_app()
    for version in (1, 2, 3):
        generation = start(app_id).generation
        assert generation.version == version
        generations.cancel(tenant_id, generation.id, by=BY)


def test_a_second_open_generation_of_an_app_is_refused(new_app: NewApp, start: Start) -> None:
    app_id = new_app()
    first = start(app_id).generation
    with pytest.raises(Conflict) as refused:
        start(app_id)
    assert refused.value.facts == {"generation_id": str(first.id)}


def test_an_unknown_or_foreign_app_is_not_found(
    start: Start, tenants: tuple[Tenant, Tenant]
) -> None:
    for app_id in (uuid4(), tenants[0].app_id):
        with pytest.raises(NotFound):
            start(app_id)


def test_the_same_key_gives_the_same_generation(
    database: Database, tenant_id: UUID, new_app: NewApp, start: Start
) -> None:
    app_id = new_app()
    first, again = start(app_id, "k"), start(app_id, "k")
    assert (first.is_new, again.is_new) == (True, False)
    assert again.generation == first.generation
    assert quota_used(database, tenant_id) == 1


def test_the_same_key_gives_the_same_generation_even_after_its_end(
    generations: PostgresGenerationStore, tenant_id: UUID, new_app: NewApp, start: Start
) -> None:
    app_id = new_app()
    generation = start(app_id, "k").generation
    generations.cancel(tenant_id, generation.id, by=BY)
    assert start(app_id, "k").generation.id == generation.id


def test_a_key_used_for_another_request_is_refused(new_app: NewApp, start: Start) -> None:
    app_id = new_app()
    start(app_id, "k")
    with pytest.raises(Conflict, match="Idempotency-Key"):
        start(app_id, "k", "1" * 64)
    with pytest.raises(Conflict, match="Idempotency-Key"):
        start(new_app(), "k")


def test_keys_of_two_tenants_are_two_keys(
    apps: PostgresAppStore, generations: PostgresGenerationStore, organization: Callable[..., UUID]
) -> None:
    made = set()
    for tenant_id in (organization(), organization()):
        app = apps.create(tenant_id, name="A", locale="en", mvs={}, by=BY)
        started = generations.start(
            tenant_id, app.id, engine="offline", idempotency_key="k", request_sha256="0" * 64, by=BY
        )
        made.add((started.is_new, started.generation.id))
    assert len(made) == 2


def test_twenty_starts_with_one_key_are_one_generation(
    database: Database, tenant_id: UUID, new_app: NewApp, start: Start
) -> None:
    app_id = new_app()
    answers = at_once([lambda: start(app_id, "k")] * 20)
    assert sum(answer.is_new for answer in answers) == 1
    assert len({answer.generation.id for answer in answers}) == 1
    assert quota_used(database, tenant_id) == 1


def test_twenty_starts_of_one_app_are_one_generation(new_app: NewApp, start: Start) -> None:
    app_id = new_app()
    answers = at_once([lambda: start(app_id)] * 20)
    assert sum(isinstance(answer, Started) for answer in answers) == 1
    assert sum(isinstance(answer, Conflict) for answer in answers) == 19


def test_fifty_starts_with_three_left_admit_exactly_three(
    platform: Platform, database: Database, tenant_id: UUID, new_app: NewApp, start: Start
) -> None:
    app_ids = [new_app() for _ in range(50)]
    use_up(platform, tenant_id, app_ids[0], leave=3)
    answers = at_once([lambda app_id=app_id: start(app_id) for app_id in app_ids])  # type: ignore[misc]
    admitted = [answer for answer in answers if isinstance(answer, Started)]
    refused = [answer for answer in answers if isinstance(answer, QuotaReached)]
    assert (len(admitted), len(refused)) == (3, 47)
    assert quota_used(database, tenant_id) == TERMS["pro"].generations


def test_a_used_up_quota_says_how_much_and_until_when(
    platform: Platform, tenant_id: UUID, new_app: NewApp, start: Start
) -> None:
    app_id = new_app()
    use_up(platform, tenant_id, app_id, leave=0)
    with pytest.raises(QuotaReached) as refused:
        start(app_id)
    facts = refused.value.facts
    assert (facts["limit"], facts["used"]) == (30, 30)
    assert datetime.fromisoformat(facts["resets_at"]) > datetime.now(UTC)


def test_last_months_generations_do_not_count(
    platform: Platform, tenant_id: UUID, new_app: NewApp, start: Start
) -> None:
    app_id = new_app()
    use_up(platform, tenant_id, app_id, leave=0)
    with platform.admin() as connection:
        connection.execute("update platform.generations set quota_period_started_at = '2020-01-01'")
    assert start(app_id).is_new


def test_a_repeated_start_is_answered_even_with_the_quota_used_up(
    platform: Platform, tenant_id: UUID, new_app: NewApp, start: Start
) -> None:
    app_id = new_app()
    first = start(app_id, "k").generation
    use_up(platform, tenant_id, app_id, leave=0)
    assert start(app_id, "k").generation.id == first.id


def test_running_is_marked_once(
    generations: PostgresGenerationStore, tenant_id: UUID, running: Generation
) -> None:
    assert running.status == "running"
    assert generations.mark_running(tenant_id, running.id) == running


def test_a_success_goes_live(
    apps: PostgresAppStore,
    generations: PostgresGenerationStore,
    tenant_id: UUID,
    running: Generation,
) -> None:
    done = generations.succeed(tenant_id, running.id, url=URL)
    assert (done.status, done.url, done.is_charged) == ("succeeded", URL, True)
    app = apps.read(tenant_id, running.app_id)
    assert (app.live_generation_id, app.url) == (running.id, URL)
    assert generations.succeed(tenant_id, running.id, url=URL) == done


def test_a_later_failure_leaves_the_live_version_alone(
    apps: PostgresAppStore,
    generations: PostgresGenerationStore,
    tenant_id: UUID,
    running: Generation,
    start: Start,
) -> None:
    generations.succeed(tenant_id, running.id, url=URL)
    second = start(running.app_id).generation
    generations.fail(tenant_id, second.id, stage="Review", error="FailedReview", reason="no")
    assert apps.read(tenant_id, running.app_id).live_generation_id == running.id


def test_a_failure_says_where_and_why_and_gives_the_quota_back(
    database: Database, generations: PostgresGenerationStore, tenant_id: UUID, running: Generation
) -> None:
    failed = generations.fail(
        tenant_id, running.id, stage="RunChecks", error="FailedChecks", reason="w" * 9000
    )
    assert (failed.status, failed.failure_stage, failed.failure_error) == (
        "failed",
        "RunChecks",
        "FailedChecks",
    )
    assert len(failed.failure_reason or "") == 2000
    assert quota_used(database, tenant_id) == 0


def test_the_quota_is_given_back_once_however_often_it_ends(
    platform: Platform,
    database: Database,
    generations: PostgresGenerationStore,
    tenant_id: UUID,
    running: Generation,
) -> None:
    use_up(platform, tenant_id, running.app_id, leave=1)  # one more than is used: the running one
    before = quota_used(database, tenant_id)
    at_once(
        [lambda: generations.fail(tenant_id, running.id, stage="S", error="E", reason="r")] * 5
        + [lambda: generations.cancel(tenant_id, running.id, by=BY)] * 5
    )
    assert quota_used(database, tenant_id) == before - 1


def test_a_closed_generation_never_changes(
    generations: PostgresGenerationStore, tenant_id: UUID, running: Generation
) -> None:
    done = generations.succeed(tenant_id, running.id, url=URL)
    assert generations.fail(tenant_id, running.id, stage="S", error="E", reason="r") == done
    assert generations.mark_running(tenant_id, running.id) == done
    with pytest.raises(Conflict):
        generations.cancel(tenant_id, running.id, by=BY)


def test_what_was_cancelled_does_not_go_live(
    database: Database,
    apps: PostgresAppStore,
    generations: PostgresGenerationStore,
    tenant_id: UUID,
    running: Generation,
) -> None:
    cancelled = generations.cancel(tenant_id, running.id, by=BY)
    assert generations.cancel(tenant_id, running.id, by=BY) == cancelled
    with pytest.raises(Cancelled):
        generations.succeed(tenant_id, running.id, url=URL)
    assert apps.read(tenant_id, running.app_id).live_generation_id is None
    assert quota_used(database, tenant_id) == 0


def test_a_failed_generation_does_not_go_live(
    generations: PostgresGenerationStore, tenant_id: UUID, running: Generation
) -> None:
    generations.fail(tenant_id, running.id, stage="S", error="E", reason="r")
    with pytest.raises(Conflict):
        generations.succeed(tenant_id, running.id, url=URL)


def test_success_and_cancellation_at_once_are_one_of_the_two(
    apps: PostgresAppStore,
    generations: PostgresGenerationStore,
    tenant_id: UUID,
    running: Generation,
) -> None:
    at_once(
        [
            lambda: generations.succeed(tenant_id, running.id, url=URL),
            lambda: generations.cancel(tenant_id, running.id, by=BY),
        ]
        * 4
    )
    is_live = apps.read(tenant_id, running.app_id).live_generation_id == running.id
    assert is_live == (generations.read(tenant_id, running.id).status == "succeeded")


def test_generations_are_listed_newest_first(
    generations: PostgresGenerationStore, tenant_id: UUID, new_app: NewApp, start: Start
) -> None:
    app_id, made = new_app(), []
    for _ in range(3):
        made.append(start(app_id).generation.id)
        generations.cancel(tenant_id, made[-1], by=BY)
    first = generations.page(tenant_id, app_id, limit=2)
    rest = generations.page(tenant_id, app_id, limit=2, cursor=first.next_cursor)
    assert [item.id for item in (*first.items, *rest.items)] == made[::-1]
    assert rest.next_cursor is None


def test_a_foreign_generation_is_not_there(
    generations: PostgresGenerationStore, tenant_id: UUID, tenants: tuple[Tenant, Tenant]
) -> None:
    foreign = tenants[0].generation_id
    calls: list[Callable[[], object]] = [
        lambda: generations.read(tenant_id, foreign),
        lambda: generations.mark_running(tenant_id, foreign),
        lambda: generations.succeed(tenant_id, foreign, url=URL),
        lambda: generations.fail(tenant_id, foreign, stage="S", error="E", reason="r"),
        lambda: generations.cancel(tenant_id, foreign, by=BY),
        lambda: generations.page(tenant_id, tenants[0].app_id),
    ]
    for call in calls:
        with pytest.raises(NotFound):
            call()
    assert generations.read(tenants[0].id, foreign).status == "queued"


def told(platform: Platform, subject_id: UUID) -> list[tuple[str, str, dict[str, Any]]]:
    with platform.admin() as connection:
        return connection.execute(
            "select actor, action, facts from platform.audit_log where subject_id = %s order by id",
            [subject_id],
        ).fetchall()


def test_every_change_is_told_in_the_audit_log(
    platform: Platform, generations: PostgresGenerationStore, tenant_id: UUID, running: Generation
) -> None:
    generations.mark_running(tenant_id, running.id)
    for _ in range(2):
        generations.fail(tenant_id, running.id, stage="S", error="E", reason="r")
    machine, why = "system:generate_app", {"stage": "S", "error": "E", "reason": "r"}
    started, began, failed = told(platform, running.id)
    assert (started[:2], started[2]["after"]["status"]) == ((BY, "generation.started"), "queued")
    assert began == (
        machine,
        "generation.running",
        {"before": {"status": "queued"}, "after": {"status": "running"}},
    )
    assert failed == (
        machine,
        "generation.failed",
        {"before": {"status": "running"}, "after": {"status": "failed", **why}},
    )


def test_going_live_is_told_with_what_served_before(
    platform: Platform, generations: PostgresGenerationStore, tenant_id: UUID, running: Generation
) -> None:
    generations.succeed(tenant_id, running.id, url="http://localhost:8101")
    assert told(platform, running.id)[-1][2] == {
        "before": {"status": "running", "live_generation_id": None},
        "after": {
            "status": "succeeded",
            "live_generation_id": str(running.id),
            "url": "http://localhost:8101",
        },
    }


def test_a_cancelled_one_is_told_with_who_did_it(
    platform: Platform, generations: PostgresGenerationStore, tenant_id: UUID, running: Generation
) -> None:
    generations.cancel(tenant_id, running.id, by="user:somebody")
    assert told(platform, running.id)[-1] == (
        "user:somebody",
        "generation.cancelled",
        {"before": {"status": "running"}, "after": {"status": "cancelled"}},
    )
