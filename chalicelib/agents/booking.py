"""From what a run spent to the books: its calls, copied into the organization's usage once the run is over.

In: a run that ends. Out: a usage row for each call, once however often this is done. Callers: the task doors that close
runs. The surprise: a call whose end nobody saw is booked at its worst case, because it may have been paid for; the month's
cap would not hold otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol
from uuid import UUID

from chalicelib.agents.ports import Call
from chalicelib.generation.run import Run

UNSEEN: Final = "unseen"
"""Stands for the model and the stop reason of a call whose end nobody saw."""
NO_PROMPT: Final = "0" * 64


@dataclass(frozen=True)
class Spent:
    """As it stands, by the run table."""

    committed_microdollars: int
    open_microdollars: Mapping[str, int]
    """By purpose: reserved for calls under way, or for those whose end nobody saw."""
    calls: tuple[Call, ...]
    """In the order they ended."""

    @property
    def spent_microdollars(self) -> int:
        return sum(call.cost_microdollars for call in self.calls)


@dataclass(frozen=True, kw_only=True)
class UsageRow:
    """One call in the books."""

    source: str
    role: str
    model: str
    prompt_sha256: str
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    cost_microdollars: int
    duration_ms: int
    stop_reason: str
    called_at: datetime
    is_own_key: bool = False

    @property
    def counted_tokens(self) -> int:
        """What counts against the plan: what is read from the cache is free, what the organization's own key paid is, too."""
        if self.is_own_key:
            return 0
        return self.input_tokens + self.cache_write_tokens + self.output_tokens


class Spending(Protocol):
    def close(self, generation_id: str) -> Spent:
        """Nothing can be reserved any more."""

    def spent(self, generation_id: str) -> Spent: ...


class Books(Protocol):
    def add(
        self,
        tenant_id: UUID,
        rows: Iterable[UsageRow],
        *,
        generation_id: UUID | None = None,
        discovery_id: UUID | None = None,
    ) -> None:
        """A source that is there already stays as it is."""


def close_books(run: Run, *, spending: Spending, books: Books) -> None:
    """From now on the run can't spend. Again and again if need be."""
    rows = list(run_rows(run.generation, spending.close(run.generation_id)))
    if rows:
        books.add(run.tenant, rows, generation_id=run.generation)


def run_rows(generation_id: UUID, spent: Spent) -> Iterator[UsageRow]:
    cause = f"generation:{generation_id}"
    yield from (usage_row(cause, call) for call in spent.calls)
    seen, now = {call.purpose for call in spent.calls}, datetime.now(UTC)
    for purpose, reserved in spent.open_microdollars.items():
        # Under its own name where it can: should its end be seen after all, it is not booked a second time.
        name = f"{purpose}~{UNSEEN}" if purpose in seen else purpose
        yield _unseen(f"{cause}:{name}", reserved, now)


def turn_rows(discovery_id: UUID, calls: Iterable[Call]) -> list[UsageRow]:
    """Of a conversation's turn: the purposes of its calls name the turn and the attempt."""
    return [usage_row(f"discovery:{discovery_id}", call) for call in calls]


def usage_row(cause: str, call: Call) -> UsageRow:
    return UsageRow(
        source=f"{cause}:{call.purpose}",
        role=call.role,
        model=call.model,
        prompt_sha256=call.prompt_sha256,
        input_tokens=call.usage.input_tokens,
        output_tokens=call.usage.output_tokens,
        cache_read_tokens=call.usage.cache_read_tokens,
        cache_write_tokens=call.usage.cache_write_tokens,
        cost_microdollars=call.cost_microdollars,
        duration_ms=call.ms,
        stop_reason=call.stop_reason,
        called_at=datetime.fromisoformat(call.called_at),
        is_own_key=call.is_own_key,
    )


def _unseen(source: str, reserved: int, at: datetime) -> UsageRow:
    return UsageRow(
        source=source,
        role=UNSEEN,
        model=UNSEEN,
        prompt_sha256=NO_PROMPT,
        input_tokens=0,
        output_tokens=0,
        cache_read_tokens=0,
        cache_write_tokens=0,
        cost_microdollars=reserved,
        duration_ms=0,
        stop_reason=UNSEEN,
        called_at=at,
    )
