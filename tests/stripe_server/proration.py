"""Periods and shares of them, as Stripe counts: months clamp to their last day, shares go by the second.

In: seconds since 1970 and whole minor units. Out: the same. Callers: the double's subscriptions, invoices and renewals. The
surprise: a boundary is counted from the anchor and not from the boundary before, so what began on the 31st is renewed on
28 February and on 31 March.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

DAY_S = 86_400
SECONDS = {"day": DAY_S, "week": 7 * DAY_S}
MONTHS = {"month": 1, "year": 12}


def boundary(anchor, number, interval="month", count=1):
    """When the period `number` (the anchor's own is 0) begins."""
    if interval in SECONDS:
        return anchor + number * count * SECONDS[interval]
    began = datetime.fromtimestamp(anchor, UTC)
    months = began.year * 12 + began.month - 1 + number * count * MONTHS[interval]
    year, month = divmod(months, 12)
    day = min(began.day, monthrange(year, month + 1)[1])
    return int(began.replace(year=year, month=month + 1, day=day).timestamp())


def period_at(anchor, at, interval="month", count=1):
    """`(begins, ends)` of the period that `at` is in; before the anchor, the one that ends with it."""
    number = _guess(anchor, at, interval, count)
    while boundary(anchor, number, interval, count) > at:
        number -= 1
    while boundary(anchor, number + 1, interval, count) <= at:
        number += 1
    return boundary(anchor, number, interval, count), boundary(anchor, number + 1, interval, count)


def share(amount, at, period):
    """Of `amount` for the whole `period`, what is for the time from `at` to its end."""
    begins, ends = period
    if ends <= begins:
        return 0
    left = Decimal(min(max(ends - at, 0), ends - begins))
    return whole(Decimal(amount) * left / Decimal(ends - begins))


def whole(amount):
    """Whole minor units, halves away from zero."""
    return int(Decimal(amount).quantize(Decimal(1), ROUND_HALF_UP))


def _guess(anchor, at, interval, count):
    one = SECONDS.get(interval) or MONTHS[interval] * 30 * DAY_S
    return (at - anchor) // (one * count)
