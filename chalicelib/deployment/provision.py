"""An app's database, its two roles and the secrets that hold their addresses.

In: a run. Out: references to secrets, never a value. Callers: the task `ProvisionDatabase`; `candidate.py` for scratch ones.
The surprise: making a database gives new passwords, so what is complete is left alone: a service may be running on it.
"""

from __future__ import annotations

import secrets as randomness
from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.deployment import names
from chalicelib.deployment.ports import AppDatabases, ContainerServices, Secrets
from chalicelib.errors import Conflict
from chalicelib.generation.run import Run
from chalicelib.settings import Settings

OWNER, APP, KEY = "owner-dsn", "app-dsn", "secret-key"
FIRST = "first-generation"
"""Holds the generation that made the app's database; gone once the app is live. See `is_first`."""

NameOf = Callable[[str], str]


@dataclass(frozen=True)
class DatabaseSecrets:
    """References (ARNs), by what they hold."""

    owner_secret: str
    app_secret: str
    key_secret: str


def provision_database(
    run: Run,
    *,
    settings: Settings,
    containers: ContainerServices,
    databases: AppDatabases,
    secrets: Secrets,
) -> DatabaseSecrets:
    """The app's own database, made by its first generation and kept by all later ones."""
    database = names.app_database(run)
    if _is_left_over(run, settings=settings, containers=containers, secrets=secrets):
        databases.drop(database)
    if not databases.exists(database):
        secrets.put(_mark(run, settings), run.generation_id)

    def name(kind: str) -> str:
        return names.app_secret(settings, run, kind)

    return settle(database, name, databases=databases, secrets=secrets)


def settle(
    database: str, name: NameOf, *, databases: AppDatabases, secrets: Secrets
) -> DatabaseSecrets:
    """Completes a database and its secrets; safe to repeat wherever it was interrupted."""
    ready = references(name, secrets=secrets)
    if ready is not None and databases.exists(database):
        return ready
    address = databases.create(database)
    return DatabaseSecrets(
        owner_secret=secrets.put(name(OWNER), address.owner_dsn),
        app_secret=secrets.put(name(APP), address.app_dsn),
        # Last, so that three references mean that all of it was done.
        key_secret=secrets.reference(name(KEY)) or secrets.put(name(KEY), _secret_key()),
    )


def references(name: NameOf, *, secrets: Secrets) -> DatabaseSecrets | None:
    """None until all three are there."""
    owner, app, key = (secrets.reference(name(kind)) for kind in (OWNER, APP, KEY))
    return DatabaseSecrets(owner, app, key) if owner and app and key else None


def app_references(run: Run, *, settings: Settings, secrets: Secrets) -> DatabaseSecrets:
    """Raises `Conflict` when the database was not provisioned."""
    found = references(lambda kind: names.app_secret(settings, run, kind), secrets=secrets)
    if found is None:
        raise Conflict(f"the database of {run.slug!r} is not provisioned")
    return found


def is_first(run: Run, *, settings: Settings, secrets: Secrets) -> bool:
    """Whether this generation made the app's database and the app never was live: only then may it be undone."""
    return secrets.read(_mark(run, settings)) == run.generation_id


def lift_mark(run: Run, *, settings: Settings, secrets: Secrets) -> None:
    """From now on there is nothing to undo: the app is live, or gone."""
    if is_first(run, settings=settings, secrets=secrets):
        secrets.delete(_mark(run, settings))


def drop(database: str, name: NameOf, *, databases: AppDatabases, secrets: Secrets) -> None:
    """The secrets too, so that nothing that could be complete is left."""
    databases.drop(database)
    for kind in (OWNER, APP, KEY):
        secrets.delete(name(kind))


def _is_left_over(
    run: Run, *, settings: Settings, containers: ContainerServices, secrets: Secrets
) -> bool:
    """A first generation failed before and its clean-up never ended: its database is half made, and nobody's."""
    maker = secrets.read(_mark(run, settings))
    is_foreign = maker is not None and maker != run.generation_id
    return is_foreign and containers.service(names.service(run)) is None


def _mark(run: Run, settings: Settings) -> str:
    return names.app_secret(settings, run, FIRST)


def _secret_key() -> str:
    return randomness.token_urlsafe(48)
