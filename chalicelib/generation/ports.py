"""What the generation room needs from outside, named for the role and never for the product.

In: plain data. Out: plain data. Callers: the use cases of this room; `adapters/` and `agents/` implement.
The surprise: every method may be called twice with the same input and must leave the same world behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from chalicelib.generation.app_design import AppDesign
    from chalicelib.generation.briefing import Brief
    from chalicelib.generation.plan import Plan
    from chalicelib.generation.prd import Prd
    from chalicelib.generation.run import Run
    from chalicelib.generation.source_tree import SourceTree
    from chalicelib.mvs.spec import Mvs

Status = Literal["started", "done", "failed", "note"]


@dataclass(frozen=True)
class Stage:
    """One piece of work that is recorded once: a state, in a round, perhaps of one module."""

    name: str
    round: int = 1
    module: str | None = None


class Committed(Protocol):
    """What a run has spent on models, and may still be billed for calls that are under way."""

    @property
    def committed_microdollars(self) -> int: ...


class RunSpending(Protocol):
    def close(self, generation_id: str) -> Committed:
        """Nothing can be spent any more."""


@dataclass(frozen=True)
class Wait:
    """A state that waits for a report. `outcome` is set once, by the first report that was verified."""

    token: str
    nonce: str
    """Travels to the task and back, so that only its own report resumes the run."""
    opened_ms: int
    """Since the epoch, when the wait was first opened."""
    run: Mapping[str, Any]
    outcome: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Execution:
    """How a run stands with the state machine."""

    is_running: bool
    ended_as: str = ""
    """The machine's own word: TIMED_OUT, ABORTED, FAILED, SUCCEEDED."""
    ended_at: datetime | None = None


class ArtifactStore(Protocol):
    def write(self, key: str, content: bytes, content_type: str = "application/json") -> None: ...

    def read(self, key: str, bytes_max: int) -> bytes:
        """Raises `NotFound`, or `TooLarge` before anything beyond `bytes_max` is read."""

    def exists(self, key: str) -> bool: ...

    def link_to_read(self, key: str, filename: str) -> str: ...

    def link_to_write(self, key: str) -> str: ...


class RunLog(Protocol):
    """Facts of a run: what was done, what happened, what is waited for."""

    def recorded(self, generation_id: str, stage: Stage) -> dict[str, Any] | None: ...

    def recorded_modules(
        self, generation_id: str, name: str
    ) -> dict[tuple[int, str], dict[str, Any]]:
        """Everything recorded under a stage's name, by (round, module)."""

    def record(self, generation_id: str, stage: Stage, result: Mapping[str, Any]) -> dict[str, Any]:
        """The first record stands; returns what stands."""

    def tell(
        self,
        generation_id: str,
        stage: Stage,
        status: Status,
        message: str = "",
        ms: int | None = None,
        *,
        cost_microdollars: int | None = None,
        attempt: int | None = None,
    ) -> None:
        """A progress event, for people. `cost_microdollars` and `attempt` belong to calls of models."""

    def events(self, generation_id: str, after: str = "", limit: int = 500) -> list[dict[str, Any]]:
        """Oldest first; `after` is the id of the last one seen."""

    def cancel(self, generation_id: str) -> None: ...

    def is_cancelled(self, generation_id: str) -> bool: ...

    def open_wait(self, run: Run, kind: str, round_: int, token: str) -> Wait:
        """Opens it, or gives it the newest token: only that one can still resume the run."""

    def settle_wait(
        self, generation_id: str, kind: str, round_: int, outcome: Mapping[str, Any]
    ) -> tuple[Wait, bool]:
        """The first outcome stands. Returns the wait, and whether this call settled it. Raises `NotFound`."""

    def wait(self, generation_id: str, kind: str, round_: int) -> Wait | None: ...

    def forget(self, generation_id: str) -> None:
        """Every fact of it."""


class StateMachine(Protocol):
    def start(self, run: Mapping[str, Any]) -> None:
        """Starting the same generation again does nothing."""

    def resume(self, token: str, outcome: Mapping[str, Any]) -> None:
        """A token that was used, or that belongs to an ended execution, is no error."""

    def fail(self, token: str, error: str, cause: str) -> None: ...

    def stop(self, generation_id: str, cause: str) -> None: ...

    def execution(self, generation_id: str) -> Execution | None:
        """None when it never began."""


class Model(Protocol):
    """Who does a stage. Raises `Rejected` when a reply can't be used, `ModelBusy` when there was none."""

    @property
    def name(self) -> str:
        """`offline` or `claude`; said in the documents, so that nobody is led to think otherwise."""

    @property
    def note(self) -> str:
        """What people should know of how it was done; empty when there is nothing to say."""

    def orchestrate(self, mvs: Mvs) -> Plan: ...

    def write_prd(self, mvs: Mvs, plan: Plan) -> Prd: ...

    def design(self, mvs: Mvs, plan: Plan) -> AppDesign: ...

    def prepare(self, design: AppDesign, plan: Plan) -> None:
        """Once, after the design stands and before its modules are written side by side."""

    def write_module(
        self,
        design: AppDesign,
        module: str,
        baseline: SourceTree,
        notes: tuple[str, ...],
        brief: Brief,
    ) -> Mapping[str, str]:
        """Whole files, by path: those of the baseline it changes and those it adds. `notes`: what to repair."""

    def review(self, evidence: Mapping[str, Any]) -> str:
        """A `Review` as JSON text; it is parsed by whoever asked."""
