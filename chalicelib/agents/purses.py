"""A purse in this process alone: for a turn of a conversation, which one Lambda answers.

In: what may be spent. Out: nothing, or `BudgetReached`. Implements `ports.Purse`. Callers: whoever answers a turn; tests.
The surprise: what a call was reserved and never settled stays reserved, because it may have been paid for.
"""

from __future__ import annotations

from threading import Lock

from chalicelib.agents.ports import Call
from chalicelib.errors import BudgetReached


class Allowance:
    def __init__(self, budget_microdollars: int) -> None:
        self.budget_microdollars = budget_microdollars
        self._reserved: dict[str, int] = {}
        self._calls: dict[str, Call] = {}
        self._lock = Lock()

    @property
    def calls(self) -> tuple[Call, ...]:
        """Those that ended, in the order they did."""
        return tuple(self._calls.values())

    @property
    def spent_microdollars(self) -> int:
        return sum(call.cost_microdollars for call in self.calls)

    @property
    def committed_microdollars(self) -> int:
        """Spent, or reserved by calls that are under way."""
        return self.spent_microdollars + sum(self._reserved.values())

    def reserve(self, purpose: str, microdollars: int) -> None:
        with self._lock:
            if self.committed_microdollars + microdollars > self.budget_microdollars:
                raise budget_reached(self.budget_microdollars, self.committed_microdollars)
            self._reserved[purpose] = self._reserved.get(purpose, 0) + microdollars

    def settle(self, call: Call, reserved_microdollars: int) -> None:
        """The first booking of a purpose counts."""
        with self._lock:
            if call.purpose in self._calls:
                return
            name = reserved_as(call.purpose)
            left = self._reserved.pop(name, 0) - reserved_microdollars
            if left > 0:
                self._reserved[name] = left
            self._calls[call.purpose] = call


def reserved_as(purpose: str) -> str:
    """A try that failed is booked under a name of its own, `purpose~mark`; what it may spend was reserved before that."""
    return purpose.partition("~")[0]


def budget_reached(budget_microdollars: int, spent_microdollars: int) -> BudgetReached:
    return BudgetReached(
        "The next call of a model could cost more than is left of the budget. Allow more, or ask for less.",
        budget_microdollars=budget_microdollars,
        spent_microdollars=spent_microdollars,
    )
