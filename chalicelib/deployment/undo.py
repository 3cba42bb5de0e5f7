"""Tidying up after a generation, and going back to how things were before it.

In: a run, at any point of its life. Out: nothing. Callers: the tasks `RecordSuccess` and `CleanUp`.
The surprise: what to undo is read from the world, not from the state machine, because the crash that brought us here may
have come before anything was written down.
"""

from __future__ import annotations

from chalicelib.deployment import names, oneoff, plan, provision
from chalicelib.deployment.candidate import drop_scratch
from chalicelib.deployment.handover import password_name
from chalicelib.deployment.plan import PREVIOUS_LABEL
from chalicelib.deployment.ports import AppDatabases, ContainerServices, Routes, Secrets
from chalicelib.deployment.release import is_of
from chalicelib.generation.run import Run
from chalicelib.settings import Settings

ONE_OFFS: tuple[plan.Kind, ...] = ("checks", "migrate", "hand_over")


def tidy(
    run: Run,
    *,
    settings: Settings,
    containers: ContainerServices,
    databases: AppDatabases,
    secrets: Secrets,
) -> None:
    """After success: no scratch database, no one-off task, and from now on the app's data is not ours to undo."""
    # First, because nothing is worse than a live app that somebody still believes to be a failed first attempt.
    provision.lift_mark(run, settings=settings, secrets=secrets)
    forget_tasks(run, settings=settings, containers=containers)
    drop_scratches(run, settings=settings, databases=databases, secrets=secrets)


def clean_up(
    run: Run,
    *,
    settings: Settings,
    containers: ContainerServices,
    routes: Routes,
    databases: AppDatabases,
    secrets: Secrets,
) -> None:
    """After failure: a later version's service goes back to the one before, a first version leaves nothing behind."""
    forget_tasks(run, settings=settings, containers=containers)
    roll_back(run, settings=settings, containers=containers, routes=routes)
    if provision.is_first(run, settings=settings, secrets=secrets):
        _remove_app(
            run,
            settings=settings,
            containers=containers,
            routes=routes,
            databases=databases,
            secrets=secrets,
        )
    secrets.delete(password_name(settings, run))
    drop_scratches(run, settings=settings, databases=databases, secrets=secrets)


def roll_back(
    run: Run, *, settings: Settings, containers: ContainerServices, routes: Routes
) -> None:
    """Does nothing unless the service runs this generation; then its predecessor serves again, if it had one."""
    present = containers.service(names.service(run))
    if present is not None and is_of(run, present.definition):
        previous = present.definition.labels.get(PREVIOUS_LABEL)
        if previous:
            containers.update_service(names.service(run), previous)
        else:
            close(run, settings=settings, containers=containers, routes=routes)
    for definition in containers.registered(names.service_family(settings, run)):
        if is_of(run, definition):
            containers.deregister(definition.arn)


def _remove_app(
    run: Run,
    *,
    settings: Settings,
    containers: ContainerServices,
    routes: Routes,
    databases: AppDatabases,
    secrets: Secrets,
) -> None:
    """The mark that allows this goes last, so that an interrupted removal is finished by the next call."""
    close(run, settings=settings, containers=containers, routes=routes)
    provision.drop(
        names.app_database(run),
        lambda kind: names.app_secret(settings, run, kind),
        databases=databases,
        secrets=secrets,
    )
    provision.lift_mark(run, settings=settings, secrets=secrets)


def close(run: Run, *, settings: Settings, containers: ContainerServices, routes: Routes) -> None:
    containers.delete_service(names.service(run))
    routes.close(names.target_group(settings, run))


def forget_tasks(run: Run, *, settings: Settings, containers: ContainerServices) -> None:
    for round in _rounds(settings):
        for kind in ONE_OFFS:
            oneoff.forget(kind, run, round, settings=settings, containers=containers)


def drop_scratches(
    run: Run, *, settings: Settings, databases: AppDatabases, secrets: Secrets
) -> None:
    for round in _rounds(settings):
        drop_scratch(run, round, settings=settings, databases=databases, secrets=secrets)


def _rounds(settings: Settings) -> range:
    return range(1, settings.generation_rounds_max + 1)
