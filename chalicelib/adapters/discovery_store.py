"""Conversations, in PostgreSQL: the discovery with its MVS, and what changes it, each in one transaction.

In: a `Database`. Out: `Discovery`, `Turn`. Callers: use cases and doors, by way of `wiring.py`. Implements
`discovery.ports.DiscoveryStore` with `discovery_turns.py` beside it. The surprise: everything that writes first takes
the discovery's row, so that steps happen one after another; which MVS they saw is compared under that lock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn
from uuid import UUID

from psycopg.types.json import Jsonb

from chalicelib.adapters import app_store, discovery_turns
from chalicelib.adapters.audit_log import record
from chalicelib.adapters.database import Database, Session
from chalicelib.adapters.discovery_turns import refuse_while_running
from chalicelib.adapters.pages import bounds, page
from chalicelib.discovery.records import Begun, Discovery, Failure, Outcome, Step, Turn
from chalicelib.errors import Conflict, NotFound
from chalicelib.tenancy.pages import Page

CREATE: Final = """
insert into platform.discoveries (tenant_id, title, locale, engine, created_by)
values (%(tenant_id)s, %(title)s, %(locale)s, %(engine)s, %(by)s)
returning id, tenant_id, title, locale, engine, status, blueprint_key, industry, mvs, mvs_version, app_id, created_by,
    created_at, updated_at, ended_at
"""
READ: Final = """
select id, tenant_id, title, locale, engine, status, blueprint_key, industry, mvs, mvs_version, app_id, created_by,
    created_at, updated_at, ended_at
from platform.discoveries where tenant_id = %(tenant_id)s and id = %(discovery_id)s
"""
LOCK: Final = """
select id, tenant_id, title, locale, engine, status, blueprint_key, industry, mvs, mvs_version, app_id, created_by,
    created_at, updated_at, ended_at
from platform.discoveries where tenant_id = %(tenant_id)s and id = %(discovery_id)s for no key update
"""
PAGE: Final = """
select id, tenant_id, title, locale, engine, status, blueprint_key, industry, null::jsonb as mvs, mvs_version, app_id, created_by,
    created_at, updated_at, ended_at
from platform.discoveries
where tenant_id = %(tenant_id)s
    and (
        %(before_at)s::timestamptz is null
        or (created_at, id) < (%(before_at)s::timestamptz, %(before_id)s::uuid)
    )
order by created_at desc, id desc
limit %(fetched)s
"""
"""Without their MVSs: lists don't show them, and a page of the largest would be 25 MB."""
CHANGE: Final = """
update platform.discoveries
set mvs = %(mvs)s, mvs_version = mvs_version + %(steps)s, title = %(title)s, blueprint_key = %(blueprint_key)s,
    industry = %(industry)s, updated_at = now()
where tenant_id = %(tenant_id)s and id = %(discovery_id)s
"""
CLOSE: Final = """
update platform.discoveries
set status = %(status)s, app_id = %(app_id)s, ended_at = now(), updated_at = now()
where tenant_id = %(tenant_id)s and id = %(discovery_id)s
"""


class PostgresDiscoveries:
    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, tenant_id: UUID, begun: Begun) -> Discovery:
        with self._database.tenant_session(tenant_id) as session:
            values = {"title": begun.title, "locale": begun.locale, "engine": begun.engine}
            made = session.one(Discovery, CREATE, by=begun.by, **values)
            assert made is not None  # an insert without a conflict clause returns its row or raises
            record(session, begun.by, "discovery.created", made.id, after=values)
            if begun.first:
                add_step(session, made, begun.first)
            return read(session, made.id)

    def read(self, tenant_id: UUID, discovery_id: UUID) -> Discovery:
        with self._database.tenant_session(tenant_id) as session:
            return read(session, discovery_id)

    def page(
        self, tenant_id: UUID, *, cursor: str | None = None, limit: int = 50
    ) -> Page[Discovery]:
        values = bounds(cursor, limit)
        with self._database.tenant_session(tenant_id) as session:
            return page(session.all(Discovery, PAGE, **values), limit)

    def turns(
        self, tenant_id: UUID, discovery_id: UUID, *, after: int = 0, limit: int = 50
    ) -> tuple[Turn, ...]:
        with self._database.tenant_session(tenant_id) as session:
            read(session, discovery_id)
            return discovery_turns.following(session, discovery_id, after, limit)

    def latest(self, tenant_id: UUID, discovery_id: UUID, *, limit: int = 20) -> tuple[Turn, ...]:
        with self._database.tenant_session(tenant_id) as session:
            return discovery_turns.latest(session, discovery_id, limit)

    def turn(self, tenant_id: UUID, discovery_id: UUID, number: int) -> Turn:
        with self._database.tenant_session(tenant_id) as session:
            return discovery_turns.read(session, discovery_id, number)

    def add(self, tenant_id: UUID, discovery_id: UUID, step: Step, *, version: int) -> Turn:
        with self._database.tenant_session(tenant_id) as session:
            discovery = open_at(session, discovery_id, version)
            return add_step(session, discovery, step)

    def begin(
        self,
        tenant_id: UUID,
        discovery_id: UUID,
        *,
        said: str,
        by: str,
        reserve_microdollars: int,
        month_microdollars_max: int,
    ) -> Turn:
        with self._database.tenant_session(tenant_id) as session:
            reserved = discovery_turns.reserved(
                session, reserve_microdollars, month_microdollars_max
            )
            open_at(session, discovery_id)
            return discovery_turns.begin(session, discovery_id, said, by, reserved)

    def again(
        self,
        tenant_id: UUID,
        discovery_id: UUID,
        number: int,
        *,
        reserve_microdollars: int,
        month_microdollars_max: int,
    ) -> Turn:
        with self._database.tenant_session(tenant_id) as session:
            reserved = discovery_turns.reserved(
                session, reserve_microdollars, month_microdollars_max
            )
            open_at(session, discovery_id)
            return discovery_turns.again(session, discovery_id, number, reserved)

    def finish(
        self,
        tenant_id: UUID,
        turn: Turn,
        outcome: Outcome | Failure,
        calls: Sequence[Mapping[str, Any]],
        *,
        was_seen: bool = True,
    ) -> Turn:
        with self._database.tenant_session(tenant_id) as session:
            discovery = locked(session, turn.discovery_id)
            standing = discovery_turns.read(session, turn.discovery_id, turn.number)
            discovery_turns.book(session, turn, calls)
            if (standing.status, standing.attempt) != ("running", turn.attempt):
                return standing
            if isinstance(outcome, Failure):
                if not was_seen:
                    discovery_turns.book_unseen(session, standing)
                return discovery_turns.fail(session, standing, outcome)
            before = change(session, discovery, outcome, turn.created_by)
            return discovery_turns.finish(session, standing, outcome, before)

    def approve(self, tenant_id: UUID, discovery_id: UUID, *, version: int, by: str) -> Discovery:
        with self._database.tenant_session(tenant_id) as session:
            if locked(session, discovery_id).status == "approved":
                return read(session, discovery_id)
            discovery = open_at(session, discovery_id, version)
            if discovery.mvs is None:
                raise Conflict("There is nothing to approve yet. Say what the business does.")
            mvs = discovery.mvs
            app = app_store.insert(session, mvs["name"], discovery.locale, mvs)
            record(session, by, "app.created", app.id, after=app_store.told(app))
            session.run(CLOSE, discovery_id=discovery_id, status="approved", app_id=app.id)
            told = {"status": "approved", "app_id": str(app.id)}
            record(session, by, "discovery.approved", discovery_id, after=told)
            return read(session, discovery_id)

    def abandon(self, tenant_id: UUID, discovery_id: UUID, *, by: str) -> Discovery:
        with self._database.tenant_session(tenant_id) as session:
            if locked(session, discovery_id).status == "abandoned":
                return read(session, discovery_id)
            open_at(session, discovery_id)
            session.run(CLOSE, discovery_id=discovery_id, status="abandoned", app_id=None)
            told = {"status": "abandoned"}
            record(session, by, "discovery.abandoned", discovery_id, after=told)
            return read(session, discovery_id)


def read(session: Session, discovery_id: UUID) -> Discovery:
    return session.one(Discovery, READ, discovery_id=discovery_id) or missing(discovery_id)


def locked(session: Session, discovery_id: UUID) -> Discovery:
    """Holds it until the transaction ends."""
    return session.one(Discovery, LOCK, discovery_id=discovery_id) or missing(discovery_id)


def open_at(session: Session, discovery_id: UUID, version: int | None = None) -> Discovery:
    """Locked, open, with nothing under way, and at the version that was seen. Raises `Conflict`."""
    discovery = locked(session, discovery_id)
    if not discovery.is_open:
        raise Conflict(
            f"This discovery was {discovery.status}. Begin another one.", status=discovery.status
        )
    refuse_while_running(session, discovery_id)
    if version is not None and version != discovery.mvs_version:
        raise Conflict(
            f"The MVS changed meanwhile: it is at version {discovery.mvs_version}. Read it again.",
            version=discovery.mvs_version,
        )
    return discovery


def add_step(session: Session, discovery: Discovery, step: Step) -> Turn:
    """In the caller's transaction, on a discovery that `open_at` gave."""
    before = change(session, discovery, step.outcome, step.by)
    return discovery_turns.add(session, discovery.id, step, before)


def change(
    session: Session, discovery: Discovery, outcome: Outcome, by: str
) -> dict[str, Any] | None:
    """The MVS before, if it changed and there was one."""
    settings = {
        "title": discovery.title,
        "blueprint_key": discovery.blueprint_key,
        "industry": discovery.industry,
        **outcome.settings,
    }
    is_changed = outcome.mvs is not None and outcome.mvs != discovery.mvs
    if not is_changed and not outcome.settings:
        return None
    mvs = outcome.mvs if is_changed else discovery.mvs
    session.run(
        CHANGE,
        discovery_id=discovery.id,
        mvs=None if mvs is None else Jsonb(mvs),
        steps=int(is_changed),
        **settings,
    )
    if not is_changed:
        return None
    told = {"mvs_version": discovery.mvs_version + 1}
    was = {"mvs_version": discovery.mvs_version}
    record(session, by, "discovery.changed", discovery.id, before=was, after=told)
    return discovery.mvs


def missing(discovery_id: UUID) -> NoReturn:
    raise NotFound(f"There is no discovery {discovery_id} here.")
