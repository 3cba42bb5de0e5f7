"""In which period a moment is: Stripe's where there is one, renewed or not yet heard of; else the calendar month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.billing.periods import Period, calendar_month, period_at
from tests.stripe_server import proration


@dataclass(frozen=True)
class Payer:
    period_started_at: datetime | None = None
    period_ends_at: datetime | None = None


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type]


def days(payer: Payer, now: datetime) -> tuple[str, str]:
    period = period_at(payer, now)
    return f"{period.started_at:%Y-%m-%d}", f"{period.ends_at:%Y-%m-%d}"


def test_without_a_subscription_it_is_the_calendar_month() -> None:
    assert period_at(Payer(), at(2026, 2, 10)) == Period(at(2026, 2, 1), at(2026, 3, 1))
    assert period_at(Payer(), at(2026, 12, 31, 23, 59)) == Period(at(2026, 12, 1), at(2027, 1, 1))


def test_a_calendar_month_is_one_in_utc_wherever_somebody_is() -> None:
    new_year_in_madrid = datetime(2027, 1, 1, 0, 30, tzinfo=ZoneInfo("Europe/Madrid"))
    assert calendar_month(new_year_in_madrid) == Period(at(2026, 12, 1), at(2027, 1, 1))


def test_who_pays_has_the_period_that_stripe_says_to_the_second() -> None:
    payer = Payer(at(2026, 11, 14, 9, 30, 7), at(2026, 12, 14, 9, 30, 7))
    known = Period(at(2026, 11, 14, 9, 30, 7), at(2026, 12, 14, 9, 30, 7))
    assert period_at(payer, at(2026, 11, 14, 9, 30, 7)) == known
    assert period_at(payer, at(2026, 12, 14, 9, 30, 6)) == known


def test_a_period_follows_the_calendar_nowhere() -> None:
    payer = Payer(at(2026, 11, 14), at(2026, 12, 14))
    assert period_at(payer, at(2026, 11, 30, 23)) == period_at(payer, at(2026, 12, 1, 1))


def test_past_its_end_the_next_one_has_begun_although_nobody_told_of_the_renewal() -> None:
    payer = Payer(at(2026, 11, 14, 9, 30), at(2026, 12, 14, 9, 30))
    following = Period(at(2026, 12, 14, 9, 30), at(2027, 1, 14, 9, 30))
    assert period_at(payer, at(2026, 12, 14, 9, 30)) == following
    assert period_at(payer, at(2027, 1, 14, 9, 29, 59)) == following


def test_what_was_counted_before_the_renewal_was_heard_counts_after_it() -> None:
    unheard = Payer(at(2027, 1, 31, 8), at(2027, 2, 28, 8))
    heard = Payer(at(2027, 2, 28, 8), at(2027, 3, 31, 8))
    now = at(2027, 3, 1)
    assert period_at(unheard, now) == period_at(heard, now)


def test_several_renewals_may_be_unheard() -> None:
    payer = Payer(at(2026, 11, 14), at(2026, 12, 14))
    assert days(payer, at(2027, 6, 20)) == ("2027-06-14", "2027-07-14")
    assert days(payer, at(2027, 6, 13)) == ("2027-05-14", "2027-06-14")


@pytest.mark.parametrize(
    ("began", "ends", "now", "expected"),
    [
        # begun on the 31st: the last day of shorter months, and the 31st again
        ((2027, 1, 31), (2027, 2, 28), (2027, 3, 5), ("2027-02-28", "2027-03-31")),
        ((2027, 2, 28), (2027, 3, 31), (2027, 4, 5), ("2027-03-31", "2027-04-30")),
        ((2027, 4, 30), (2027, 5, 31), (2027, 6, 10), ("2027-05-31", "2027-06-30")),
        # begun on the 30th
        ((2027, 1, 30), (2027, 2, 28), (2027, 3, 5), ("2027-02-28", "2027-03-30")),
        ((2027, 2, 28), (2027, 3, 30), (2027, 5, 1), ("2027-04-30", "2027-05-30")),
        # begun on the 29th, in a year with one and in years without
        ((2028, 2, 29), (2028, 3, 29), (2029, 3, 1), ("2029-02-28", "2029-03-29")),
        ((2027, 1, 29), (2027, 2, 28), (2028, 3, 1), ("2028-02-29", "2028-03-29")),
        ((2028, 1, 31), (2028, 2, 29), (2028, 3, 1), ("2028-02-29", "2028-03-31")),
        # begun on the 28th: it stays the 28th
        ((2027, 2, 28), (2027, 3, 28), (2027, 4, 1), ("2027-03-28", "2027-04-28")),
        # over New Year
        ((2026, 11, 30), (2026, 12, 30), (2027, 1, 1), ("2026-12-30", "2027-01-30")),
    ],
)
def test_the_day_it_began_on_is_kept_over_short_months_and_leap_years(
    began: tuple[int, ...], ends: tuple[int, ...], now: tuple[int, ...], expected: tuple[str, str]
) -> None:
    assert days(Payer(at(*began), at(*ends)), at(*now)) == expected


def test_after_a_trial_months_begin_when_it_ends() -> None:
    trial = Payer(at(2027, 1, 28), at(2027, 2, 11))
    assert days(trial, at(2027, 2, 1)) == ("2027-01-28", "2027-02-11")
    assert days(trial, at(2027, 3, 12)) == ("2027-03-11", "2027-04-11")


def test_a_clock_behind_the_periods_beginning_is_in_it() -> None:
    payer = Payer(at(2026, 11, 14), at(2026, 12, 14))
    assert days(payer, at(2026, 11, 13)) == ("2026-11-14", "2026-12-14")


@pytest.mark.parametrize("hours", [-12, -5, 0, 1, 2, 14])
def test_the_time_zone_a_moment_is_told_in_changes_nothing(hours: int) -> None:
    zone = timezone(timedelta(hours=hours))
    payer = Payer(at(2027, 1, 31, 23, 30), at(2027, 2, 28, 23, 30))
    told = Payer(*(one.astimezone(zone) for one in (payer.period_started_at, payer.period_ends_at)))  # type: ignore[union-attr]
    now = at(2027, 4, 1, 0, 15)
    assert period_at(told, now.astimezone(zone)) == period_at(payer, now)
    assert days(told, now) == ("2027-03-31", "2027-04-30")


def test_clocks_that_are_put_forward_change_nothing() -> None:
    madrid = ZoneInfo("Europe/Madrid")
    payer = Payer(
        datetime(2027, 3, 1, 2, 30, tzinfo=madrid), datetime(2027, 4, 1, 3, 30, tzinfo=madrid)
    )
    assert period_at(payer, at(2027, 4, 2)) == Period(at(2027, 4, 1, 1, 30), at(2027, 5, 1, 1, 30))


anchors = st.datetimes(datetime(2025, 1, 1), datetime(2031, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)


@given(anchor=anchors, known=st.integers(0, 30), later=st.integers(0, 90 * 24 * 60))
def test_it_is_the_period_that_stripe_will_have_whenever_a_renewal_is_heard(
    anchor: datetime, known: int, later: int
) -> None:
    """The double's own arithmetic, from the anchor; ours knows one period and no anchor."""
    heard = proration.period_at(int(anchor.timestamp()), _month(anchor, known))
    payer = Payer(*(datetime.fromtimestamp(one, UTC) for one in heard))
    now = payer.period_started_at + timedelta(minutes=later)  # type: ignore[operator]
    begins, ends = proration.period_at(int(anchor.timestamp()), int(now.timestamp()))
    assert period_at(payer, now) == Period(
        datetime.fromtimestamp(begins, UTC), datetime.fromtimestamp(ends, UTC)
    )


def _month(anchor: datetime, number: int) -> int:
    """A moment in some later period of the anchor's."""
    return int((anchor + timedelta(days=30.5 * number)).timestamp())


@given(anchor=anchors, later=st.integers(0, 3 * 366 * 24 * 60))
def test_every_moment_is_in_one_period_and_periods_leave_no_gap(
    anchor: datetime, later: int
) -> None:
    payer = Payer(anchor, period_at(Payer(anchor, anchor), anchor).ends_at)
    now = anchor + timedelta(minutes=later)
    period = period_at(payer, now)
    assert period.started_at <= now < period.ends_at
    assert period_at(payer, period.ends_at).started_at == period.ends_at
