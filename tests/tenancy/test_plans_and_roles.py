"""Months, quotas and who may do what."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from typing import get_args

import pytest

from chalicelib.tenancy.plans import GENERATIONS_PER_MONTH, Plan, quota_month, resets_at
from chalicelib.tenancy.roles import PERMISSIONS, Permission, Role


def test_every_plan_has_a_quota() -> None:
    assert set(GENERATIONS_PER_MONTH) == set(get_args(Plan))
    assert GENERATIONS_PER_MONTH == {"free": 3, "starter": 10, "pro": 30, "scale": 100}


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
