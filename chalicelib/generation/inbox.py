"""What arrives in the inbox: verified, kept as a document, and handed to the state that waits for it.

In: a key from an S3 event. Out: the waiting state resumes or fails. Callers: `process_artifact`.
The surprise: anybody who holds a presigned link may write here, and events come twice or late, so a key is only a claim:
the wait in the run log says what was expected, and its first verified outcome stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol

from chalicelib.errors import PlatformError, Rejected, TooLarge, UntrustedReport
from chalicelib.generation import keys
from chalicelib.generation.keys import Arrival
from chalicelib.generation.ports import ArtifactStore, RunLog, Stage, StateMachine, Wait
from chalicelib.generation.recording import settle
from chalicelib.generation.run import Run, parse_run
from chalicelib.generation.source_tree import SourceTree

STAGES = {
    "bundle": "Assemble",
    "checks": "RunChecks",
    "migrate": "MigrateDatabase",
    "hand_over": "HandOver",
}


class VerifiedReport(Protocol):
    """What the checks room makes of a report that can be trusted."""

    @property
    def passed(self) -> bool: ...

    @property
    def failing_modules(self) -> tuple[str, ...]: ...

    def model_dump_json(self) -> str: ...


Verify = Callable[[bytes, Arrival, Wait], VerifiedReport]


@dataclass(frozen=True)
class Limits:
    bundle_bytes: int
    report_bytes: int


def accept(
    arrived: Arrival,
    *,
    artifacts: ArtifactStore,
    runs: RunLog,
    machine: StateMachine,
    verify: Verify,
    limits: Limits,
) -> str:
    """Returns what became of it, for the log. Raises `Unavailable` only: then the event should come again."""
    wait = runs.wait(arrived.generation_id, arrived.kind, arrived.round)
    if wait is None:
        return "nobody_waits"
    run = parse_run(wait.run)
    if run.tenant_id != arrived.tenant_id:
        return "wrong_tenant"
    outcome = wait.outcome or _outcome(
        run, arrived, wait, artifacts=artifacts, runs=runs, verify=verify, limits=limits
    )
    stage = Stage(STAGES[arrived.kind], arrived.round)
    settle(run, stage, arrived.kind, outcome, runs=runs, machine=machine)
    return "duplicate" if wait.outcome is not None else "accepted"


def _outcome(
    run: Run,
    arrived: Arrival,
    wait: Wait,
    *,
    artifacts: ArtifactStore,
    runs: RunLog,
    verify: Verify,
    limits: Limits,
) -> Mapping[str, Any]:
    """What the waiting state is told. A lie is an outcome too."""
    is_bundle = arrived.kind == "bundle"
    try:
        content = artifacts.read(
            arrived.key, limits.bundle_bytes if is_bundle else limits.report_bytes
        )
        if is_bundle:
            return _bundle(run, arrived, content, artifacts=artifacts, runs=runs)
        return _report(run, arrived, verify(content, arrived, wait), artifacts=artifacts)
    except (Rejected, TooLarge) as error:
        return failure(error, UntrustedReport)


def _bundle(
    run: Run, arrived: Arrival, content: bytes, *, artifacts: ArtifactStore, runs: RunLog
) -> dict[str, Any]:
    """Only the very bytes that Assemble recorded go on, and only when they open safely."""
    recorded = runs.recorded(run.generation_id, Stage("Assemble", arrived.round))
    if recorded is None or sha256(content).hexdigest() != recorded["sha256"]:
        raise UntrustedReport("The bundle is not the one that was assembled.")
    SourceTree.from_zip(content)
    artifacts.write(keys.bundle(run, arrived.round), content, "application/zip")
    return recorded


def _report(
    run: Run, arrived: Arrival, report: VerifiedReport, *, artifacts: ArtifactStore
) -> dict[str, Any]:
    key = keys.report(run, arrived.kind, arrived.round)
    artifacts.write(key, report.model_dump_json().encode())
    if arrived.kind != "checks" and not report.passed:
        return {"error": "FailedChecks", "cause": f"The {arrived.kind} task reports a failure."}
    return {"report": key, "passed": report.passed, "failing": list(report.failing_modules)}


def failure(error: PlatformError, kind: type[PlatformError]) -> dict[str, Any]:
    return {"error": kind.__name__, "cause": error.detail}
