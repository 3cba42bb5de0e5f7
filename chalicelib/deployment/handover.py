"""The first owner: made by the app itself in a one-off task, with a password that is shown once.

In: a run whose service is healthy. Out: the address and the user's name; the password only through `take_credentials`.
Callers: the task `HandOver`; the HTTP door for the credentials. The surprise: the password is born here and lives in the
secret store only, never in the state machine's data or in a log.
"""

from __future__ import annotations

import secrets as randomness
from dataclasses import dataclass, field
from uuid import UUID

from chalicelib.deployment import names, oneoff, plan, provision
from chalicelib.deployment.plan import ReportTo
from chalicelib.deployment.ports import ContainerServices, Secrets
from chalicelib.errors import NotFound
from chalicelib.generation.run import Run
from chalicelib.settings import Settings
from chalicelib.tenancy.audit import Trail

READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
"""Nothing that looks like something else when it is typed from a screen."""
GROUPS, GROUP_LENGTH = 5, 4


@dataclass(frozen=True)
class HandOver:
    url: str
    username: str
    task: str | None
    """None: the app was handed over with an earlier version, there is nothing to wait for."""


@dataclass(frozen=True)
class Credentials:
    url: str
    username: str
    password: str = field(repr=False)


def hand_over(
    run: Run,
    image: str,
    report: ReportTo,
    *,
    rows_url: str = "",
    settings: Settings,
    containers: ContainerServices,
    secrets: Secrets,
) -> HandOver:
    """Starts the one-off task `hand_over` for an app's first live version; later ones keep their people and data.

    `rows_url`: where the rows lie that it begins with; empty where there are none.
    """
    url = names.app_url(settings, run)
    username = names.first_owner_email(settings, run)
    if not provision.is_first(run, settings=settings, secrets=secrets):
        return HandOver(url, username, task=None)
    database = provision.app_references(run, settings=settings, secrets=secrets)
    definition = plan.one_off_definition(
        settings,
        run,
        "hand_over",
        image,
        report=report,
        secrets={
            "DATABASE_URL": database.app_secret,
            "SECRET_KEY": database.key_secret,
            "FIRST_OWNER_PASSWORD": _password_reference(run, settings=settings, secrets=secrets),
        },
        extra={"FIRST_OWNER_EMAIL": username, "ROWS_URL": rows_url},
    )
    mark = oneoff.started_by("hand_over", run, report)
    return HandOver(url, username, oneoff.run_once(definition, mark, containers=containers))


def take_credentials(
    run: Run, *, by: str, settings: Settings, secrets: Secrets, trail: Trail
) -> Credentials:
    """Once: whoever asks later gets `NotFound` and resets the password in the app."""
    password = secrets.take(password_name(settings, run))
    if password is None:
        raise NotFound("the first owner's credentials were given out already, or never made")
    trail.add(UUID(run.tenant_id), by, "generation.credentials_taken", run.generation)
    return Credentials(
        names.app_url(settings, run), names.first_owner_email(settings, run), password
    )


def password_name(settings: Settings, run: Run) -> str:
    """With the generation in it: a name that was taken can't be used again for a week."""
    return names.app_secret(settings, run, f"first-owner-{names.short_id(run)}")


def _password_reference(run: Run, *, settings: Settings, secrets: Secrets) -> str:
    name = password_name(settings, run)
    return secrets.reference(name) or secrets.put(name, _password())


def _password() -> str:
    groups = (
        "".join(randomness.choice(READABLE) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS)
    )
    return "-".join(groups)
