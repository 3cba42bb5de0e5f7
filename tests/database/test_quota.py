"""What counts against a plan, in the transaction that starts a run: exact under any number of starts at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.errors import CheckViolation

from chalicelib.adapters.app_store import PostgresAppStore
from chalicelib.adapters.database import Database
from chalicelib.adapters.generation_store import PostgresGenerationStore
from chalicelib.adapters.organization_store import PostgresOrganizationStore
from chalicelib.errors import NotFound, PaymentRequired, QuotaReached, RunsReached
from chalicelib.generation.budget import Budget
from chalicelib.generation.records import Generation, Started
from chalicelib.tenancy.organizations import Overage, Quota
from chalicelib.tenancy.plans import Plan
from tests.database.company import at_once
from tests.database.world import Platform

BY = "api_key:test"
STANDS = """
update platform.organizations
set plan = %(plan)s, billing_state = %(state)s, period_started_at = %(began)s, period_ends_at = %(ends)s,
    overage_generations_max = %(beyond)s
where tenant_id = %(tenant)s
"""
CHARGED = """
insert into platform.generations (tenant_id, app_id, version, status, engine, mvs_sha256, request_sha256,
    quota_period_started_at, is_overage, url, created_by, ended_at)
select %(tenant)s, %(app)s, 1000 + n, 'succeeded', 'offline', repeat('0', 64), repeat('0', 64), %(period)s, false,
    'http://x', 'system:test', now()
from generate_series(1, %(many)s) as n
"""
BUDGET = Budget(
    asked_microdollars=None,
    generation_microdollars_max=5_000_000,
    month_microdollars_max=200_000_000,
)


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


class Business:
    """One organization, what it pays for, and its runs."""

    def __init__(self, platform: Platform, database: Database, tenant_id: UUID) -> None:
        self.platform, self.database, self.id, self.clock = platform, database, tenant_id, Clock()
        self.apps = PostgresAppStore(database)
        self.runs = PostgresGenerationStore(database, self.clock)
        self.began = datetime.now(UTC).replace(microsecond=0) - timedelta(days=10)
        self.ends = self.began + timedelta(days=20)

    def stands(self, plan: Plan, *, state: str = "current", beyond: int = 0) -> None:
        told = {"plan": plan, "state": state, "beyond": beyond, "tenant": self.id}
        with self.platform.admin() as connection:
            connection.execute(STANDS, {**told, "began": self.began, "ends": self.ends})

    def used(self, many: int, period: datetime | None = None) -> None:
        told = {"tenant": self.id, "app": self.app(), "period": period or self.began, "many": many}
        with self.platform.admin() as connection:
            connection.execute(CHARGED, told)

    def app(self) -> UUID:
        return self.apps.create(self.id, name="A", locale="en", mvs={}, by=BY).id

    def start(self, app_id: UUID | None = None, **more: Any) -> Started:
        wish: dict[str, Any] = {"engine": "offline", "idempotency_key": None, **more}
        return self.runs.start(
            self.id, app_id or self.app(), request_sha256="0" * 64, by=BY, **wish
        )

    def begun(self, **more: Any) -> Generation:
        return self.start(**more).generation

    def fails(self, run: Generation) -> Generation:
        return self.runs.fail(self.id, run.id, stage="S", error="E", reason="r")

    def succeeds(self, run: Generation) -> Generation:
        return self.runs.succeed(self.id, run.id, url="http://x")

    def cancels(self, run: Generation, *, has_spent: bool = False) -> Generation:
        return self.runs.cancel(self.id, run.id, by=BY, has_spent=has_spent)

    def read(self, run: Generation) -> Generation:
        return self.runs.read(self.id, run.id)

    @property
    def quota(self) -> Quota:
        return PostgresOrganizationStore(self.database).quota(self.id)

    @property
    def counted(self) -> tuple[int, int]:
        """Of what the plan includes, and beyond it."""
        quota = self.quota
        return quota.used, quota.overage.generations_used


@pytest.fixture
def business(platform: Platform, database: Database, organization: Callable[..., UUID]) -> Business:
    made = Business(platform, database, organization("free"))
    made.stands("pro")
    return made


def outcomes(answers: list[Any]) -> dict[str, int]:
    names = [type(one).__name__ for one in answers]
    return {name: names.count(name) for name in sorted(set(names))}


def many_starts(business: Business, many: int) -> dict[str, int]:
    apps = [business.app() for _ in range(many)]
    return outcomes(at_once(*(lambda app=app: business.start(app) for app in apps)))  # type: ignore[misc]


# ---- many at once ----


def test_fifty_starts_with_three_left_admit_exactly_three(business: Business) -> None:
    business.used(27)
    assert many_starts(business, 50) == {"QuotaReached": 47, "Started": 3}
    assert business.counted == (30, 0)


def test_fifty_starts_with_three_left_beyond_the_plan_admit_exactly_three(
    business: Business,
) -> None:
    business.stands("pro", beyond=3)
    business.used(30)
    assert many_starts(business, 50) == {"QuotaReached": 47, "Started": 3}
    assert business.counted == (30, 3)


def test_the_last_included_and_the_first_beyond_are_told_apart_at_once(business: Business) -> None:
    business.stands("pro", beyond=2)
    business.used(28)
    assert many_starts(business, 20) == {"QuotaReached": 16, "Started": 4}
    assert business.counted == (30, 2)


def test_thirty_starts_at_once_run_as_many_as_the_plan_runs_at_a_time(business: Business) -> None:
    assert many_starts(business, 30) == {"RunsReached": 25, "Started": 5}
    assert business.counted == (5, 0)


def test_starts_and_failures_at_once_never_count_too_many(business: Business) -> None:
    business.stands("pro", beyond=1)
    business.used(28)
    failing = [business.begun() for _ in range(2)]
    apps = [business.app() for _ in range(12)]
    at_once(
        *(lambda run=run: business.fails(run) for run in failing),  # type: ignore[misc]
        *(lambda app=app: business.start(app) for app in apps),  # type: ignore[misc]
    )
    for _ in range(3):
        at_once(*(lambda app=app: business.start(app) for app in apps))  # type: ignore[misc]
    assert business.counted == (30, 1)


def test_another_organizations_starts_are_not_counted(
    platform: Platform, database: Database, business: Business, organization: Callable[..., UUID]
) -> None:
    other = Business(platform, database, organization("free"))
    other.stands("pro")
    other.used(30)
    assert business.begun()
    assert (business.counted, other.counted) == ((1, 0), (30, 0))


# ---- periods ----


def test_runs_count_in_the_period_that_is_paid_for(business: Business) -> None:
    business.used(30, business.began - timedelta(days=30))
    business.used(29)
    run = business.begun()
    assert business.counted == (30, 0)
    with pytest.raises(QuotaReached) as refused:
        business.start()
    assert refused.value.facts["resets_at"] == business.ends.isoformat()
    assert business.quota.period_started_at == business.began
    assert run.is_charged


def test_when_the_period_is_over_the_next_begins_although_no_renewal_was_heard(
    business: Business,
) -> None:
    business.used(30)
    business.clock.now = business.ends - timedelta(seconds=1)
    with pytest.raises(QuotaReached):
        business.start()
    business.clock.now = business.ends
    assert business.start().is_new


def test_a_renewal_that_is_heard_late_finds_what_was_counted_meanwhile(business: Business) -> None:
    business.began, business.ends = (
        datetime(2027, 1, 31, 9, tzinfo=UTC),
        datetime(2027, 2, 28, 9, tzinfo=UTC),
    )
    business.stands("starter")
    business.used(9, business.ends)
    business.clock.now = business.ends + timedelta(hours=3)
    business.succeeds(business.begun())
    business.began, business.ends = business.ends, datetime(2027, 3, 31, 9, tzinfo=UTC)
    business.stands("starter")
    with pytest.raises(QuotaReached) as refused:
        business.start()
    assert refused.value.facts["used"] == 10


def test_a_run_that_fails_in_the_next_period_gives_back_to_its_own(business: Business) -> None:
    business.used(29)
    late = business.begun()
    business.clock.now = business.ends + timedelta(hours=1)
    business.fails(late)
    assert business.start().is_new
    business.clock.now = business.ends - timedelta(hours=1)
    assert business.start().is_new  # the place in the old period is free again


def test_a_bigger_plan_counts_on_in_the_same_period(business: Business) -> None:
    business.stands("starter")
    business.used(10)
    business.stands("pro")
    assert (business.begun().is_overage, business.quota.left) == (False, 19)


def test_without_a_subscription_runs_count_in_the_calendar_month(
    platform: Platform, database: Database, organization: Callable[..., UUID]
) -> None:
    free = Business(platform, database, organization("free"))
    free.clock.now = datetime(2027, 2, 28, 23, 59, 59, tzinfo=UTC)
    for _ in range(3):
        free.succeeds(free.begun())
    with pytest.raises(QuotaReached) as refused:
        free.start()
    assert refused.value.facts["resets_at"] == "2027-03-01T00:00:00+00:00"
    free.clock.now = datetime(2027, 3, 1, tzinfo=UTC)
    assert free.start().is_new


# ---- given back, kept, handed over ----


def test_what_an_included_run_gives_back_goes_to_the_oldest_one_beyond_the_plan(
    business: Business,
) -> None:
    business.stands("pro", beyond=5)
    business.used(29)
    included, oldest, youngest = (business.begun() for _ in range(3))
    assert [one.is_overage for one in (included, oldest, youngest)] == [False, True, True]
    business.fails(included)
    assert [business.read(one).is_overage for one in (oldest, youngest)] == [False, True]
    assert business.counted == (30, 1)


def test_one_that_ended_beyond_the_plan_stays_there(business: Business) -> None:
    business.stands("pro", beyond=5)
    business.used(29)
    included, beyond = business.begun(), business.begun()
    business.succeeds(beyond)
    business.fails(included)
    assert business.read(beyond).is_overage
    assert not business.begun().is_overage  # the free place is the next one's


def test_a_failure_beyond_the_plan_frees_its_place_there(business: Business) -> None:
    business.stands("pro", beyond=1)
    business.used(30)
    business.fails(business.begun())
    assert (business.counted, business.begun().is_overage) == ((30, 0), True)


def test_a_run_cancelled_before_it_spent_gives_the_quota_back(business: Business) -> None:
    run = business.cancels(business.begun())
    assert (run.is_charged, business.counted) == (False, (0, 0))


def test_a_run_cancelled_after_it_spent_stays_charged(business: Business) -> None:
    run = business.cancels(business.begun(), has_spent=True)
    assert (run.is_charged, business.counted) == (True, (1, 0))
    assert business.cancels(run) == run  # saying so again, with other books, changes nothing


def test_a_failed_run_is_never_charged_whatever_it_spent(business: Business) -> None:
    run = business.begun()
    assert not business.fails(run).is_charged
    assert not business.read(run).is_charged


def test_going_on_from_a_run_that_stayed_charged_is_not_charged_twice(business: Business) -> None:
    business.stands("starter")
    business.used(9)
    stopped = business.cancels(business.begun(), has_spent=True)
    onward = business.begun(app_id=stopped.app_id, resumes=stopped.id)
    assert (business.read(stopped).is_charged, onward.is_charged) == (False, True)
    assert business.counted == (10, 0)


def test_going_on_takes_over_the_charge_in_its_own_period(business: Business) -> None:
    stopped = business.cancels(business.begun(), has_spent=True)
    business.clock.now = business.ends + timedelta(days=1)
    business.begun(app_id=stopped.app_id, resumes=stopped.id)
    assert business.counted == (1, 0)


def test_who_goes_on_and_stops_again_before_it_spends_stays_charged_once(
    business: Business,
) -> None:
    """The models of the first one were paid for."""
    run = business.cancels(business.begun(), has_spent=True)
    for _ in range(3):
        onward = business.begun(app_id=run.app_id, resumes=run.id)
        run = business.cancels(onward)
    assert (run.is_charged, business.counted) == (True, (1, 0))


def test_one_that_goes_on_and_fails_gives_the_charge_back(business: Business) -> None:
    stopped = business.cancels(business.begun(), has_spent=True)
    business.fails(business.begun(app_id=stopped.app_id, resumes=stopped.id))
    assert business.counted == (0, 0)


def test_a_charge_is_handed_over_once_however_many_go_on_at_once(business: Business) -> None:
    stopped = business.cancels(business.begun(), has_spent=True)
    answers = at_once(*[lambda: business.start(app_id=stopped.app_id, resumes=stopped.id)] * 8)
    assert outcomes(answers) == {"Conflict": 7, "Started": 1}
    assert business.counted == (1, 0)


def test_a_start_that_is_refused_takes_no_charge_over(business: Business) -> None:
    business.stands("free")
    stopped = business.cancels(business.begun(), has_spent=True)
    business.begun()
    with pytest.raises(RunsReached):
        business.start(app_id=stopped.app_id, resumes=stopped.id)
    assert business.read(stopped).is_charged


def test_going_on_from_a_failed_run_is_charged_anew(business: Business) -> None:
    failed = business.fails(business.begun())
    business.used(29)
    business.begun(app_id=failed.app_id, resumes=failed.id)
    assert business.counted == (30, 0)


def test_going_on_beyond_the_plan_stays_beyond_it(business: Business) -> None:
    business.stands("pro", beyond=1)
    business.used(30)
    stopped = business.cancels(business.begun(), has_spent=True)
    onward = business.begun(app_id=stopped.app_id, resumes=stopped.id)
    assert (onward.is_overage, business.counted) == (True, (30, 1))


# ---- how an organization stands ----


def test_a_read_only_organization_starts_nothing_and_one_on_the_free_plan_again_does(
    business: Business,
) -> None:
    stopped = business.cancels(business.begun(), has_spent=True)
    business.stands("pro", state="read_only")
    for wish in ({}, {"app_id": stopped.app_id, "resumes": stopped.id}):
        with pytest.raises(PaymentRequired):
            business.start(**wish)
    business.stands("free", state="lapsed")
    assert business.start().is_new


def test_a_repeated_start_is_answered_whatever_is_due_by_now(business: Business) -> None:
    app_id = business.app()
    first = business.start(app_id, idempotency_key="k").generation
    business.stands("pro", state="read_only")
    assert business.start(app_id, idempotency_key="k").generation.id == first.id


def test_runs_under_way_end_as_they_would_while_read_only(business: Business) -> None:
    run = business.begun()
    business.stands("pro", state="read_only")
    assert business.succeeds(run).status == "succeeded"


def test_a_deleted_organization_starts_nothing(business: Business) -> None:
    app_id = business.app()
    with business.platform.admin() as connection:
        connection.execute(
            "update platform.organizations set deletion_due_at = now(), deleted_at = now()"
        )
    with pytest.raises(NotFound):
        business.start(app_id)


# ---- tokens ----


def tokens(business: Business, many: int) -> None:
    with business.platform.admin() as connection:
        connection.execute(
            """
            insert into platform.usage_periods (tenant_id, period_started_at, counted_tokens) values (%s, %s, %s)
            on conflict (tenant_id, period_started_at) do update set counted_tokens = excluded.counted_tokens
            """,
            [business.id, business.began, many],
        )


def test_models_are_asked_no_more_once_the_periods_tokens_are_used(business: Business) -> None:
    tokens(business, 9_999_999)
    business.succeeds(business.begun(engine="claude", budget=BUDGET))
    tokens(business, 10_000_000)
    with pytest.raises(QuotaReached) as refused:
        business.start(engine="claude", budget=BUDGET)
    facts = refused.value.facts
    assert (facts["unit"], facts["limit"], facts["used"]) == ("tokens", 10_000_000, 10_000_000)
    assert business.counted == (1, 0)


def test_rules_alone_and_an_own_key_need_no_tokens_of_the_plan(business: Business) -> None:
    tokens(business, 10_000_000)
    own = Budget(
        asked_microdollars=None,
        generation_microdollars_max=5_000_000,
        month_microdollars_max=200_000_000,
        brings_key=True,
    )
    assert business.start().is_new
    assert business.start(engine="claude", budget=own).is_new


def test_tokens_beyond_the_plan_are_taken_where_more_is_allowed(business: Business) -> None:
    tokens(business, 10_000_000)
    business.stands("pro", beyond=1)
    assert business.start(engine="claude", budget=BUDGET).is_new


def test_the_next_period_has_tokens_of_its_own(business: Business) -> None:
    tokens(business, 10_000_000)
    business.clock.now = business.ends
    assert business.start(engine="claude", budget=BUDGET).is_new


# ---- what is shown, and what the schema holds ----


def test_the_quota_tells_plan_period_overage_seats_and_runs(business: Business) -> None:
    business.stands("pro", beyond=4)
    business.used(30)
    business.begun()
    quota = business.quota
    assert (quota.plan, quota.limit, quota.used, quota.left) == ("pro", 30, 30, 0)
    assert (quota.period_started_at, quota.resets_at) == (business.began, business.ends)
    assert quota.overage == Overage(is_offered=True, generations_max=4, generations_used=1)
    assert (quota.running.limit, quota.running.used) == (5, 1)
    assert (quota.seats.limit, quota.seats.used) == (20, 0)


@pytest.mark.parametrize(
    "change",
    [
        "is_charged = false",
        "status = 'failed', failure_stage = 'S', failure_error = 'E', failure_reason = 'r', ended_at = now()",
        "status = 'cancelled', ended_at = now()",
    ],
)
def test_the_schema_holds_what_is_charged_even_if_the_program_were_wrong(
    business: Business, change: str
) -> None:
    run = business.begun()
    with business.platform.admin() as connection, pytest.raises(CheckViolation):
        connection.execute(
            f"update platform.generations set {change} where id = %s",  # type: ignore[arg-type]
            [run.id],
        )


def test_a_start_beyond_the_plan_is_told_in_the_audit_log(business: Business) -> None:
    business.stands("pro", beyond=1)
    business.used(30)
    run = business.begun()
    with business.platform.admin() as connection:
        [[facts]] = connection.execute(
            "select facts from platform.audit_log where subject_id = %s", [run.id]
        ).fetchall()
    assert facts["after"]["is_overage"] is True


def test_an_unknown_organization_has_no_quota(business: Business) -> None:
    with pytest.raises(NotFound):
        PostgresOrganizationStore(business.database).quota(uuid4())
