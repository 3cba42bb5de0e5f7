import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chalicelib.billing.dunning import BEGINS_AFTER, state_at, still_ahead

DUE = datetime(2026, 3, 30, 23, 59, 59, tzinfo=UTC)
"""The night before the clocks change in half of Europe: days are 24 hours all the same."""
SECOND = timedelta(seconds=1)


def test_whoever_owes_nothing_is_current_for_ever():
    assert (state_at(None, DUE).state, state_at(None, DUE).ends_at) == ("current", None)


@pytest.mark.parametrize(
    ("days", "state", "next_days"),
    [(0, "past_due", 3), (3, "grace", 10), (10, "read_only", 24)],
)
def test_each_state_begins_on_its_day_and_says_when_it_ends(days, state, next_days):
    dunned = state_at(DUE, DUE + timedelta(days=days))

    assert dunned.state == state
    assert dunned.ends_at == DUE + timedelta(days=next_days)


@pytest.mark.parametrize(("days", "before"), [(3, "past_due"), (10, "grace"), (24, "read_only")])
def test_a_second_before_its_day_no_state_has_begun(days, before):
    assert state_at(DUE, DUE + timedelta(days=days) - SECOND).state == before


@pytest.mark.parametrize("days", [24, 400])
def test_the_last_state_ends_only_by_paying(days):
    dunned = state_at(DUE, DUE + timedelta(days=days))

    assert (dunned.state, dunned.ends_at) == ("lapsed", None)


def test_a_clock_that_runs_behind_finds_the_payment_just_due():
    assert state_at(DUE, DUE - timedelta(minutes=5)).state == "past_due"


@pytest.mark.parametrize("number", range(len(BEGINS_AFTER)))
def test_a_state_tells_the_day_of_each_that_is_still_ahead(number):
    dunned = state_at(DUE, DUE + BEGINS_AFTER[number][1])

    assert still_ahead(dunned) == [
        (state, DUE + days) for state, days in BEGINS_AFTER[number + 1 :]
    ]


def test_nothing_is_ahead_of_whoever_owes_nothing():
    assert still_ahead(state_at(None, DUE)) == []


def test_the_document_has_each_state_on_its_day():
    table = re.search(
        r"<!-- table: dunning -->(.*?)<!-- end -->", Path("docs/billing.md").read_text(), re.DOTALL
    )
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", table[1], re.MULTILINE)
    assert rows == [(str(days.days), state) for state, days in BEGINS_AFTER]
