"""The candidate: an image with the bundle in it, checked as a one-off task on a scratch database.

In: a bundle. Out: the image by digest and the task that checks it. Callers: the task `RunChecks`.
The surprise: nothing of the platform goes in with it; the task knows its scratch database and where to put its report.
"""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.deployment import names, oneoff, plan, provision
from chalicelib.deployment.image import GENERATION_LABEL, candidate_image, push, read_base
from chalicelib.deployment.plan import ReportTo
from chalicelib.deployment.ports import (
    AppDatabases,
    ContainerServices,
    ImageRegistry,
    Secrets,
)
from chalicelib.deployment.provision import DatabaseSecrets
from chalicelib.generation.run import Run
from chalicelib.settings import Settings

TITLE_LABEL = "org.opencontainers.image.title"
VERSION_LABEL = "org.opencontainers.image.version"


@dataclass(frozen=True)
class Candidate:
    image: str
    task: str


def run_checks(
    run: Run,
    bundle: bytes,
    report: ReportTo,
    *,
    settings: Settings,
    registry: ImageRegistry,
    containers: ContainerServices,
    databases: AppDatabases,
    secrets: Secrets,
) -> Candidate:
    """The report arrives at `report.url` later; this only starts the task. Raises `ForbiddenPath`."""
    image = push_candidate(run, bundle, settings=settings, registry=registry)
    family = names.one_off_family(settings, "checks", run, report.round)
    mark = oneoff.started_by("checks", run, report)
    found = oneoff.running(family, mark, containers=containers)
    if found is not None:
        return Candidate(image, found)
    # Checks begin on an empty database. Its secrets are overwritten: a deleted name can't be used again at once.
    scratch_name = names.scratch_database(run, report.round)
    databases.drop(scratch_name)
    scratch = provision.settle(
        scratch_name,
        lambda kind: names.scratch_secret(settings, run, report.round, kind),
        databases=databases,
        secrets=secrets,
    )
    definition = checks_definition(settings, run, image, report=report, scratch=scratch)
    return Candidate(image, oneoff.start(definition, mark, containers=containers))


def push_candidate(run: Run, bundle: bytes, *, settings: Settings, registry: ImageRegistry) -> str:
    """By digest only; the version's tag is given when it has passed."""
    base = read_base(settings.base_image_tag, registry=registry)
    labels = {
        GENERATION_LABEL: run.generation_id,
        TITLE_LABEL: run.slug,
        VERSION_LABEL: str(run.version),
    }
    return push(candidate_image(bundle, base, labels), registry=registry)


def checks_definition(
    settings: Settings,
    run: Run,
    image: str,
    *,
    report: ReportTo,
    scratch: DatabaseSecrets,
) -> dict[str, object]:
    return plan.one_off_definition(
        settings,
        run,
        "checks",
        image,
        report=report,
        secrets={
            "DATABASE_URL": scratch.app_secret,
            "DATABASE_OWNER_URL": scratch.owner_secret,
            "SECRET_KEY": scratch.key_secret,
        },
    )


def drop_scratch(
    run: Run, round: int, *, settings: Settings, databases: AppDatabases, secrets: Secrets
) -> None:
    provision.drop(
        names.scratch_database(run, round),
        lambda kind: names.scratch_secret(settings, run, round, kind),
        databases=databases,
        secrets=secrets,
    )
