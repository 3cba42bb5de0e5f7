"""A bill's rows and roundings, and a period's forecast, without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.billing.forecast import Used, forecast
from chalicelib.billing.metering import beyond
from chalicelib.billing.periods import Period
from chalicelib.billing.quota import OnPlan
from chalicelib.billing.rates import OURS, Rates
from chalicelib.billing.usage import Fact, rows, used_of

BEGAN = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)
NOVEMBER = Period(BEGAN, BEGAN + 30 * DAY)
STARTER = OnPlan(
    plan="starter",
    billing_state="current",
    period_started_at=BEGAN,
    period_ends_at=BEGAN + 30 * DAY,
    overage_generations_max=5,
)
CLOSED = OnPlan(
    plan="starter",
    billing_state="current",
    period_started_at=BEGAN,
    period_ends_at=BEGAN + 30 * DAY,
    overage_generations_max=0,
)


def fact(tokens, run: UUID | None = None, **more):
    return Fact(
        **{
            "generation_id": run or uuid4(),
            "discovery_id": None,
            "day": date(2026, 11, 2),
            "model": "m",
            "meter_event_id": uuid4(),
            "generations": 0,
            "tokens": tokens,
            "beyond_generations": 0,
            "beyond_tokens": tokens,
            **more,
        }
    )


@given(st.lists(st.integers(0, 3_000), max_size=40), st.decimals("0.0001", "2", places=4))
def test_amounts_of_rows_add_up_to_the_amount_of_their_sum(quantities, cost):
    rate = Rates(currency="usd", generation=Decimal(300), token=cost)
    found = rows([fact(one) for one in quantities], "generation", rate)
    assert sum(row.amount for row in found) == rate.amount("tokens", sum(quantities))
    assert sum((row.exact for row in found), Decimal()) == cost * sum(quantities)
    assert all(abs(row.amount - row.exact) <= 1 for row in found)


def test_half_a_unit_is_rounded_up():
    assert [OURS.amount("tokens", number) for number in (499, 500, 1499, 1500)] == [0, 1, 1, 2]


def test_a_run_and_its_calls_are_one_row():
    run = uuid4()
    made = fact(0, run, model=None, generations=1, beyond_generations=1, beyond_tokens=0)
    [row] = rows([made, fact(2_000, run), fact(3_000, run, model="n")], "generation", OURS)
    assert (row.generations, row.tokens, row.amount) == (1, 5_000, 305)
    assert len(row.meter_event_ids) == 3


@given(st.lists(st.integers(0, 5_000_000), max_size=12), st.integers(0, 40_000_000), st.randoms())
def test_what_is_beyond_does_not_depend_on_the_order_of_calls(calls, included, chance):
    def billed(sizes):
        total = done = 0
        for size in sizes:
            total += beyond(done, size, included)
            done += size
        return total

    shuffled = sorted(calls, key=lambda _: chance.random())
    assert billed(calls) == billed(shuffled) == max(0, sum(calls) - included)


# ---- forecast ----


def used(generations=0, tokens=0, beyond_generations=0, beyond_tokens=0):
    return Used(
        generations=generations,
        tokens=tokens,
        beyond_generations=beyond_generations,
        beyond_tokens=beyond_tokens,
    )


def at(days, seen, here=STARTER):
    return forecast(seen, here, NOVEMBER, BEGAN + days * DAY, OURS)


def test_it_goes_on_as_it_went():
    told = at(10, used(generations=4, tokens=900_000))
    assert (told.generations, told.tokens, told.amount) == (12, 2_700_000, 600)


def test_what_will_be_beyond_is_priced():
    told = at(15, used(generations=6, tokens=2_500_000))
    assert (told.beyond_generations, told.beyond_tokens) == (2, 2_000_000)
    assert told.amount == 2 * 300 + 2_000


def test_what_is_billed_already_stays_billed():
    told = at(15, used(12, 4_000_000, beyond_generations=2, beyond_tokens=600_000))
    assert (told.generations, told.beyond_generations) == (15, 5)
    assert told.beyond_tokens == 600_000 + 4_000_000


def test_what_nobody_allows_is_not_forecast():
    told = at(15, used(generations=9, tokens=2_900_000), CLOSED)
    assert (told.generations, told.tokens, told.amount) == (10, 3_000_000, 0)


def test_the_first_day_counts_as_a_whole_one():
    assert at(0, used(generations=0, tokens=10)).tokens == 300
    assert at(0.01, used(tokens=10)).tokens == 300


@pytest.mark.parametrize("days", [30, 45])
def test_at_its_end_a_period_comes_to_what_was_used(days):
    seen = used(generations=7, tokens=1_234_567)
    told = at(days, seen)
    assert (told.generations, told.tokens) == (7, 1_234_567)


def test_used_is_the_sum_of_the_facts():
    assert used_of([fact(3), fact(4, beyond_tokens=1)]) == used(tokens=7, beyond_tokens=4)
