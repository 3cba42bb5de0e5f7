"""A run's purse: what its agents' Lambdas may still spend, wherever they run.

In: the run, whose budget travels with it. Out: nothing, or `BudgetReached`, or `Cancelled`. Implements
`agents.ports.Purse`. Callers: wiring. The surprise: the budget comes from the state machine's input, written once when
the run started; no Lambda that spends could read it from the database.
"""

from __future__ import annotations

from chalicelib.adapters.run_spending import RunSpending
from chalicelib.agents.ports import Call
from chalicelib.generation.run import Run
from chalicelib.settings import Settings


class RunPurse:
    def __init__(self, settings: Settings, run: Run) -> None:
        self._run = run
        self._spending = RunSpending(settings)

    def reserve(self, purpose: str, microdollars: int) -> None:
        run = self._run
        self._spending.reserve(run.generation_id, run.budget_microdollars, purpose, microdollars)

    def settle(self, call: Call, reserved_microdollars: int) -> None:
        self._spending.settle(self._run.generation_id, call, reserved_microdollars)
