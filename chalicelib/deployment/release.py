"""From a checked image to a running service: tag it, migrate the app's database, put it behind its address.

In: the image that was checked. Out: a tag, a task, a service. Callers: the tasks `PushImage`, `MigrateDatabase`,
`StartService`. The surprise: which definition the new one replaces is written into the new one, so rolling back needs
nothing that a crash could lose.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from chalicelib.deployment import names, oneoff, plan
from chalicelib.deployment.image import BUNDLE_LABEL, GENERATION_LABEL, labels_of
from chalicelib.deployment.plan import PREVIOUS_LABEL, ReportTo
from chalicelib.deployment.ports import (
    ContainerServices,
    Definition,
    ImageRegistry,
    Routes,
    Secrets,
    Service,
)
from chalicelib.deployment.provision import app_references
from chalicelib.errors import Conflict
from chalicelib.generation.run import Run
from chalicelib.settings import Settings


@dataclass(frozen=True)
class Started:
    service: str
    task_definition: str
    previous: str
    """The definition that served before; empty for an app's first version."""


def push_image(run: Run, image: str, bundle: bytes, *, registry: ImageRegistry) -> str:
    """Tags the image that was checked and returns it. Raises `Conflict` when it does not hold this very bundle."""
    manifest, labels = labels_of(image, registry=registry)
    expected = {
        GENERATION_LABEL: run.generation_id,
        BUNDLE_LABEL: hashlib.sha256(bundle).hexdigest(),
    }
    if any(labels.get(name) != value for name, value in expected.items()):
        raise Conflict(f"{image!r} is not the image that was checked for this bundle")
    registry.put_manifest(manifest, names.image_tag(run))
    return registry.image_name(manifest.digest)


def migrate_database(
    run: Run,
    image: str,
    report: ReportTo,
    *,
    with_demo: bool = True,
    settings: Settings,
    containers: ContainerServices,
    secrets: Secrets,
) -> str:
    """Starts the one-off task `migrate`, as the database's owner. Returns the task.

    An app that begins with people's own rows gets no demo rows beside them.
    """
    database = app_references(run, settings=settings, secrets=secrets)
    definition = plan.one_off_definition(
        settings,
        run,
        "migrate",
        image,
        report=report,
        secrets={
            "DATABASE_URL": database.app_secret,
            "DATABASE_OWNER_URL": database.owner_secret,
            "SECRET_KEY": database.key_secret,
        },
        extra={"DEMO_DATA": "1" if with_demo else ""},
    )
    mark = oneoff.started_by("migrate", run, report)
    return oneoff.run_once(definition, mark, containers=containers)


def start_service(
    run: Run,
    image: str,
    *,
    settings: Settings,
    containers: ContainerServices,
    routes: Routes,
    secrets: Secrets,
) -> Started:
    """What served before goes on serving until the new one is healthy. One that rests is woken: somebody wants it."""
    present = containers.service(names.service(run))
    definition = _definition(
        run, image, present, settings=settings, containers=containers, secrets=secrets
    )
    target_group = routes.open(plan.target_group_plan(settings, run), plan.rule_plan(settings, run))
    if present is None:
        wanted = plan.service_plan(settings, run, definition.arn, target_group)
        present = containers.create_service(wanted)
    elif present.definition.arn != definition.arn:
        containers.update_service(names.service(run), definition.arn)
    if present.is_resting:
        containers.wake(names.service(run))
    return Started(present.arn, definition.arn, definition.labels.get(PREVIOUS_LABEL, ""))


def is_of(run: Run, definition: Definition) -> bool:
    return definition.labels.get(GENERATION_LABEL) == run.generation_id


def _definition(
    run: Run,
    image: str,
    present: Service | None,
    *,
    settings: Settings,
    containers: ContainerServices,
    secrets: Secrets,
) -> Definition:
    """This generation's definition; the one registered by an interrupted call is found again."""
    for registered in containers.registered(names.service_family(settings, run)):
        if is_of(run, registered) and registered.labels.get(plan.IMAGE_LABEL) == image:
            return registered
    database = app_references(run, settings=settings, secrets=secrets)
    return containers.register(
        plan.service_definition(
            settings,
            run,
            image,
            secrets={"DATABASE_URL": database.app_secret, "SECRET_KEY": database.key_secret},
            previous=_previous(run, present),
        )
    )


def _previous(run: Run, present: Service | None) -> str:
    """What to go back to: what serves now, or, if that is already ours, what it replaced."""
    if present is None:
        return ""
    if is_of(run, present.definition):
        return present.definition.labels.get(PREVIOUS_LABEL, "")
    return present.definition.arn
