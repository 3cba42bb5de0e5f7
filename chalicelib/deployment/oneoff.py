"""One-off tasks of a generation: checks, migrate, hand_over. One runs at a time, under a name that proves whose it is.

In: a definition and the nonce of the wait. Out: the task's ARN. Callers: the use cases that start one; `undo.py`.
The surprise: a repeated call with the same nonce finds the running task; with another nonce it stops that task first, since
its report could no longer be believed. A task that has ended is simply run again: what it does can be repeated.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from chalicelib.deployment import names
from chalicelib.deployment.plan import Kind, ReportTo
from chalicelib.deployment.ports import ContainerServices
from chalicelib.generation.run import Run
from chalicelib.settings import Settings


def started_by(kind: Kind, run: Run, report: ReportTo) -> str:
    mark = sha256(report.nonce.encode()).hexdigest()[:8]
    return f"{names.one_off(kind, run, report.round)}-{mark}"


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
