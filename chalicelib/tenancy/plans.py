"""Plans and their monthly quota of generations.

In: a plan's key, a moment. Out: the quota, when it starts anew. Callers: `adapters/generation_store.py`, doors.
The surprise: a month is the calendar month in UTC for everybody, whatever day the plan began.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final, Literal

Plan = Literal["free", "starter", "pro", "scale"]

GENERATIONS_PER_MONTH: Final[dict[Plan, int]] = {"free": 3, "starter": 10, "pro": 30, "scale": 100}


def quota_month(now: datetime) -> date:
    """The first day of the month `now` is charged to."""
    return now.astimezone(UTC).date().replace(day=1)


def resets_at(now: datetime) -> datetime:
    """When the quota of `now`'s month starts anew."""
    first = quota_month(now)
    following = (first.year + 1, 1) if first.month == 12 else (first.year, first.month + 1)
    return datetime(*following, 1, tzinfo=UTC)
