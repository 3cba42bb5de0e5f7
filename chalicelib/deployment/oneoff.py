"""One-off tasks of a generation: checks, migrate, hand_over. One runs at a time, under a name that proves whose it is.

In: a definition and the nonce of the wait. Out: the task's ARN. Callers: the use cases that start one; `undo.py`.
The surprise: a repeated call with the same nonce finds the running task; with another nonce it stops that task first, since
its report could no longer be believed. A task that has ended is simply run again: what it does can be repeated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from chalicelib.deployment import names
from chalicelib.deployment.plan import Kind, ReportTo
from chalicelib.deployment.ports import ContainerServices
from chalicelib.generation import keys
from chalicelib.generation.run import Run
from chalicelib.settings import Settings

_STARTED_BY = re.compile(
    r"(?P<kind>checks|migrate|hand-over)-(?P<generation>[0-9a-f-]{36})-(?P<round>[1-9])-(?P<mark>[0-9a-f]{8})"
)


@dataclass(frozen=True)
class Whose:
    """Which wait a task was started for."""

    kind: keys.Kind
    generation_id: str
    round: int
    mark: str


def started_by(kind: Kind, run: Run, report: ReportTo) -> str:
    """What the container service tells of a task wherever it goes; `whose` reads it."""
    name = kind.replace("_", "-")
    return f"{name}-{run.generation_id}-{report.round}-{mark_of(report.nonce)}"


def whose(started_by: str) -> Whose | None:
    """None for a task that was not started here: a service's, somebody else's."""
    found = _STARTED_BY.fullmatch(started_by)
    if found is None:
        return None
    kind: keys.Kind = found["kind"].replace("-", "_")  # type: ignore[assignment]
    return Whose(kind, found["generation"], int(found["round"]), found["mark"])


def mark_of(nonce: str) -> str:
    return sha256(nonce.encode()).hexdigest()[:8]


def running(family: str, mark: str, *, containers: ContainerServices) -> str | None:
    """The task that already runs for this very wait; every other one of the family is stopped."""
    found = None
    for task in containers.running_tasks(family):
        if task.started_by == mark and found is None:
            found = task.arn
        else:
            containers.stop_task(task.arn)
    return found


def start(definition: dict[str, Any], mark: str, *, containers: ContainerServices) -> str:
    return containers.start_task(containers.register(definition).arn, mark)


def run_once(definition: dict[str, Any], mark: str, *, containers: ContainerServices) -> str:
    found = running(definition["family"], mark, containers=containers)
    return found or start(definition, mark, containers=containers)


def forget(
    kind: Kind, run: Run, round: int, *, settings: Settings, containers: ContainerServices
) -> None:
    """Stops what still runs and retires its definitions; their report address is of no use to anybody any more."""
    family = names.one_off_family(settings, kind, run, round)
    for task in containers.running_tasks(family):
        containers.stop_task(task.arn)
    for definition in containers.registered(family):
        containers.deregister(definition.arn)
