"""What a period will come to if it goes on as it went so far.

In: a period, now, what was used and billed, the plan's terms. Out: `Forecast`. Callers: `usage.py`.
The surprise: a straight line over the time that has passed, the first day counted as a whole one: one run in the first hour
does not mean seven hundred by the end. What the plan refuses is not forecast: it will not be billed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from chalicelib.billing.periods import Period
from chalicelib.billing.quota import OnPlan
from chalicelib.billing.rates import Rates

ELAPSED_MIN: Final = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Used:
    """In a period so far. What is beyond is billed; what was used is both, included and beyond."""

    generations: int
    tokens: int
    beyond_generations: int
    beyond_tokens: int


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """At the period's end."""

    generations: int
    tokens: int
    beyond_generations: int
    beyond_tokens: int
    amount: int
    """Of what is beyond the plan, in minor units."""


def forecast(used: Used, here: OnPlan, period: Period, now: datetime, rates: Rates) -> Forecast:
    generations = _projected(used.generations, period, now)
    most = here.terms.generations + here.beyond_max
    generations = max(used.generations, min(generations, most))
    tokens = _projected(used.tokens, period, now)
    if not here.allows_overage:
        tokens = max(used.tokens, min(tokens, here.terms.tokens))
    beyond_generations = used.beyond_generations + _more(
        generations, used.generations, here.terms.generations if here.beyond_max else generations
    )
    beyond_tokens = used.beyond_tokens + _more(tokens, used.tokens, here.terms.tokens)
    return Forecast(
        generations=generations,
        tokens=tokens,
        beyond_generations=beyond_generations,
        beyond_tokens=beyond_tokens,
        amount=rates.amount("generations", beyond_generations)
        + rates.amount("tokens", beyond_tokens),
    )


def _projected(number: int, period: Period, now: datetime) -> int:
    length = period.ends_at - period.started_at
    elapsed = min(length, max(now - period.started_at, ELAPSED_MIN))
    exact = Decimal(number) * Decimal(length.total_seconds()) / Decimal(elapsed.total_seconds())
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def _more(projected: int, used: int, included: int) -> int:
    """How much of what is still to come is more than the plan includes."""
    return max(0, projected - max(used, included))
