"""DOOR of the state machine: one function per Task state. Parse → one use case → reply.

In: the event a state sends (`run` and what the ASL adds). Out: names and keys. Callers: the Lambdas in app.py.
Rooms are imported inside the functions, so that each Lambda, and the API beside them, loads only what it runs.
The surprise: an exception's class name is the error name the state machine catches; and a waiting state hears of a failed
start through its token as well, because not every Step Functions looks at the Lambda's own answer while it waits.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from chalicelib.errors import InvalidRequest, PlatformError

if TYPE_CHECKING:
    from chalicelib.agents.interviewer import Turn
    from chalicelib.generation.ports import Model
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
        _run(event),
        model=_model(event, wires, "Orchestrate"),
        artifacts=wires.artifacts,
        runs=wires.runs,
    )
    return {**planned, "parallel": wires.settings.generation_parallel_max}


def write_prd(event: Event, wires: Wires) -> Any:
    from chalicelib.generation import stages

    return stages.write_prd(
        _run(event),
        model=_model(event, wires, "WritePrd"),
        artifacts=wires.artifacts,
        runs=wires.runs,
    )


def design(event: Event, wires: Wires) -> Any:
    from chalicelib.generation import stages

    return stages.design(
        _run(event),
        model=_model(event, wires, "Design"),
        artifacts=wires.artifacts,
        runs=wires.runs,
    )


def converge(event: Event, wires: Wires) -> Any:
    from chalicelib.generation import stages

    return stages.converge(
        _run(event),
        model=_model(event, wires, "Converge"),
        artifacts=wires.artifacts,
        runs=wires.runs,
    )


def generate_module(event: Event, wires: Wires) -> Any:
    from chalicelib.generation import stages

    return stages.generate_module(
        _run(event),
        _text(event, "module"),
        _round(event),
        _text(event, "notes"),
        model=_model(event, wires, "GenerateModule", _round(event), _text(event, "module")),
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
        model=_model(event, wires, "Review", _round(event)),
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
        close_books=closing_books(wires),
    )


def clean_up(event: Event, wires: Wires) -> Any:
    from chalicelib.generation.verdict import Failure

    return tidying(wires)(
        event.get("run"), Failure(**event["failure"]), int(event.get("attempt", 0))
    )


def tidying(wires: Wires) -> Callable[..., Any]:
    """What takes a run's traces away, with its ports: the sweep does it too."""
    from chalicelib.deployment import stages as deployment

    return functools.partial(
        deployment.clean_up,
        settings=wires.settings,
        containers=wires.containers,
        routes=wires.routes,
        databases=wires.app_databases,
        secrets=wires.secrets,
        generations=wires.generations,
        runs=wires.runs,
        close_books=closing_books(wires),
    )


def closing_books(wires: Wires) -> Callable[[Run], None]:
    """What a run spent on models goes into its organization's usage; a run that may spend nothing has no books."""

    def close(run: Run) -> None:
        from chalicelib.agents.booking import close_books

        if run.budget_microdollars:
            close_books(run, spending=wires.spending, books=wires.usage)

    return close


# what a conversation waits for


def answer_turn(event: Event, wires: Wires) -> Any:
    """Called in the background; what it returns is for the log of whoever called."""
    from chalicelib.agents import interviewer

    turn = _turn(event)
    return interviewer.answer(
        turn,
        chat=lambda: wires.chat(turn.tenant_id),
        prices=wires.prices,
        board=wires.board,
        artifacts=wires.artifacts,
        settings=wires.settings,
    )


def _run(event: Event) -> Run:
    from chalicelib.generation.run import parse_run

    return parse_run(event.get("run"))


def _model(
    event: Event, wires: Wires, name: str, round_: int = 1, module: str | None = None
) -> Model:
    from chalicelib.generation.ports import Stage

    return wires.model_for(_run(event), Stage(name, round_, module))


def _turn(event: Event) -> Turn:
    from chalicelib.agents.interviewer import Turn

    try:
        ids = UUID(_text(event, "tenant_id")), UUID(_text(event, "discovery_id"))
    except ValueError:
        raise InvalidRequest("A turn is named by two UUIDs and two numbers.") from None
    return Turn(*ids, int(event["number"]), int(event["attempt"]))


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
