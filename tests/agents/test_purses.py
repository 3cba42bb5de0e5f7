"""The purse of a turn: what may be spent is never exceeded, however many spend at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.agents.ports import Call, Usage
from chalicelib.agents.purses import Allowance
from chalicelib.errors import BudgetReached


def call(purpose, cost):
    return Call(
        purpose=purpose,
        role="discovery",
        model="claude-sonnet-5-5",
        prompt_sha256="0" * 64,
        usage=Usage(1, 1),
        cost_microdollars=cost,
        ms=1,
        stop_reason="end_turn",
        called_at="2026-11-22T00:00:00+00:00",
    )


def test_what_a_call_did_not_need_can_be_spent_by_the_next():
    purse = Allowance(100)
    purse.reserve("a", 90)
    purse.settle(call("a", 30), 90)
    purse.reserve("b", 70)
    assert (purse.spent_microdollars, purse.committed_microdollars) == (30, 100)


def test_the_worst_case_must_fit_before_the_call():
    purse = Allowance(100)
    purse.reserve("a", 60)
    with pytest.raises(BudgetReached) as refused:
        purse.reserve("b", 41)
    assert refused.value.facts == {"budget_microdollars": 100, "spent_microdollars": 60}


def test_a_call_that_was_never_settled_stays_reserved():
    purse = Allowance(100)
    purse.reserve("a", 60)
    purse.reserve("a", 40)
    purse.settle(call("a", 10), 40)
    assert purse.committed_microdollars == 70


def test_a_try_that_failed_gives_back_what_was_reserved_for_it():
    purse = Allowance(100)
    purse.reserve("a", 60)
    purse.settle(call("a~1f", 0), 60)
    purse.reserve("a", 60)
    purse.settle(call("a", 50), 60)
    assert (purse.committed_microdollars, len(purse.calls)) == (50, 2)


def test_a_call_is_booked_once():
    purse = Allowance(100)
    purse.reserve("a", 60)
    for _ in range(2):
        purse.settle(call("a", 10), 60)
    assert [one.cost_microdollars for one in purse.calls] == [10]


def test_of_many_at_once_only_as_many_spend_as_there_is_money_for():
    purse = Allowance(1_000)

    def spend(number):
        try:
            purse.reserve(str(number), 100)
        except BudgetReached:
            return 0
        return 1

    with ThreadPoolExecutor(16) as spenders:
        assert sum(spenders.map(spend, range(64))) == 10
