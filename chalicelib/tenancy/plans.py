"""Plans: what each includes, what it costs, and the calendar month.

In: a plan's key, a moment. Out: `TERMS`, the plan that has more, a month. Callers: `billing/`, stores, doors. The surprise:
the calendar month (UTC) is not everybody's period: who pays counts by Stripe's (`billing/periods.py`); what models may cost
the platform is counted by the calendar for all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, Literal

Plan = Literal["free", "starter", "pro", "scale"]
PaidPlan = Literal["starter", "pro", "scale"]
BillingState = Literal["current", "past_due", "grace", "read_only", "lapsed"]
"""How an organization stands with its payments: `billing/dunning.py`."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a plan includes in each period, and what it costs. Money in minor units of the deployment's currency."""

    generations: int
    parallel_generations: int
    seats: int
    """People, and invitations that wait for an answer."""
    tokens: int
    """Read at full price, put into the cache, and written; what is read from the cache is free."""
    has_overage: bool
    """Whether its people may allow generations and tokens beyond it."""
    month_price: int


TERMS: Final[dict[Plan, Terms]] = {
    "free": Terms(
        generations=3,
        parallel_generations=1,
        seats=3,
        tokens=500_000,
        has_overage=False,
        month_price=0,
    ),
    "starter": Terms(
        generations=10,
        parallel_generations=2,
        seats=5,
        tokens=3_000_000,
        has_overage=True,
        month_price=2900,
    ),
    "pro": Terms(
        generations=30,
        parallel_generations=5,
        seats=20,
        tokens=10_000_000,
        has_overage=True,
        month_price=9900,
    ),
    "scale": Terms(
        generations=100,
        parallel_generations=10,
        seats=100,
        tokens=40_000_000,
        has_overage=True,
        month_price=29900,
    ),
}
LADDER: Final[tuple[Plan, ...]] = ("free", "starter", "pro", "scale")
GENERATION_PRICE: Final = 300
"""Of one beyond the plan."""
MILLION_TOKENS_PRICE: Final = 1000
"""Of a million beyond the plan; each is billed in fractions of a minor unit."""


def plan_with_more(plan: Plan, number: Callable[[Terms], int], than: int) -> Plan | None:
    """The next plan up whose `number` is greater; None when none has more."""
    above = LADDER[LADDER.index(plan) + 1 :]
    return next((one for one in above if number(TERMS[one]) > than), None)


def quota_month(now: datetime) -> date:
    """The first day of the month `now` is charged to."""
    return now.astimezone(UTC).date().replace(day=1)


def resets_at(now: datetime) -> datetime:
    """When the quota of `now`'s month starts anew."""
    first = quota_month(now)
    following = (first.year + 1, 1) if first.month == 12 else (first.year, first.month + 1)
    return datetime(*following, 1, tzinfo=UTC)
