"""Months, quotas and who may do what."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from typing import get_args

import pytest

from chalicelib.tenancy.plans import (
    LADDER,
    TERMS,
    Plan,
    Terms,
    plan_with_more,
    quota_month,
    resets_at,
)
from chalicelib.tenancy.roles import PERMISSIONS, Permission, Role


def test_every_plan_has_its_terms() -> None:
    assert set(TERMS) == set(LADDER) == set(get_args(Plan))
    generations = {plan: terms.generations for plan, terms in TERMS.items()}
    assert generations == {"free": 3, "starter": 10, "pro": 30, "scale": 100}


@pytest.mark.parametrize("what", ["generations", "parallel_generations", "seats", "tokens"])
def test_each_plan_has_more_than_the_one_below(what: str) -> None:
    numbers = [getattr(TERMS[plan], what) for plan in LADDER]
    assert numbers == sorted(set(numbers))


def test_the_plan_with_more_is_the_next_one_up_that_has_enough() -> None:
    def seats(terms: Terms) -> int:
        return terms.seats

    assert plan_with_more("free", seats, 3) == "starter"
    assert plan_with_more("free", seats, 5) == "pro"
    assert plan_with_more("scale", seats, 100) is None
    assert plan_with_more("free", seats, 1000) is None


@pytest.mark.parametrize(
    ("now", "month", "reset"),
    [
        (datetime(2026, 11, 22, tzinfo=UTC), date(2026, 11, 1), datetime(2026, 12, 1, tzinfo=UTC)),
        (
            datetime(2026, 12, 31, 23, tzinfo=UTC),
            date(2026, 12, 1),
            datetime(2027, 1, 1, tzinfo=UTC),
        ),
        # already January in Madrid, still December for the quota
        (
            datetime(2027, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))),
            date(2026, 12, 1),
            datetime(2027, 1, 1, tzinfo=UTC),
        ),
    ],
)
def test_a_month_is_a_calendar_month_in_utc(now: datetime, month: date, reset: datetime) -> None:
    assert (quota_month(now), resets_at(now)) == (month, reset)


def test_each_role_may_do_what_the_one_below_may_and_more() -> None:
    ladder: list[Role] = ["viewer", "builder", "admin", "owner"]
    assert set(PERMISSIONS) == set(get_args(Role))
    for lower, higher in pairwise(ladder):
        assert PERMISSIONS[lower] < PERMISSIONS[higher]
    assert PERMISSIONS["owner"] == set(get_args(Permission))
