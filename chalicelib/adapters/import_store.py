"""Spreadsheets given to conversations, in PostgreSQL.

In: a `Database`. Out: `Import`. Callers: use cases and doors, by way of `wiring.py`. Implements
`discovery.import_records.ImportStore`. The surprise: a merge locks the conversation before the import, as every step of a
conversation does, so a file and a message can't both change the same MVS; that change is what the audit log tells of.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb

from chalicelib.adapters.database import Database, Session
from chalicelib.adapters.discovery_store import add_step, locked, open_at
from chalicelib.adapters.discovery_store import read as read_discovery
from chalicelib.discovery.import_records import IMPORTS_MAX, Import, ImportStatus
from chalicelib.discovery.records import Step
from chalicelib.errors import Conflict, NotFound

CREATE: Final = """
insert into platform.discovery_imports (tenant_id, discovery_id, filename, created_by)
values (%(tenant_id)s, %(discovery_id)s, %(filename)s, %(by)s)
returning id, tenant_id, discovery_id, filename, status, report, created_by, created_at, ended_at
"""
READ: Final = """
select id, tenant_id, discovery_id, filename, status, report, created_by, created_at, ended_at
from platform.discovery_imports
where tenant_id = %(tenant_id)s and discovery_id = %(discovery_id)s and id = %(import_id)s
"""
LOCK: Final = """
select id, tenant_id, discovery_id, filename, status, report, created_by, created_at, ended_at
from platform.discovery_imports
where tenant_id = %(tenant_id)s and discovery_id = %(discovery_id)s and id = %(import_id)s for no key update
"""
ALL: Final = """
select id, tenant_id, discovery_id, filename, status, report, created_by, created_at, ended_at
from platform.discovery_imports
where tenant_id = %(tenant_id)s and discovery_id = %(discovery_id)s
order by created_at, id
"""
CLOSE: Final = """
update platform.discovery_imports set status = %(status)s, report = %(report)s, ended_at = now()
where tenant_id = %(tenant_id)s and id = %(import_id)s
"""


class PostgresImports:
    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, tenant_id: UUID, discovery_id: UUID, *, filename: str, by: str) -> Import:
        with self._database.tenant_session(tenant_id) as session:
            discovery = locked(session, discovery_id)
            if not discovery.is_open:
                raise Conflict(f"This discovery was {discovery.status}. Begin another one.")
            if len(session.all(Import, ALL, discovery_id=discovery_id)) >= IMPORTS_MAX:
                raise Conflict(f"A discovery takes {IMPORTS_MAX} files.", limit=IMPORTS_MAX)
            made = session.one(Import, CREATE, discovery_id=discovery_id, filename=filename, by=by)
            assert made is not None  # an insert without a conflict clause returns its row or raises
            return made

    def read(self, tenant_id: UUID, discovery_id: UUID, import_id: UUID) -> Import:
        with self._database.tenant_session(tenant_id) as session:
            return _found(session, READ, discovery_id, import_id)

    def all(self, tenant_id: UUID, discovery_id: UUID) -> tuple[Import, ...]:
        with self._database.tenant_session(tenant_id) as session:
            read_discovery(session, discovery_id)
            return tuple(session.all(Import, ALL, discovery_id=discovery_id))

    def merge(
        self, known: Import, report: Mapping[str, Any], step: Step, *, version: int
    ) -> Import:
        with self._database.tenant_session(known.tenant_id) as session:
            locked(session, known.discovery_id)
            standing = _found(session, LOCK, known.discovery_id, known.id)
            if standing.status != "waiting":
                return standing
            add_step(session, open_at(session, known.discovery_id, version), step)
            return _close(session, known, "merged", report)

    def refuse(self, known: Import, report: Mapping[str, Any]) -> Import:
        with self._database.tenant_session(known.tenant_id) as session:
            standing = _found(session, LOCK, known.discovery_id, known.id)
            if standing.status != "waiting":
                return standing
            return _close(session, known, "refused", report)


def _found(session: Session, statement: Any, discovery_id: UUID, import_id: UUID) -> Import:
    found = session.one(Import, statement, discovery_id=discovery_id, import_id=import_id)
    if found is None:
        raise NotFound(f"There is no import {import_id} here.")
    return found


def _close(
    session: Session, known: Import, status: ImportStatus, report: Mapping[str, Any]
) -> Import:
    session.run(CLOSE, import_id=known.id, status=status, report=Jsonb(dict(report)))
    return _found(session, READ, known.discovery_id, known.id)
