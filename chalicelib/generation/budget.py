"""What models may cost a run at most, decided once, when it starts.

In: what was asked for, the caps of the settings, what the month has committed. Out: micro-dollars, or `BudgetReached`.
Callers: doors make a `Budget`; the generation store decides, inside the transaction that starts the run and under the
organization's lock. The surprise: a month counts what open runs may still spend, not what they have spent so far, so
runs that start together can't overdraw it together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from chalicelib.errors import BudgetReached
from chalicelib.settings import Settings

MINIMAL_RUN_MICRODOLLARS: Final = 250_000
"""With less than 25 cents the first careful call of a model may not fit, and the run would be one by rules alone."""


@dataclass(frozen=True, kw_only=True)
class Budget:
    asked_microdollars: int | None
    """None: as much as a run may cost."""
    generation_microdollars_max: int
    month_microdollars_max: int
    brings_key: bool = False
    """Whether models are asked with the organization's own key: then no tokens of its plan are used."""


def wanted(
    settings: Settings,
    asked_microdollars: int | None = None,
    *,
    brings_key: Callable[[], bool] = lambda: False,
) -> Budget | None:
    """None for an engine that costs nothing; then nobody looks for a key either."""
    if settings.engine == "offline":
        return None
    return Budget(
        brings_key=brings_key(),
        asked_microdollars=asked_microdollars,
        generation_microdollars_max=settings.generation_microdollars_max,
        month_microdollars_max=settings.month_microdollars_max,
    )


def left(budget: Budget, month_committed_microdollars: int) -> int:
    most = budget.generation_microdollars_max
    asked = most if budget.asked_microdollars is None else budget.asked_microdollars
    return max(0, min(asked, most, budget.month_microdollars_max - month_committed_microdollars))


def granted(budget: Budget | None, month_committed_microdollars: int) -> int:
    """The least of what was asked for, what a run may cost, and what the month has left. 0 without models."""
    if budget is None:
        return 0
    given = left(budget, month_committed_microdollars)
    if given < MINIMAL_RUN_MICRODOLLARS:
        raise BudgetReached(
            "Too little is left of this month's budget for models to start a run. "
            "Wait for the next month, or have the budget raised.",
            budget_microdollars=budget.month_microdollars_max,
            spent_microdollars=month_committed_microdollars,
        )
    return given
