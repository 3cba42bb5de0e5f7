"""Periods and shares of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.stripe_server.proration import boundary, period_at, share, whole


def at(*when):
    return int(datetime(*when, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("anchor", "number", "expected"),
    [
        ((2026, 1, 31, 9, 30), 1, (2026, 2, 28, 9, 30)),
        ((2026, 1, 31, 9, 30), 2, (2026, 3, 31, 9, 30)),
        ((2026, 1, 31, 9, 30), 3, (2026, 4, 30, 9, 30)),
        ((2028, 1, 30), 1, (2028, 2, 29)),
        ((2026, 11, 5), 2, (2027, 1, 5)),
        ((2026, 3, 31), -1, (2026, 2, 28)),
    ],
)
def test_months_clamp_to_their_last_day_and_return_to_the_anchors(anchor, number, expected):
    assert boundary(at(*anchor), number) == at(*expected)


@pytest.mark.parametrize("interval", ["day", "week", "month", "year"])
def test_every_second_is_in_the_period_that_has_begun_and_not_ended(interval):
    anchor = at(2024, 2, 29, 23, 59, 59)
    for moment in (anchor, anchor + 1, at(2026, 2, 28, 23, 59, 59), at(2027, 7, 1), at(2030, 1, 1)):
        begins, ends = period_at(anchor, moment, interval)
        assert begins <= moment < ends


def test_the_second_in_which_a_period_ends_is_the_next_ones_first():
    anchor = at(2026, 1, 31)
    assert period_at(anchor, at(2026, 2, 28)) == (at(2026, 2, 28), at(2026, 3, 31))
    assert period_at(anchor, at(2026, 2, 28) - 1) == (anchor, at(2026, 2, 28))


def test_a_share_goes_by_the_second_and_the_whole_and_nothing_are_exact():
    period = (at(2026, 4, 1), at(2026, 5, 1))
    assert share(2900, period[0], period) == 2900
    assert share(2900, period[1], period) == 0
    assert share(2900, at(2026, 4, 16), period) == 1450
    assert share(2900, period[0] + 1, period) == 2900, "one second of it is less than half a cent"
    assert share(-9900, at(2026, 4, 11), period) == -6600


def test_halves_are_rounded_away_from_zero():
    assert [whole(each) for each in ("0.5", "1.5", "-0.5", "2.49")] == [1, 2, -1, 2]
