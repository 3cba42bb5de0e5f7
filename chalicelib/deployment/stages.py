"""The stages that turn a checked bundle into a running app, in the order of the state machine, and the way back.

In: a run, the image that was checked. Out: what later states need, all of it names. Callers: tasks.py.
The surprise: a failed clean-up is worse than a failed run, so the way back looks at the world and at the generation's row
before it undoes anything, and the row is closed last.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from chalicelib.deployment import candidate, handover, health, provision, release, undo
from chalicelib.deployment.plan import ReportTo
from chalicelib.deployment.ports import (
    AppDatabases,
    AppProbe,
    ContainerServices,
    ImageRegistry,
    Routes,
    Secrets,
)
from chalicelib.errors import Conflict, InvalidRequest, Unavailable
from chalicelib.generation import first_rows, keys, tracing
from chalicelib.generation.ports import ArtifactStore, RunLog, Stage, StateMachine, Wait
from chalicelib.generation.recording import once, once_awaited, settle
from chalicelib.generation.records import GenerationStore
from chalicelib.generation.run import Run, parse_run
from chalicelib.generation.stages import DOCUMENT_BYTES_MAX
from chalicelib.generation.verdict import Ending, Failure, ending, reason
from chalicelib.generation.whole_app import whole_app
from chalicelib.settings import Settings

CloseBooks = Callable[[Run], None]
"""Before the row is closed: what was spent counts in the month from then on, what was not no longer."""
ONLY_ROUND = 1
"""Deployment happens once a run, after whatever round passed."""
CLEAN_UP_ATTEMPTS = 6
"""The retries of the state `CleanUp`; the last one closes the row whatever happens."""


def start_checks(
    run: Run,
    round_: int,
    bundle: bytes,
    link: str,
    nonce: str,
    *,
    settings: Settings,
    registry: ImageRegistry,
    containers: ContainerServices,
    databases: AppDatabases,
    secrets: Secrets,
) -> dict[str, Any]:
    started = candidate.run_checks(
        run,
        bundle,
        ReportTo(round_, link, nonce),
        settings=settings,
        registry=registry,
        containers=containers,
        databases=databases,
        secrets=secrets,
    )
    return dataclasses.asdict(started)


def provision_database(
    run: Run,
    *,
    settings: Settings,
    containers: ContainerServices,
    databases: AppDatabases,
    secrets: Secrets,
    runs: RunLog,
) -> dict[str, Any]:
    def work() -> dict[str, Any]:
        made = provision.provision_database(
            run,
            settings=settings,
            containers=containers,
            databases=databases,
            secrets=secrets,
        )
        return dataclasses.asdict(made)

    return once(run, Stage("ProvisionDatabase"), work, runs=runs)


def push_image(
    run: Run, round_: int, *, registry: ImageRegistry, artifacts: ArtifactStore, runs: RunLog
) -> dict[str, Any]:
    """The image that the checks of this round ran in, and no other, gets the version's tag."""

    def work() -> dict[str, Any]:
        checked = runs.recorded(run.generation_id, Stage("RunChecks", round_))
        if checked is None:
            raise Conflict(f"No image was checked in round {round_}.")
        bundle = artifacts.read(keys.bundle(run, round_), DOCUMENT_BYTES_MAX)
        return {"image": release.push_image(run, checked["image"], bundle, registry=registry)}

    return once(run, Stage("PushImage"), work, runs=runs)


def migrate_database(
    run: Run,
    image: str,
    token: str,
    *,
    settings: Settings,
    containers: ContainerServices,
    secrets: Secrets,
    artifacts: ArtifactStore,
    runs: RunLog,
    machine: StateMachine,
) -> None:
    def begin(wait: Wait) -> None:
        link = artifacts.link_to_write(keys.inbox(run, "migrate", ONLY_ROUND))
        release.migrate_database(
            run,
            image,
            ReportTo(ONLY_ROUND, link, wait.nonce),
            with_demo=not first_rows.are_kept(run, artifacts=artifacts),
            settings=settings,
            containers=containers,
            secrets=secrets,
        )

    stage = Stage("MigrateDatabase", ONLY_ROUND)
    once_awaited(run, stage, "migrate", token, begin, runs=runs, machine=machine)


def start_service(
    run: Run,
    image: str,
    *,
    settings: Settings,
    containers: ContainerServices,
    routes: Routes,
    secrets: Secrets,
    runs: RunLog,
) -> dict[str, Any]:
    def work() -> dict[str, Any]:
        started = release.start_service(
            run, image, settings=settings, containers=containers, routes=routes, secrets=secrets
        )
        return dataclasses.asdict(started)

    return once(run, Stage("StartService"), work, runs=runs)


def await_healthy(run: Run, *, settings: Settings, probe: AppProbe, runs: RunLog) -> dict[str, Any]:
    """Raises `AppNotHealthy`; the old version has served all along."""

    def work() -> dict[str, Any]:
        return {"url": health.await_healthy(run, settings=settings, probe=probe)}

    return once(run, Stage("AwaitHealthy"), work, runs=runs)


def hand_over(
    run: Run,
    image: str,
    token: str,
    *,
    settings: Settings,
    containers: ContainerServices,
    secrets: Secrets,
    artifacts: ArtifactStore,
    runs: RunLog,
    machine: StateMachine,
) -> None:
    """A later version has its people already: then nothing is started and the run goes on at once."""
    stage = Stage("HandOver", ONLY_ROUND)

    def begin(wait: Wait) -> None:
        link = artifacts.link_to_write(keys.inbox(run, "hand_over", ONLY_ROUND))
        begun = handover.hand_over(
            run,
            image,
            ReportTo(ONLY_ROUND, link, wait.nonce),
            rows_url=first_rows.link(run, artifacts=artifacts),
            settings=settings,
            containers=containers,
            secrets=secrets,
        )
        if begun.task is None:
            outcome = {"url": begun.url, "username": begun.username}
            settle(run, stage, "hand_over", outcome, runs=runs, machine=machine)

    once_awaited(run, stage, "hand_over", token, begin, runs=runs, machine=machine)


def record_success(
    run: Run,
    round_: int,
    url: str,
    *,
    settings: Settings,
    containers: ContainerServices,
    databases: AppDatabases,
    secrets: Secrets,
    generations: GenerationStore,
    artifacts: ArtifactStore,
    runs: RunLog,
    close_books: CloseBooks,
) -> dict[str, Any]:
    """Raises `Cancelled` when somebody stopped the run in its last moment; then everything is undone."""

    def work() -> dict[str, Any]:
        bundle = artifacts.read(keys.bundle(run, round_), DOCUMENT_BYTES_MAX)
        source = whole_app(bundle, tracing.told_in_source(run, artifacts=artifacts))
        artifacts.write(keys.document(run, "source.zip"), source, "application/zip")
        note = first_rows.report(run, artifacts=artifacts)
        close_books(run)
        generations.succeed(run.tenant, run.generation, url=url)
        try:
            undo.tidy(
                run,
                settings=settings,
                containers=containers,
                databases=databases,
                secrets=secrets,
            )
        except Unavailable as error:
            # The app is live: what could not be tidied up is no reason to take it down.
            return {"url": url, "note": f"Not everything was tidied up: {error.detail}"}
        return {"url": url, "note": note}

    return once(run, Stage("RecordSuccess"), work, runs=runs)


def clean_up(
    identity: Any,
    failure: Failure,
    attempt: int,
    *,
    settings: Settings,
    containers: ContainerServices,
    routes: Routes,
    databases: AppDatabases,
    secrets: Secrets,
    generations: GenerationStore,
    runs: RunLog,
    close_books: CloseBooks,
) -> dict[str, Any]:
    """Undoes what the run has done, then closes its row, which gives the quota back. Returns {ending}."""
    name: Ending = ending(failure.stage, failure.error)
    try:
        run = parse_run(identity)
    except InvalidRequest:
        # Whoever started this named no run of ours, so there is nothing to undo.
        return {"ending": name}
    why = reason(failure)

    def close() -> None:
        close_books(run)
        generations.fail(
            run.tenant, run.generation, stage=failure.stage, error=failure.error, reason=why
        )

    def work() -> dict[str, Any]:
        if generations.read(run.tenant, run.generation).status == "succeeded":
            return {"ending": name, "note": "The app is live already; nothing was undone."}
        try:
            undo.clean_up(
                run,
                settings=settings,
                containers=containers,
                routes=routes,
                databases=databases,
                secrets=secrets,
            )
        except Unavailable:
            if attempt >= CLEAN_UP_ATTEMPTS:
                close()
            raise
        close()
        return {"ending": name, "note": f"{name}: {failure.stage}: {why}"}

    return once(run, Stage("CleanUp"), work, runs=runs, even_cancelled=True)
