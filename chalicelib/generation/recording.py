"""Work that counts once, however often its Lambda runs, and that says when it began and how it ended.

In: a stage and the work. Out: what is recorded of it. Callers: every stage.
The surprise: a crash between the work and its record means the work is done again, so the work itself must write the
same keys with the same content, or ask before it acts. The record decides which of two results counts.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.errors import Cancelled, PlatformError
from chalicelib.generation.ports import ArtifactStore, RunLog, Stage, StateMachine, Wait
from chalicelib.generation.run import Run

Outcome = Mapping[str, Any]


def once(
    run: Run,
    stage: Stage,
    work: Callable[[], Outcome],
    *,
    runs: RunLog,
    even_cancelled: bool = False,
) -> dict[str, Any]:
    """Raises `Cancelled` when somebody stopped the run; else what the first finished attempt returned."""
    found = runs.recorded(run.generation_id, stage)
    if found is not None:
        return found
    if not even_cancelled:
        refuse_cancelled(run, runs=runs)
    runs.tell(run.generation_id, stage, "started")
    started = time.monotonic()
    try:
        result = work()
    except PlatformError as error:
        runs.tell(run.generation_id, stage, "failed", error.detail, since(started))
        raise
    standing = runs.record(run.generation_id, stage, result)
    runs.tell(run.generation_id, stage, "done", str(standing.get("note", "")), since(started))
    return standing


def once_awaited(
    run: Run,
    stage: Stage,
    kind: str,
    token: str,
    begin: Callable[[Wait], None],
    *,
    runs: RunLog,
    machine: StateMachine,
) -> None:
    """Begins work whose end arrives in the inbox. A report that came before this attempt resumes the run at once."""
    refuse_cancelled(run, runs=runs)
    known = runs.wait(run.generation_id, kind, stage.round)
    wait = runs.open_wait(run, kind, stage.round, token)
    if known is None:
        runs.tell(run.generation_id, stage, "started")
    if wait.outcome is not None:
        pass_on(wait, machine=machine)
        return
    try:
        begin(wait)
    except PlatformError as error:
        runs.tell(run.generation_id, stage, "failed", error.detail)
        raise


def settle(
    run: Run,
    stage: Stage,
    kind: str,
    outcome: Outcome,
    *,
    runs: RunLog,
    machine: StateMachine,
) -> None:
    """The first outcome of a wait counts; every call passes it on, in case an earlier one died before it could."""
    wait, is_first = runs.settle_wait(run.generation_id, kind, stage.round, outcome)
    if is_first:
        failed = "error" in outcome
        ms = max(0, int(time.time() * 1000) - wait.opened_ms)
        message = str(outcome.get("cause", "")) if failed else str(outcome.get("note", ""))
        runs.tell(run.generation_id, stage, "failed" if failed else "done", message, ms)
    pass_on(wait, machine=machine)


def pass_on(wait: Wait, *, machine: StateMachine) -> None:
    outcome = wait.outcome or {}
    if "error" in outcome:
        machine.fail(wait.token, str(outcome["error"]), str(outcome.get("cause", "")))
    else:
        machine.resume(wait.token, outcome)


def refuse_cancelled(run: Run, *, runs: RunLog) -> None:
    if runs.is_cancelled(run.generation_id):
        raise Cancelled("The generation was cancelled.")


def since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


def write_json(store: ArtifactStore, key: str, data: Any) -> str:
    store.write(key, json.dumps(data, ensure_ascii=False, indent=1).encode())
    return key
