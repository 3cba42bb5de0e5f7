"""In which period an organization is now: what its quota counts in, and what a bill covers.

In: when the period it pays for began and ends, as Stripe says; now. Out: `Period`. Callers: `adapters/plan_rows.py`, usage,
forecasts. The surprise: a renewal that was not heard of yet stops nobody: past its end, the next period begins where the last
one ended and ends where Stripe's own will, which keeps the day it began on (the 31st is the last day of a shorter month, and
the 31st again in the next). All of it in UTC, as Stripe counts.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from chalicelib.tenancy.plans import resets_at


class Paying(Protocol):
    """Whoever has a period of their own, or none: `records.Standing`, `quota.OnPlan`."""

    @property
    def period_started_at(self) -> datetime | None: ...

    @property
    def period_ends_at(self) -> datetime | None: ...


@dataclass(frozen=True)
class Period:
    started_at: datetime
    ends_at: datetime
    """The first moment that is not in it any more."""


def period_at(paying: Paying, now: datetime) -> Period:
    """A clock that runs behind the period's beginning is in that period too."""
    if paying.period_started_at is None or paying.period_ends_at is None:
        return calendar_month(now)
    known = Period(paying.period_started_at.astimezone(UTC), paying.period_ends_at.astimezone(UTC))
    return known if now < known.ends_at else _following(known, now.astimezone(UTC))


def calendar_month(now: datetime) -> Period:
    first = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return Period(first, resets_at(now))


def _following(known: Period, now: datetime) -> Period:
    """The one that `now` is in, of those that begin when `known` ends."""
    ends_at, day = known.ends_at, _renewed_on(known)
    months = max(0, (now.year - ends_at.year) * 12 + now.month - ends_at.month - 1)
    while _months_after(ends_at, months + 1, day) <= now:
        months += 1
    return Period(_months_after(ends_at, months, day), _months_after(ends_at, months + 1, day))


def _renewed_on(known: Period) -> int:
    """The day of the month it began on once. Of two months in a row one has 31 days, so the later day is that day; what
    is no month long (a trial) is followed by months that begin when it ends."""
    day = max(known.started_at.day, known.ends_at.day)
    is_a_month = _months_after(known.started_at, 1, day) == known.ends_at
    return day if is_a_month else known.ends_at.day


def _months_after(moment: datetime, months: int, day: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    return moment.replace(year=year, month=month + 1, day=min(day, monthrange(year, month + 1)[1]))
