"""A run's purse on a real DynamoDB endpoint: exact with many spenders at once, closed when the run is."""

from __future__ import annotations

import dataclasses
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.adapters import aws
from chalicelib.adapters.purse import RunPurse
from chalicelib.adapters.run_spending import RunSpending
from chalicelib.adapters.run_table import RunTable
from chalicelib.adapters.turn_board import RunTableBoard
from chalicelib.agents.booking import UNSEEN, close_books, run_rows
from chalicelib.agents.ports import Call, Usage
from chalicelib.errors import BudgetReached, Cancelled
from chalicelib.generation.run import Run
from chalicelib.settings import Settings
from tests.deployment.cloud import CREDENTIALS, emulator
from tests.stepfunctions.lambdas import RUN

BUDGET = 1_000_000
SETTINGS = Settings(stage="dev", artifact_bucket="a", run_table="runs")


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    """Settings that lead to a table of runs."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        with emulator(tmp_path_factory.mktemp("runs")) as url:
            settings = dataclasses.replace(SETTINGS, aws_endpoint_url=url)
            keys = {"generation_id": "HASH", "sk": "RANGE"}
            aws.client(settings, "dynamodb").create_table(
                TableName="runs",
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in keys],
                KeySchema=[{"AttributeName": n, "KeyType": kind} for n, kind in keys.items()],
            )
            yield settings


@pytest.fixture
def run():
    return Run(
        **{
            **RUN,
            "generation_id": str(uuid.uuid4()),
            "engine": "claude",
            "budget_microdollars": BUDGET,
        }
    )


@pytest.fixture
def purse(cloud, run):
    return RunPurse(cloud, run)


@pytest.fixture
def standing(cloud, run):
    """How the run's spending stands."""
    return lambda: RunSpending(cloud).spent(run.generation_id)


def call(purpose, cost=0, **rest):
    facts = {
        "role": "codegen",
        "model": "claude-sonnet-5-5",
        "prompt_sha256": "0" * 64,
        "usage": Usage(1, 2, 3, 4),
        "ms": 1_200,
        "stop_reason": "end_turn",
        "called_at": "2026-11-22T10:00:00.000+00:00",
    }
    return Call(purpose=purpose, cost_microdollars=cost, **{**facts, **rest})


def test_a_call_is_reserved_at_its_worst_and_settled_at_what_it_was(purse, standing):
    purse.reserve("Design#1#-#0", 600_000)
    assert standing().open_microdollars == {"Design#1#-#0": 600_000}
    purse.settle(call("Design#1#-#0", 42_000), 600_000)
    now = standing()
    assert (now.committed_microdollars, now.spent_microdollars, now.open_microdollars) == (
        42_000,
        42_000,
        {},
    )
    assert now.calls == (call("Design#1#-#0", 42_000),)


def test_the_budget_is_a_wall(purse):
    purse.reserve("a", 999_999)
    with pytest.raises(BudgetReached) as refused:
        purse.reserve("b", 2)
    assert refused.value.facts == {"budget_microdollars": BUDGET, "spent_microdollars": 999_999}
    purse.reserve("c", 1)


def test_a_call_dearer_than_the_whole_budget_is_refused_at_once(purse, standing):
    with pytest.raises(BudgetReached):
        purse.reserve("a", BUDGET + 1)
    assert standing().committed_microdollars == 0


def test_a_run_without_a_budget_spends_nothing(cloud, run):
    with pytest.raises(BudgetReached):
        RunPurse(cloud, run.model_copy(update={"budget_microdollars": 0})).reserve("a", 1)


def test_a_cancelled_run_reserves_nothing(cloud, run, purse):
    purse.reserve("a", 1)
    RunTable(cloud).cancel(run.generation_id)
    with pytest.raises(Cancelled):
        purse.reserve("b", 1)
    purse.settle(call("a", 1), 1)


def test_once_the_books_are_closed_nothing_is_reserved(cloud, run, purse):
    purse.reserve("a", 300)
    assert RunSpending(cloud).close(run.generation_id).open_microdollars == {"a": 300}
    with pytest.raises(Cancelled):
        purse.reserve("b", 1)


def test_a_call_is_booked_once_however_often_it_is_settled(purse, standing):
    purse.reserve("a", 500)
    for _ in range(3):
        purse.settle(call("a", 200), 500)
    assert (standing().committed_microdollars, len(standing().calls)) == (200, 1)


def test_what_was_reserved_in_another_process_is_settled_here(cloud, run, purse, standing):
    """A Lambda died after the answer was kept; the next one finds the answer and books it."""
    RunPurse(cloud, run).reserve("a", 500)
    purse.settle(call("a", 200), 500)
    assert (standing().committed_microdollars, standing().open_microdollars) == (200, {})


def test_an_answer_that_another_run_paid_for_is_not_booked(purse, standing):
    purse.settle(call("a", 200), 500)
    assert (standing().committed_microdollars, standing().calls) == (0, ())


def test_a_try_that_failed_gives_its_reservation_back_and_the_next_one_is_booked(purse, standing):
    purse.reserve("a", 500)
    purse.settle(call("a~1f", 10, stop_reason="error"), 500)
    purse.reserve("a", 500)
    purse.settle(call("a", 200), 500)
    assert (standing().committed_microdollars, len(standing().calls)) == (210, 2)


def test_a_try_whose_end_nobody_saw_stays_reserved_beside_the_next_one(purse, standing):
    purse.reserve("a", 500)
    purse.reserve("a", 500)
    purse.settle(call("a", 200), 500)
    assert (standing().committed_microdollars, standing().open_microdollars) == (700, {"a": 500})


def test_of_many_spenders_at_once_exactly_as_many_pass_as_there_is_money_for(cloud, run, standing):
    """32 Lambdas, each with a purse of its own, begin in the same moment; there is money for 10 of their calls."""
    together = threading.Barrier(32)

    def spend(number):
        mine = RunPurse(cloud, run)
        together.wait()
        try:
            mine.reserve(f"GenerateModule#1#m{number}#0", BUDGET // 10)
        except BudgetReached:
            return 0
        return 1

    with ThreadPoolExecutor(32) as spenders:
        assert sum(spenders.map(spend, range(32))) == 10
    assert standing().committed_microdollars == BUDGET


def test_sums_are_exact_after_parallel_reserving_and_settling(cloud, run, standing):
    """16 spenders, 8 calls each, of which some fail: what stands in the end is what was spent, to the microdollar."""

    def spend(number):
        mine, spent = RunPurse(cloud, run), 0
        for n in range(8):
            purpose, cost = f"GenerateModule#1#m{number}#{n}", 1_000 + number * 8 + n
            try:
                mine.reserve(purpose, 50_000)
            except BudgetReached:
                continue
            mine.settle(call(purpose, cost), 50_000)
            spent += cost
        return spent

    with ThreadPoolExecutor(16) as spenders:
        spent = sum(spenders.map(spend, range(16)))
    now = standing()
    assert (now.committed_microdollars, now.spent_microdollars) == (spent, spent)
    assert now.open_microdollars == {}
    assert spent <= BUDGET


class Books:
    def __init__(self):
        self.rows = {}

    def add(self, tenant_id, rows, *, generation_id=None, discovery_id=None):
        for row in rows:
            self.rows.setdefault(row.source, row)


def test_a_runs_calls_are_copied_into_the_books_once(cloud, run, purse):
    purse.reserve("a", 500)
    purse.settle(call("a", 200), 500)
    purse.reserve("lost", 300)
    books = Books()
    for _ in range(2):
        close_books(run, spending=RunSpending(cloud), books=books)
    told = {name.split(":")[2]: row.cost_microdollars for name, row in books.rows.items()}
    assert told == {"a": 200, "lost": 300}


def test_a_call_whose_end_nobody_saw_is_booked_at_its_worst(purse, run, standing):
    purse.reserve("a", 500)
    purse.reserve("a", 500)
    purse.settle(call("a", 200), 500)
    rows = {row.source.split(":")[2]: row for row in run_rows(run.generation, standing())}
    assert {name: row.cost_microdollars for name, row in rows.items()} == {
        "a": 200,
        f"a~{UNSEEN}": 500,
    }
    assert rows[f"a~{UNSEEN}"].stop_reason == UNSEEN


def test_nothing_of_a_run_is_left_when_it_is_forgotten(cloud, run, purse, standing):
    purse.reserve("a", 500)
    purse.settle(call("a", 200), 500)
    RunTable(cloud).forget(run.generation_id)
    assert (standing().committed_microdollars, standing().calls) == (0, ())


def test_of_many_called_to_answer_a_turn_one_does(cloud):
    board, discovery = RunTableBoard(cloud), str(uuid.uuid4())
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda _: board.claim(discovery, 1, 1), range(8)))
    assert sorted(claims) == [False] * 7 + [True]
    assert board.claim(discovery, 1, 2)
    assert board.shown(discovery, 1, 1) == ""
