"""A one-off task that ended: if it said nothing, whoever waits for its report hears so at once, not at the time limit.

In: what the container service tells of a task that stopped. Out: what became of it, for the log. Callers: `task_stopped`.
The surprise: a report and the end of its task arrive in any order and more than once. A report that lies in the inbox is
left to `process_artifact`, and the first outcome of a wait stands.
"""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.deployment import oneoff
from chalicelib.deployment.ports import NO_LONGER_NEEDED
from chalicelib.errors import UntrustedReport
from chalicelib.generation import keys
from chalicelib.generation.inbox import STAGES, failure
from chalicelib.generation.ports import ArtifactStore, RunLog, Stage, StateMachine
from chalicelib.generation.recording import settle
from chalicelib.generation.run import parse_run


@dataclass(frozen=True)
class Stopped:
    started_by: str
    exit_code: int | None
    """None when the container never ran."""
    reason: str


def task_stopped(
    stopped: Stopped, *, artifacts: ArtifactStore, runs: RunLog, machine: StateMachine
) -> str:
    """Raises `Unavailable` only: then the event should come again."""
    task = oneoff.whose(stopped.started_by)
    if task is None:
        return "nobodys"
    if stopped.reason == NO_LONGER_NEEDED:
        return "stopped by us"
    wait = runs.wait(task.generation_id, task.kind, task.round)
    if wait is None or oneoff.mark_of(wait.nonce) != task.mark:
        return "nobody_waits"
    if wait.outcome is not None:
        return "settled"
    run = parse_run(wait.run)
    if artifacts.exists(keys.inbox(run, task.kind, task.round)):
        return "reported"
    error = UntrustedReport(silent(task.kind, stopped))
    settle(
        run,
        Stage(STAGES[task.kind], task.round),
        task.kind,
        failure(error, UntrustedReport),
        runs=runs,
        machine=machine,
    )
    return "failed"


def silent(kind: str, stopped: Stopped) -> str:
    code = "it never ran" if stopped.exit_code is None else f"exit code {stopped.exit_code}"
    why = f": {stopped.reason}" if stopped.reason else ""
    return f"The {kind} task ended without a report ({code}{why}). See its log."
