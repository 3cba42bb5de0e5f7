"""What a run has spent so far, live, and what an organization has spent in a month.

In: a generation, its run's spending, the books; a month. Out: `RunUsage`, `MonthUsage`. Callers: the HTTP door.
The surprise: while a run goes on its calls are in the run table, and the books get them when it ends; both are read, and
a call is told once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Protocol
from uuid import UUID

from chalicelib.agents.booking import Spending, Spent, UsageRow, usage_row
from chalicelib.generation.records import Generation

NOTHING = Spent(0, {}, ())


@dataclass(frozen=True, kw_only=True)
class UsageTotal:
    """What a role's calls of a model came to."""

    role: str
    model: str
    calls: int
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    cost_microdollars: int


@dataclass(frozen=True, kw_only=True)
class RunUsage:
    generation_id: UUID
    budget_microdollars: int
    spent_microdollars: int
    reserved_microdollars: int
    """By calls under way, at their worst case; 0 once the run is closed."""
    totals: tuple[UsageTotal, ...]
    calls: tuple[UsageRow, ...]

    @property
    def left_microdollars(self) -> int:
        return max(
            0, self.budget_microdollars - self.spent_microdollars - self.reserved_microdollars
        )


@dataclass(frozen=True, kw_only=True)
class MonthUsage:
    month: date
    budget_microdollars: int
    spent_microdollars: int
    reserved_microdollars: int
    """What open runs and turns may still spend; 0 for a month that is over."""
    totals: tuple[UsageTotal, ...]

    @property
    def left_microdollars(self) -> int:
        return max(
            0, self.budget_microdollars - self.spent_microdollars - self.reserved_microdollars
        )


class BooksRead(Protocol):
    def of_generation(self, tenant_id: UUID, generation_id: UUID) -> Sequence[UsageRow]: ...

    def of_month(self, tenant_id: UUID, month: date) -> Sequence[UsageTotal]: ...

    def committed(self, tenant_id: UUID) -> int:
        """Of the present month: spent, and what may still be."""


def run_usage(generation: Generation, *, spending: Spending, books: BooksRead) -> RunUsage:
    has_budget = generation.budget_microdollars > 0
    live = spending.spent(str(generation.id)) if has_budget else NOTHING
    cause = f"generation:{generation.id}"
    rows = {row.source: row for row in books.of_generation(generation.tenant_id, generation.id)}
    rows |= {row.source: row for row in (usage_row(cause, call) for call in live.calls)}
    calls = tuple(sorted(rows.values(), key=lambda row: (row.called_at, row.source)))
    return RunUsage(
        generation_id=generation.id,
        budget_microdollars=generation.budget_microdollars,
        spent_microdollars=sum(row.cost_microdollars for row in calls),
        reserved_microdollars=sum(live.open_microdollars.values()) if generation.is_open else 0,
        totals=totals(calls),
        calls=calls,
    )


def month_usage(
    tenant_id: UUID, month: date, present: date, *, month_max: int, books: BooksRead
) -> MonthUsage:
    found = tuple(books.of_month(tenant_id, month))
    spent = sum(total.cost_microdollars for total in found)
    committed = books.committed(tenant_id) if month == present else spent
    return MonthUsage(
        month=month,
        budget_microdollars=month_max,
        spent_microdollars=spent,
        reserved_microdollars=max(0, committed - spent),
        totals=found,
    )


def totals(rows: Iterable[UsageRow]) -> tuple[UsageTotal, ...]:
    def whose(row: UsageRow) -> tuple[str, str]:
        return row.role, row.model

    grouped = groupby(sorted(rows, key=whose), key=whose)
    return tuple(_total(role, model, list(calls)) for (role, model), calls in grouped)


def _total(role: str, model: str, calls: list[UsageRow]) -> UsageTotal:
    return UsageTotal(
        role=role,
        model=model,
        calls=len(calls),
        input_tokens=sum(call.input_tokens for call in calls),
        output_tokens=sum(call.output_tokens for call in calls),
        cache_read_tokens=sum(call.cache_read_tokens for call in calls),
        cache_write_tokens=sum(call.cache_write_tokens for call in calls),
        cost_microdollars=sum(call.cost_microdollars for call in calls),
    )
