"""The books of what models cost: each call once, months that hold, budgets that can't be overdrawn together."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from chalicelib.adapters.app_store import PostgresAppStore
from chalicelib.adapters.database import Database
from chalicelib.adapters.generation_store import PostgresGenerationStore
from chalicelib.adapters.usage_store import PostgresUsage
from chalicelib.agents.booking import UsageRow
from chalicelib.errors import BudgetReached
from chalicelib.generation.budget import MINIMAL_RUN_MICRODOLLARS, Budget
from chalicelib.generation.records import Generation
from tests.database.world import Platform, Tenant

BY = "api_key:test"
RUN_MAX, MONTH_MAX = 1_000_000, 10_000_000

Start = Callable[..., Generation]


@pytest.fixture
def tenant_id(organization: Callable[..., UUID]) -> UUID:
    return organization("scale")


@pytest.fixture
def usage(database: Database) -> PostgresUsage:
    return PostgresUsage(database)


@pytest.fixture
def start(apps: PostgresAppStore, generations: PostgresGenerationStore, tenant_id: UUID) -> Start:
    """Starts a run of an app of its own."""

    def make(asked: int | None = None, month_max: int = MONTH_MAX) -> Generation:
        app = apps.create(tenant_id, name="An app", locale="en", mvs={"name": "A"}, by=BY)
        return generations.start(
            tenant_id,
            app.id,
            engine="claude",
            idempotency_key=None,
            request_sha256="0" * 64,
            by=BY,
            budget=Budget(
                asked_microdollars=asked,
                generation_microdollars_max=RUN_MAX,
                month_microdollars_max=month_max,
            ),
        ).generation

    return make


def row(source: str, cost: int, **rest: Any) -> UsageRow:
    made = UsageRow(
        source=source,
        role="codegen",
        model="claude-sonnet-5-5",
        prompt_sha256="a" * 64,
        input_tokens=10,
        output_tokens=20,
        cache_read_tokens=30,
        cache_write_tokens=40,
        cost_microdollars=cost,
        duration_ms=5,
        stop_reason="end_turn",
        called_at=datetime.now(UTC),
    )
    return dataclasses.replace(made, **rest)


def test_a_call_is_booked_once_however_often_it_is_reported(
    usage: PostgresUsage, tenant_id: UUID, start: Start
) -> None:
    run = start()
    for cost in (500, 999):
        usage.add(tenant_id, [row("generation:1:a", cost)], generation_id=run.id)
    assert [one.cost_microdollars for one in usage.of_generation(tenant_id, run.id)] == [500]


def test_calls_are_told_in_the_order_they_ended(
    usage: PostgresUsage, tenant_id: UUID, start: Start
) -> None:
    run, now = start(), datetime.now(UTC)
    rows = [row(f"s{n}", n, called_at=now - timedelta(seconds=n)) for n in range(3)]
    usage.add(tenant_id, rows, generation_id=run.id)
    assert [one.source for one in usage.of_generation(tenant_id, run.id)] == ["s2", "s1", "s0"]


def test_a_month_is_summed_up_by_role_and_model(
    usage: PostgresUsage, tenant_id: UUID, start: Start
) -> None:
    run = start()
    november = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
    rows = [
        row("a", 5, called_at=november),
        row("b", 7, called_at=november),
        row("c", 11, called_at=november, role="reviewer", model="claude-opus-5-5"),
        row("d", 13, called_at=november + timedelta(seconds=1)),
    ]
    usage.add(tenant_id, rows, generation_id=run.id)
    told = usage.of_month(tenant_id, date(2026, 11, 1))
    assert [(one.role, one.calls, one.cost_microdollars, one.input_tokens) for one in told] == [
        ("codegen", 2, 12, 20),
        ("reviewer", 1, 11, 10),
    ]


def test_the_books_of_another_organization_are_closed(
    usage: PostgresUsage, tenant_id: UUID, tenants: tuple[Tenant, Tenant]
) -> None:
    theirs = tenants[0]
    assert usage.of_generation(tenant_id, theirs.generation_id) == []
    assert usage.of_month(tenant_id, datetime.now(UTC).date().replace(day=1)) == []
    assert usage.committed(tenant_id) == 0
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        usage.add(tenant_id, [row("a", 1)], generation_id=theirs.generation_id)


def test_a_row_has_one_cause(usage: PostgresUsage, tenant_id: UUID) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        usage.add(tenant_id, [row("a", 1)])


# ---- what a month has committed ----


def test_an_open_run_counts_with_its_whole_budget(
    usage: PostgresUsage, tenant_id: UUID, start: Start
) -> None:
    assert start(600_000).budget_microdollars == 600_000
    assert usage.committed(tenant_id) == 600_000


def test_what_an_open_run_has_booked_is_not_counted_twice(
    usage: PostgresUsage, tenant_id: UUID, start: Start
) -> None:
    run = start(600_000)
    usage.add(tenant_id, [row("a", 250_000)], generation_id=run.id)
    assert usage.committed(tenant_id) == 600_000


@pytest.mark.parametrize("ending", ["succeed", "fail"])
def test_a_closed_run_counts_with_what_it_spent(
    usage: PostgresUsage,
    generations: PostgresGenerationStore,
    tenant_id: UUID,
    start: Start,
    ending: str,
) -> None:
    run = start(600_000)
    usage.add(tenant_id, [row("a", 250_000)], generation_id=run.id)
    if ending == "succeed":
        generations.succeed(tenant_id, run.id, url="http://localhost:8101")
    else:
        generations.fail(tenant_id, run.id, stage="S", error="E", reason="r")
    assert usage.committed(tenant_id) == 250_000


def test_a_cancelled_run_counts_as_open_until_its_calls_are_surely_booked(
    platform: Platform,
    usage: PostgresUsage,
    generations: PostgresGenerationStore,
    tenant_id: UUID,
    start: Start,
) -> None:
    run = start(600_000)
    generations.cancel(tenant_id, run.id, by=BY)
    assert usage.committed(tenant_id) == 600_000
    with platform.admin() as connection:
        connection.execute(
            "update platform.generations set ended_at = now() - interval '31 minutes' where id = %s",
            [run.id],
        )
    assert usage.committed(tenant_id) == 0


def test_last_months_calls_do_not_count(
    usage: PostgresUsage, generations: PostgresGenerationStore, tenant_id: UUID, start: Start
) -> None:
    run = start(600_000)
    before = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0) - timedelta(seconds=1)
    usage.add(tenant_id, [row("a", 250_000, called_at=before)], generation_id=run.id)
    generations.fail(tenant_id, run.id, stage="S", error="E", reason="r")
    assert usage.committed(tenant_id) == 0


def test_a_turn_under_way_counts_with_what_it_may_cost(
    platform: Platform, usage: PostgresUsage, tenant_id: UUID
) -> None:
    with platform.admin() as connection:
        connection.execute(
            """
            with begun as (
                insert into platform.discoveries (tenant_id, id, title, locale, engine, created_by)
                values (%(tenant)s, %(id)s, 'A clinic', 'en', 'claude', 'system:test')
            )
            insert into platform.discovery_turns
                (tenant_id, discovery_id, number, kind, status, reserved_microdollars, created_by)
            values (%(tenant)s, %(id)s, 1, 'message', 'running', 500000, 'system:test')
            """,
            {"tenant": tenant_id, "id": uuid4()},
        )
    assert usage.committed(tenant_id) == 500_000


# ---- starting ----


def test_a_run_gets_what_the_month_has_left(
    usage: PostgresUsage, generations: PostgresGenerationStore, tenant_id: UUID, start: Start
) -> None:
    run = start()
    usage.add(tenant_id, [row("a", MONTH_MAX - 400_000)], generation_id=run.id)
    generations.fail(tenant_id, run.id, stage="S", error="E", reason="r")
    assert start().budget_microdollars == 400_000


def test_a_month_that_is_spent_starts_nothing_and_charges_nothing(
    usage: PostgresUsage, generations: PostgresGenerationStore, tenant_id: UUID, start: Start
) -> None:
    run = start()
    least = MINIMAL_RUN_MICRODOLLARS
    usage.add(tenant_id, [row("a", MONTH_MAX - least + 1)], generation_id=run.id)
    generations.fail(tenant_id, run.id, stage="S", error="E", reason="r")
    with pytest.raises(BudgetReached) as refused:
        start()
    assert refused.value.facts == {
        "budget_microdollars": MONTH_MAX,
        "spent_microdollars": MONTH_MAX - least + 1,
    }


def test_a_start_that_is_repeated_keeps_the_budget_it_was_given(
    apps: PostgresAppStore, generations: PostgresGenerationStore, tenant_id: UUID
) -> None:
    app = apps.create(tenant_id, name="An app", locale="en", mvs={"name": "A"}, by=BY)

    def started(month_max: int) -> int:
        return generations.start(
            tenant_id,
            app.id,
            engine="claude",
            idempotency_key="one",
            request_sha256="0" * 64,
            by=BY,
            budget=Budget(
                asked_microdollars=None,
                generation_microdollars_max=RUN_MAX,
                month_microdollars_max=month_max,
            ),
        ).generation.budget_microdollars

    assert (started(MONTH_MAX), started(0)) == (RUN_MAX, RUN_MAX)


def test_starts_at_the_same_moment_can_not_overdraw_the_month_together(
    apps: PostgresAppStore,
    generations: PostgresGenerationStore,
    usage: PostgresUsage,
    tenant_id: UUID,
) -> None:
    """Sixteen apps at once, a month with room for three and a half runs: three whole ones, one half, twelve refusals."""
    made = [
        apps.create(tenant_id, name=f"App {n}", locale="en", mvs={"name": "A"}, by=BY)
        for n in range(16)
    ]
    together = Barrier(len(made))

    def begin(app_id: UUID) -> int:
        together.wait()
        try:
            return generations.start(
                tenant_id,
                app_id,
                engine="claude",
                idempotency_key=None,
                request_sha256="0" * 64,
                by=BY,
                budget=Budget(
                    asked_microdollars=None,
                    generation_microdollars_max=RUN_MAX,
                    month_microdollars_max=RUN_MAX * 7 // 2,
                ),
            ).generation.budget_microdollars
        except BudgetReached:
            return 0

    with ThreadPoolExecutor(len(made)) as pool:
        given = sorted(pool.map(begin, [app.id for app in made]), reverse=True)
    assert given == [RUN_MAX] * 3 + [RUN_MAX // 2] + [0] * 12
    assert usage.committed(tenant_id) == RUN_MAX * 7 // 2


def test_starting_while_others_close_never_overdraws_the_month(
    generations: PostgresGenerationStore, usage: PostgresUsage, tenant_id: UUID, start: Start
) -> None:
    """Runs start, spend, book and close in parallel; at no moment is more committed than the month has."""
    month_max = 3 * RUN_MAX

    def life(number: int) -> None:
        try:
            run = start(month_max=month_max)
        except BudgetReached:
            return
        assert usage.committed(tenant_id) <= month_max
        spent = [row(f"{run.id}:{number}", run.budget_microdollars // 3)]
        usage.add(tenant_id, spent, generation_id=run.id)
        generations.fail(tenant_id, run.id, stage="S", error="E", reason="r")
        assert usage.committed(tenant_id) <= month_max

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(life, range(24)))
    assert 0 < usage.committed(tenant_id) <= month_max
