"""Organizations that are due to go, in PostgreSQL; and the list of what is due of all of them.

In: a `Database`. Out: `Built`, `TenantJob`. Callers: the jobs `purge` and `tenant_jobs`, by way of `wiring.py`. Implements
`tenancy.deletion.DeletionStore` and `JobList`. The surprise: what is erased is decided in the database, by a function
that refuses every organization that was not deleted; from here nothing could be erased by mistake.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from chalicelib.adapters.audit_log import record
from chalicelib.adapters.database import Database
from chalicelib.tenancy.deletion import BY, Built, TenantJob

MOST_AT_ONCE: Final = 100

STATE: Final = """
select deleted_at is not null as is_deleted, coalesce(deletion_due_at <= now(), false) as is_due
from platform.organizations where tenant_id = %(tenant_id)s
for no key update
"""
CLOSE: Final = """
update platform.organizations set deleted_at = now(), updated_at = now() where tenant_id = %(tenant_id)s
"""
BUILT: Final = """
select generation.id as generation_id, app.id as app_id, app.number as app_number, app.slug, generation.version,
    app.locale, generation.status in ('queued', 'running') as is_open, generation.ended_at
from platform.apps as app
join platform.generations as generation on generation.tenant_id = app.tenant_id and generation.app_id = app.id
where app.tenant_id = %(tenant_id)s and app.mvs <> '{}'
order by app.number, generation.version desc
"""
# What `erase_organization` leaves of an app; without its MVS it counts as removed.
REMOVED: Final = """
update platform.apps
set name = 'deleted', mvs = '{}', live_generation_id = null, updated_at = now(),
    mvs_sha256 = '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
    deleted_at = coalesce(deleted_at, now())
where tenant_id = %(tenant_id)s and id = %(app_id)s
"""
ERASE: Final = "select platform.erase_organization(%(most)s) as number"
TAKE: Final = """
select organization_id as tenant_id, job, subject_id from platform.take_tenant_jobs(%(most)s, %(lease_s)s)
"""


@dataclass(frozen=True)
class State:
    is_deleted: bool
    is_due: bool


@dataclass(frozen=True)
class Erased:
    number: int


class PostgresDeletionStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def close(self, tenant_id: UUID) -> bool:
        with self._database.tenant_session(tenant_id) as session:
            state = session.one(State, STATE)
            if state is None or not state.is_due:
                return False
            if not state.is_deleted:
                session.run(CLOSE)
                record(session, BY, "organization.deleted", tenant_id)
            return True

    def built(self, tenant_id: UUID) -> list[Built]:
        with self._database.tenant_session(tenant_id) as session:
            return session.all(Built, BUILT)

    def removed(self, tenant_id: UUID, app_id: UUID) -> None:
        with self._database.tenant_session(tenant_id) as session:
            session.run(REMOVED, app_id=app_id)

    def erase(self, tenant_id: UUID, *, most: int) -> bool:
        with self._database.tenant_session(tenant_id) as session:
            erased = session.one(Erased, ERASE, most=most)
        return bool(erased and erased.number)

    def take(self, lease_s: int) -> list[TenantJob]:
        with self._database.session_outside_tenants() as session:
            return session.all(TenantJob, TAKE, most=MOST_AT_ONCE, lease_s=lease_s)
