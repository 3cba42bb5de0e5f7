"""What happens after a round, and what a failed run is called: pure functions over what was executed and reviewed.

In: the findings of a round and of the one before. Out: `Verdict`. Callers: the Decide stage, the clean-up.
The surprise: the last round does not ask the engine again. Modules that fail twice are written from their baseline,
so an app ships even when an engine never gets one of its modules right.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from chalicelib import errors
from chalicelib.mvs.plain import plain

Decision = Literal["deploy", "again", "give_up"]
Ending = Literal[
    "InvalidRun", "WasCancelled", "ChecksGaveUp", "ReviewGaveUp", "EngineGaveUp", "DeploymentFailed",
    "StillUnavailable", "Unexpected",
]  # fmt: skip

BASELINE: Final = "baseline"
"""Who wrote a module whose files are the templates' own; writing it again would change nothing."""
CAN_GO_ON: Final[frozenset[Ending]] = frozenset(
    {"StillUnavailable", "DeploymentFailed", "Unexpected"}
)
"""Endings of which neither the MVS nor the engine is the cause; an interrupted run is one of the unexpected."""
DEPLOYMENT_STATES: Final = frozenset(
    {"ProvisionDatabase", "PushImage", "MigrateDatabase", "StartService", "AwaitHealthy", "HandOver", "RecordSuccess"}
)  # fmt: skip
TRANSPORT_ERRORS: Final = ("Lambda.", "Runtime.", "Sandbox.", "States.Timeout")


_ERROR_MESSAGE = re.compile(r'"errorMessage":\s*"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True)
class Fault:
    """One thing to repair. `module` None: nobody can say which module it is in."""

    module: str | None
    rule: str
    message: str


@dataclass(frozen=True)
class Round:
    """What is known at the end of a round."""

    number: int
    checks_passed: bool
    review_passed: bool
    faults: tuple[Fault, ...] = ()

    @property
    def passed(self) -> bool:
        return self.checks_passed and self.review_passed and not self.faults

    @property
    def blame(self) -> str:
        """The error name a run ends with when this round is its last."""
        return "FailedReview" if self.checks_passed else "FailedChecks"


@dataclass(frozen=True)
class Verdict:
    decision: Decision
    failing: tuple[str, ...] = ()
    """again: the modules to write."""
    from_baseline: tuple[str, ...] = ()
    """again: those of them that keep the templates' own files."""
    notes: Mapping[str, tuple[str, ...]] | None = None
    """again: module → what to repair."""
    error: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Failure:
    """Where a run failed and why, as the state machine caught it."""

    stage: str
    error: str
    """A class of `errors.py`, or a name of the service's own."""
    cause: str


def decide(
    now: Round, before: Round | None, engines: Mapping[str, str], rounds_max: int
) -> Verdict:
    """`engines`: module → who wrote it last. At most `rounds_max` rounds."""
    if now.passed:
        return Verdict("deploy", reason="Everything executed passed, and the review agrees.")
    if now.number >= rounds_max:
        return _give_up(now, f"after {now.number} rounds there are still faults")
    failing = _blamed(now, engines)
    improvable = tuple(name for name in failing if engines.get(name) != BASELINE)
    if not improvable:
        return _give_up(now, "the faults are in files that no round would change")
    is_stuck = before is not None and same_faults(now, before)
    is_last_chance = now.number == rounds_max - 1
    return Verdict(
        "again",
        failing=improvable,
        from_baseline=improvable if is_stuck or is_last_chance else (),
        notes={name: _notes(name, now.faults) for name in improvable},
        reason=_summary(now.faults),
    )


def same_faults(one: Round, other: Round) -> bool:
    """Whether a round repaired nothing: the same rules broken in the same modules for the same reasons."""
    return set(one.faults) == set(other.faults)


def ending(stage: str, error: str) -> Ending:
    """The named state in which a failed run ends."""
    if error == "Cancelled":
        return "WasCancelled"
    if stage in DEPLOYMENT_STATES:
        return "DeploymentFailed"
    if error in ("FailedChecks", "UntrustedReport") or (
        stage == "RunChecks" and error == "States.Timeout"
    ):
        return "ChecksGaveUp"
    if error == "FailedReview":
        return "ReviewGaveUp"
    return _by_turn(getattr(errors, error)) if _is_ours(error) else _foreign(error)


def reason(failure: Failure) -> str:
    """Why, for people. What we did not foresee is not shown: it may name things of ours."""
    if not _is_ours(failure.error):
        return f"{errors.PlatformError.title} ({failure.error})."
    return plain(_message(failure.cause)) or failure.error


def _message(cause: str) -> str:
    """Lambda wraps what was raised in JSON, which may arrive cut off."""
    if not cause.startswith("{"):
        return cause
    found = _ERROR_MESSAGE.search(cause)
    return str(json.loads(f'"{found[1]}"', strict=False)) if found else ""


def _is_ours(error: str) -> bool:
    kind = getattr(errors, error, None)
    return isinstance(kind, type) and issubclass(kind, errors.PlatformError)


def _by_turn(kind: type[errors.PlatformError]) -> Ending:
    if issubclass(kind, errors.Refused):
        return "InvalidRun"
    if issubclass(kind, errors.Rejected):
        return "EngineGaveUp"
    return "StillUnavailable" if issubclass(kind, errors.Unavailable) else "Unexpected"


def _foreign(error: str) -> Ending:
    return "StillUnavailable" if error.startswith(TRANSPORT_ERRORS) else "Unexpected"


def _blamed(now: Round, engines: Mapping[str, str]) -> tuple[str, ...]:
    """Modules named by faults; when no fault names one, any module may hold them, so all are blamed."""
    named = {fault.module for fault in now.faults if fault.module in engines}
    return tuple(sorted(name for name in named or engines.keys() if name))


def _notes(module: str, faults: tuple[Fault, ...]) -> tuple[str, ...]:
    return tuple(
        f"{fault.rule}: {fault.message}" for fault in faults if fault.module in (module, None)
    )[:50]


def _give_up(now: Round, why: str) -> Verdict:
    return Verdict("give_up", error=now.blame, reason=f"{why}: {_summary(now.faults)}")


def _summary(faults: tuple[Fault, ...]) -> str:
    shown = [
        f"{fault.module or 'app'}: {fault.rule}: {fault.message[:160]}" for fault in faults[:3]
    ]
    more = f" (and {len(faults) - 3} more)" if len(faults) > 3 else ""
    return "; ".join(shown) + more
