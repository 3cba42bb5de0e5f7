"""DOOR of the state machine, of S3 and of the clock: one function per Task state, and what events call. Parse → one use case → reply.

In: the event a state sends (`run` and what the ASL adds). Out: names and keys. Callers: the Lambdas in app.py.
Rooms are imported inside the functions, so that each Lambda, and the API beside them, loads only what it runs.
The surprise: an exception's class name is the error name the state machine catches; and a waiting state hears of a failed
start through its token as well, because not every Step Functions looks at the Lambda's own answer while it waits.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from chalicelib.errors import InvalidRequest, PlatformError
from chalicelib.log import log

if TYPE_CHECKING:
    from chalicelib.generation.inbox import VerifiedReport
    from chalicelib.generation.keys import Arrival
    from chalicelib.generation.ports import Wait
    from chalicelib.generation.run import Run
    from chalicelib.wiring import Wires

Event = Mapping[str, Any]
Task = Callable[[Event, "Wires"], Any]


def waiting(task: Task) -> Task:
    """For states that wait for a report: a failed start fails the state at once."""

    @functools.wraps(task)
    def answer(event: Event, wires: Wires) -> Any:
        try:
            return task(event, wires)
        except Exception as error:
            with contextlib.suppress(PlatformError):
                wires.machine.fail(event["task_token"], type(error).__name__, str(error))
            raise

    return answer


# from the MVS to source


def orchestrate(event: Event, wires: Wires) -> Any:
    from chalicelib.generation import stages

    planned = stages.orchestrate(
        _run(event), model=wires.model, artifacts=wires.artifacts, runs=wires.runs
    )
    return {**planned, "parallel": wires.settings.generation_parallel_max}


def write_prd(event: Event, wires: Wires) -> Any:
    from chalicelib.generation import stages

    return stages.write_prd(
        _run(event), model=wires.model, artifacts=wires.artifacts, runs=wires.runs
    )


def design(event: Event, wires: Wires) -> Any:
    from chalicelib.generation import stages

    return stages.design(_run(event), model=wires.model, artifacts=wires.artifacts, runs=wires.runs)


def converge(event: Event, wires: Wires) -> Any:
    from chalicelib.generation import stages

    return stages.converge(_run(event), artifacts=wires.artifacts, runs=wires.runs)


def generate_module(event: Event, wires: Wires) -> Any:
    from chalicelib.generation import stages

    return stages.generate_module(
        _run(event),
        _text(event, "module"),
        _round(event),
        _text(event, "notes"),
        model=wires.model,
        scaffold=wires.scaffold,
        artifacts=wires.artifacts,
        runs=wires.runs,
    )


@waiting
def assemble(event: Event, wires: Wires) -> Any:
    from chalicelib.generation import stages

    return stages.assemble(
        _run(event),
        _round(event),
        _text(event, "task_token"),
        scaffold=wires.scaffold,
        artifacts=wires.artifacts,
        runs=wires.runs,
        machine=wires.machine,
    )


# judging it


@waiting
def run_checks(event: Event, wires: Wires) -> Any:
    from chalicelib.checks.rules import source_findings
    from chalicelib.deployment.stages import start_checks
    from chalicelib.generation import stages

    return stages.run_checks(
        _run(event),
        _round(event),
        _text(event, "task_token"),
        judge=source_findings,
        start_checks=functools.partial(
            start_checks,
            settings=wires.settings,
            registry=wires.image_registry,
            containers=wires.containers,
            databases=wires.app_databases,
            secrets=wires.secrets,
        ),
        artifacts=wires.artifacts,
        runs=wires.runs,
        machine=wires.machine,
    )


def review(event: Event, wires: Wires) -> Any:
    from chalicelib.generation import judging

    return judging.review(
        _run(event),
        _round(event),
        model=wires.model,
        artifacts=wires.artifacts,
        runs=wires.runs,
    )


def decide(event: Event, wires: Wires) -> Any:
    from chalicelib.generation import judging

    return judging.decision(
        _run(event),
        _round(event),
        rounds_max=wires.settings.generation_rounds_max,
        artifacts=wires.artifacts,
        runs=wires.runs,
    )


# from source to a running app


def provision_database(event: Event, wires: Wires) -> Any:
    from chalicelib.deployment import stages as deployment

    return deployment.provision_database(
        _run(event),
        settings=wires.settings,
        containers=wires.containers,
        databases=wires.app_databases,
        secrets=wires.secrets,
        runs=wires.runs,
    )


def push_image(event: Event, wires: Wires) -> Any:
    from chalicelib.deployment import stages as deployment

    return deployment.push_image(
        _run(event),
        _round(event),
        registry=wires.image_registry,
        artifacts=wires.artifacts,
        runs=wires.runs,
    )


@waiting
def migrate_database(event: Event, wires: Wires) -> Any:
    from chalicelib.deployment import stages as deployment

    return deployment.migrate_database(
        _run(event),
        _text(event, "image"),
        _text(event, "task_token"),
        settings=wires.settings,
        containers=wires.containers,
        secrets=wires.secrets,
        artifacts=wires.artifacts,
        runs=wires.runs,
        machine=wires.machine,
    )


def start_service(event: Event, wires: Wires) -> Any:
    from chalicelib.deployment import stages as deployment

    return deployment.start_service(
        _run(event),
        _text(event, "image"),
        settings=wires.settings,
        containers=wires.containers,
        routes=wires.routes,
        secrets=wires.secrets,
        runs=wires.runs,
    )


def await_healthy(event: Event, wires: Wires) -> Any:
    from chalicelib.deployment import stages as deployment

    return deployment.await_healthy(
        _run(event), settings=wires.settings, probe=wires.app_probe, runs=wires.runs
    )


@waiting
def hand_over(event: Event, wires: Wires) -> Any:
    from chalicelib.deployment import stages as deployment

    return deployment.hand_over(
        _run(event),
        _text(event, "image"),
        _text(event, "task_token"),
        settings=wires.settings,
        containers=wires.containers,
        secrets=wires.secrets,
        artifacts=wires.artifacts,
        runs=wires.runs,
        machine=wires.machine,
    )


def record_success(event: Event, wires: Wires) -> Any:
    from chalicelib.deployment import stages as deployment

    return deployment.record_success(
        _run(event),
        _round(event),
        _text(event, "url"),
        settings=wires.settings,
        containers=wires.containers,
        databases=wires.app_databases,
        secrets=wires.secrets,
        generations=wires.generations,
        artifacts=wires.artifacts,
        runs=wires.runs,
    )


def clean_up(event: Event, wires: Wires) -> Any:
    from chalicelib.deployment import stages as deployment
    from chalicelib.generation.verdict import Failure

    return deployment.clean_up(
        event.get("run"),
        Failure(**event["failure"]),
        int(event.get("attempt", 0)),
        settings=wires.settings,
        containers=wires.containers,
        routes=wires.routes,
        databases=wires.app_databases,
        secrets=wires.secrets,
        generations=wires.generations,
        runs=wires.runs,
    )


# what nobody drives any more


def sweep(event: Event, wires: Wires) -> Any:
    """`quiet_s` 0: whoever asks knows that no Lambda of an ended run is at work."""
    from chalicelib.deployment import stages as deployment
    from chalicelib.deployment.sweep import sweep as look_after

    outcomes = look_after(
        int(event.get("quiet_s", wires.settings.sweep_quiet_s)),
        datetime.now(UTC),
        watch=wires.watch_list,
        apps=wires.apps,
        generations=wires.generations,
        artifacts=wires.artifacts,
        runs=wires.runs,
        machine=wires.machine,
        clean_up=functools.partial(
            deployment.clean_up,
            settings=wires.settings,
            containers=wires.containers,
            routes=wires.routes,
            databases=wires.app_databases,
            secrets=wires.secrets,
            generations=wires.generations,
            runs=wires.runs,
        ),
    )
    log.info("swept", extra={"outcomes": outcomes})
    return {"outcomes": outcomes}


def task_stopped(event: Event, wires: Wires) -> Any:
    """EventBridge tells of a task that stopped, once or more, perhaps before its report has arrived."""
    from chalicelib.deployment import stopped

    detail = event.get("detail") or {}
    codes = [each.get("exitCode") for each in detail.get("containers") or []]
    told = stopped.Stopped(
        started_by=str(detail.get("startedBy", "")),
        exit_code=codes[0] if codes else None,
        reason=str(detail.get("stoppedReason", "")),
    )
    outcome = stopped.task_stopped(
        told, artifacts=wires.artifacts, runs=wires.runs, machine=wires.machine
    )
    log.info("task_stopped", extra={"task": told.started_by, "outcome": outcome})
    return {"outcome": outcome}


# what arrives in the inbox


def process_artifact(event: Event, wires: Wires) -> Any:
    """S3 tells of any number of objects at once, twice or late; a key of nobody's is left alone."""
    outcomes = {key: _arrived(key, wires) for key in _object_keys(event)}
    for key, outcome in outcomes.items():
        log.info("artifact_processed", extra={"key": key, "outcome": outcome})
    return {"outcomes": outcomes}


def _arrived(key: str, wires: Wires) -> str:
    from chalicelib.generation import inbox, keys

    arrival = keys.arrival(key)
    if arrival is None:
        return "unknown_key"
    settings = wires.settings
    return inbox.accept(
        arrival,
        artifacts=wires.artifacts,
        runs=wires.runs,
        machine=wires.machine,
        verify=_verified,
        limits=inbox.Limits(settings.bundle_bytes_max, settings.report_bytes_max),
    )


def _verified(content: bytes, arrival: Arrival, wait: Wait) -> VerifiedReport:
    from chalicelib.checks.report import Expected, verify

    if arrival.kind == "bundle":
        raise InvalidRequest("A bundle is not a report.")
    expected = Expected(
        kind=arrival.kind,
        nonce=wait.nonce,
        generation_id=arrival.generation_id,
        round=arrival.round,
        asked_at=datetime.fromtimestamp(wait.opened_ms / 1000, UTC),
        now=datetime.now(UTC),
    )
    return verify(content, expected)


def _object_keys(event: Event) -> list[str]:
    """Each once. S3 writes keys as in a URL's query."""
    records = event.get("Records") or []
    found = (record.get("s3", {}).get("object", {}).get("key", "") for record in records)
    return list(dict.fromkeys(unquote_plus(key) for key in found if key))


def _run(event: Event) -> Run:
    from chalicelib.generation.run import parse_run

    return parse_run(event.get("run"))


def _round(event: Event) -> int:
    round_ = event.get("round")
    if not isinstance(round_, int) or not 1 <= round_ <= 9:
        raise InvalidRequest(f"The round is {round_!r}, expected a small whole number.")
    return round_


def _text(event: Event, name: str) -> str:
    found = event.get(name)
    if not isinstance(found, str):
        raise InvalidRequest(f"{name} is {type(found).__name__}, expected text.")
    return found
