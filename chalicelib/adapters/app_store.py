"""Apps, in PostgreSQL.

In: a `Database`. Out: `App`, `Page[App]`. Callers: use cases and doors, by way of `wiring.py`. Implements
`generation.records.AppStore`. The surprise: a slug taken by another tenant can't be seen, only collided with; then the
app gets the slug with a random ending.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from uuid import UUID

from psycopg.types.json import Jsonb

from chalicelib.adapters.audit_log import record
from chalicelib.adapters.database import Database, Reference, Session
from chalicelib.adapters.pages import bounds, page
from chalicelib.errors import Conflict, NotFound
from chalicelib.generation.records import App, mvs_digest
from chalicelib.tenancy.pages import Page

T = TypeVar("T")

SLUG_CHARACTERS_MAX: Final = 40
SLUG_TRIES: Final = 5
RESERVED_SLUGS: Final = frozenset(
    [
        "admin",
        "api",
        "app",
        "apps",
        "assets",
        "auth",
        "billing",
        "console",
        "docs",
        "help",
        "mail",
        "static",
        "status",
        "support",
        "www",
    ]
)

CREATE: Final = """
insert into platform.apps (tenant_id, name, slug, locale, mvs, mvs_sha256)
values (%(tenant_id)s, %(name)s, %(slug)s, %(locale)s, %(mvs)s, %(mvs_sha256)s)
on conflict (slug) do nothing
returning id, tenant_id, name, slug, number, locale, mvs_sha256, live_generation_id, null as url, created_at, updated_at
"""
READ: Final = """
select app.id, app.tenant_id, app.name, app.slug, app.number, app.locale, app.mvs_sha256, app.live_generation_id,
    live.url, app.created_at, app.updated_at
from platform.apps as app
left join platform.generations as live
    on live.tenant_id = app.tenant_id and live.app_id = app.id and live.id = app.live_generation_id
where app.tenant_id = %(tenant_id)s and app.id = %(app_id)s and app.deleted_at is null
"""
PAGE: Final = """
select app.id, app.tenant_id, app.name, app.slug, app.number, app.locale, app.mvs_sha256, app.live_generation_id,
    live.url, app.created_at, app.updated_at
from platform.apps as app
left join platform.generations as live
    on live.tenant_id = app.tenant_id and live.app_id = app.id and live.id = app.live_generation_id
where app.tenant_id = %(tenant_id)s and app.deleted_at is null
    and (
        %(before_at)s::timestamptz is null
        or (app.created_at, app.id) < (%(before_at)s::timestamptz, %(before_id)s::uuid)
    )
order by app.created_at desc, app.id desc
limit %(fetched)s
"""
MVS: Final = """
select mvs from platform.apps where tenant_id = %(tenant_id)s and id = %(app_id)s and deleted_at is null
"""
UPDATE_MVS: Final = """
update platform.apps set mvs = %(mvs)s, mvs_sha256 = %(mvs_sha256)s, updated_at = now()
where tenant_id = %(tenant_id)s and id = %(app_id)s and deleted_at is null
"""
LOCK: Final = """
select mvs_sha256 from platform.apps
where tenant_id = %(tenant_id)s and id = %(app_id)s and deleted_at is null
for no key update
"""
OPEN_GENERATION: Final = """
select id from platform.generations
where tenant_id = %(tenant_id)s and app_id = %(app_id)s and status in ('queued', 'running')
"""
DELETE: Final = """
update platform.apps set deleted_at = now(), updated_at = now()
where tenant_id = %(tenant_id)s and id = %(app_id)s
"""


@dataclass(frozen=True)
class StoredMvs:
    mvs: dict[str, Any]


@dataclass(frozen=True)
class MvsDigest:
    mvs_sha256: str


class PostgresAppStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self, tenant_id: UUID, *, name: str, locale: str, mvs: Mapping[str, Any], by: str
    ) -> App:
        with self._database.tenant_session(tenant_id) as session:
            app = insert(session, name, locale, mvs)
            record(session, by, "app.created", app.id, after=told(app))
            return app

    def read(self, tenant_id: UUID, app_id: UUID) -> App:
        with self._database.tenant_session(tenant_id) as session:
            return read(session, app_id)

    def page(self, tenant_id: UUID, *, cursor: str | None = None, limit: int = 50) -> Page[App]:
        values = bounds(cursor, limit)
        with self._database.tenant_session(tenant_id) as session:
            return page(session.all(App, PAGE, **values), limit)

    def mvs(self, tenant_id: UUID, app_id: UUID) -> dict[str, Any]:
        with self._database.tenant_session(tenant_id) as session:
            return found(session.one(StoredMvs, MVS, app_id=app_id), app_id).mvs

    def update_mvs(self, tenant_id: UUID, app_id: UUID, *, mvs: Mapping[str, Any], by: str) -> App:
        digest = mvs_digest(mvs)
        with self._database.tenant_session(tenant_id) as session:
            locked_mvs_digest(session, app_id)
            before = told(read(session, app_id))
            session.run(UPDATE_MVS, app_id=app_id, mvs=Jsonb(dict(mvs)), mvs_sha256=digest)
            app = read(session, app_id)
            record(session, by, "app.changed", app_id, before=before, after=told(app))
            return app

    def delete(self, tenant_id: UUID, app_id: UUID, *, by: str) -> None:
        with self._database.tenant_session(tenant_id) as session:
            locked_mvs_digest(session, app_id)
            refuse_while_open(session, app_id)
            before = told(read(session, app_id))
            session.run(DELETE, app_id=app_id)
            record(session, by, "app.deleted", app_id, before=before)


def told(app: App) -> dict[str, Any]:
    """What the audit log tells of an app."""
    return {
        "name": app.name,
        "slug": app.slug,
        "locale": app.locale,
        "mvs_sha256": app.mvs_sha256,
    }


def insert(session: Session, name: str, locale: str, mvs: Mapping[str, Any]) -> App:
    values = {
        "name": name,
        "locale": locale,
        "mvs": Jsonb(dict(mvs)),
        "mvs_sha256": mvs_digest(mvs),
    }
    for slug in slugs(name):
        if app := session.one(App, CREATE, slug=slug, **values):
            return app
    raise Conflict(f"No free address was found for {name!r}. Give the app another name.")


def slugs(name: str) -> Iterator[str]:
    """The slug of the name, then, as long as it is taken, the same with random endings."""
    slug = slug_of(name)
    if slug not in RESERVED_SLUGS:
        yield slug
    for _ in range(SLUG_TRIES):
        ending = secrets.token_hex(3)
        yield f"{slug[: SLUG_CHARACTERS_MAX - len(ending) - 1].rstrip('-')}-{ending}"


def slug_of(name: str) -> str:
    """A DNS label: 'Clínica Sonrisa' → 'clinica-sonrisa'. A name without Latin letters or digits becomes 'app'."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:SLUG_CHARACTERS_MAX].rstrip("-") or "app"


def read(session: Session, app_id: UUID) -> App:
    return found(session.one(App, READ, app_id=app_id), app_id)


def locked_mvs_digest(session: Session, app_id: UUID) -> str:
    """Holds the app until the transaction ends, so that it isn't deleted while a generation starts."""
    return found(session.one(MvsDigest, LOCK, app_id=app_id), app_id).mvs_sha256


def refuse_while_open(session: Session, app_id: UUID) -> None:
    if is_open := session.one(Reference, OPEN_GENERATION, app_id=app_id):
        raise Conflict(
            f"Generation {is_open.id} of this app is still open. Cancel it or wait for its end.",
            generation_id=str(is_open.id),
        )


def found(row: T | None, app_id: UUID) -> T:
    if row is None:
        raise NotFound(f"There is no app {app_id} here.")
    return row
