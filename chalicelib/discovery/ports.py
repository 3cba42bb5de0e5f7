"""What the discovery room needs from outside: where conversations are kept, and who answers in the background.

In: plain data. Out: records. Callers: the use cases of this room; `adapters/` implement. The surprise: a turn that a
model answers is settled by whoever reads it next, because the Lambda that answers has no database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from chalicelib.discovery.records import Begun, Discovery, Failure, Outcome, Step, Turn
from chalicelib.errors import PlatformError
from chalicelib.tenancy.pages import Page

CallData = Mapping[str, Any]
"""An `agents.ports.Call` as plain data."""


class DiscoveryStore(Protocol):
    """Unknown ids raise `NotFound`. Whatever changes an MVS raises `Conflict` when the discovery is closed, a turn of
    it is running, or the MVS is no longer the `version` that was seen."""

    def create(self, tenant_id: UUID, begun: Begun) -> Discovery: ...

    def read(self, tenant_id: UUID, discovery_id: UUID) -> Discovery: ...

    def page(
        self, tenant_id: UUID, *, cursor: str | None = None, limit: int = 50
    ) -> Page[Discovery]:
        """Without their MVSs."""

    def turns(
        self, tenant_id: UUID, discovery_id: UUID, *, after: int = 0, limit: int = 50
    ) -> tuple[Turn, ...]:
        """Those with a higher number than `after`, the oldest first; without the MVS before each."""

    def latest(self, tenant_id: UUID, discovery_id: UUID, *, limit: int = 20) -> tuple[Turn, ...]:
        """The last ones, the oldest first."""

    def turn(self, tenant_id: UUID, discovery_id: UUID, number: int) -> Turn: ...

    def add(self, tenant_id: UUID, discovery_id: UUID, step: Step, *, version: int) -> Turn:
        """Writes a finished turn down and changes the MVS, both or neither."""

    def begin(
        self,
        tenant_id: UUID,
        discovery_id: UUID,
        *,
        said: str,
        by: str,
        reserve_microdollars: int,
        month_microdollars_max: int,
    ) -> Turn:
        """A turn that will be answered later. Reserves what it may cost, or what the month has left if that is less;
        `BudgetReached` when nothing useful is left."""

    def again(
        self,
        tenant_id: UUID,
        discovery_id: UUID,
        number: int,
        *,
        reserve_microdollars: int,
        month_microdollars_max: int,
    ) -> Turn:
        """The next attempt of the last turn, which failed. Raises `Conflict` for any other."""

    def finish(
        self,
        tenant_id: UUID,
        turn: Turn,
        outcome: Outcome | Failure,
        calls: Sequence[CallData],
        *,
        was_seen: bool = True,
    ) -> Turn:
        """Closes a running attempt and books its calls, each once. The first to come counts; returns what stands.
        An attempt whose end nobody saw is booked at what was reserved for it, because it may have been paid for."""

    def approve(self, tenant_id: UUID, discovery_id: UUID, *, version: int, by: str) -> Discovery:
        """Makes an app of the MVS and closes the discovery, both or neither. An approved one comes back as it is."""

    def abandon(self, tenant_id: UUID, discovery_id: UUID, *, by: str) -> Discovery:
        """An abandoned one comes back as it is."""


class TurnBoard(Protocol):
    """The words of a running turn, as they grow."""

    def claim(self, discovery_id: str, number: int, attempt: int) -> bool:
        """Whether the caller is the first to answer this attempt: being called twice costs nothing twice."""

    def show(self, discovery_id: str, number: int, attempt: int, words: str) -> None: ...

    def shown(self, discovery_id: str, number: int, attempt: int) -> str:
        """Empty when there is nothing yet."""


class Interviewers(Protocol):
    """Who answers turns in the background."""

    def call(self, asked: Mapping[str, str | int], lost: Callable[[PlatformError], None]) -> None:
        """Returns at once. Nobody is called for a turn that is not kept: inside a transaction this waits until it is.
        `lost` is told when nobody could be called."""


class Documents(Protocol):
    """Where what is asked and answered lies."""

    def write(self, key: str, content: bytes, content_type: str = "application/json") -> None: ...

    def read(self, key: str, bytes_max: int) -> bytes:
        """Raises `NotFound`."""
