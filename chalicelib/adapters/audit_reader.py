"""The audit log as people read it, in PostgreSQL.

In: a `Database`. Out: `Page[Line]`. Callers: the HTTP door, by way of `wiring.py`. Implements `tenancy.audit.AuditLog`.
The surprise: an actor is a text, not a reference, so that a line outlives whoever it tells of; the name beside it is
looked up when it is read.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict
from typing import Final
from uuid import UUID

from chalicelib.adapters.audit_log import record
from chalicelib.adapters.database import Database
from chalicelib.adapters.pages import not_ours
from chalicelib.tenancy.audit import Action, Line, LookedFor
from chalicelib.tenancy.pages import Page

ID_MAX: Final = 2**63 - 1

PAGE: Final = """
with line as materialized (
    select * from platform.audit_log
    where tenant_id = %(tenant_id)s
        and (%(before_id)s::bigint is null or id < %(before_id)s)
        and (%(actor)s::text is null or actor = %(actor)s)
        and (%(action)s::text is null or action = %(action)s)
        and (%(subject_id)s::uuid is null or subject_id = %(subject_id)s)
        and (%(since)s::timestamptz is null or recorded_at >= %(since)s)
        and (%(until)s::timestamptz is null or recorded_at < %(until)s)
    order by id desc
    limit %(fetched)s
),
known as materialized (
    select 'user:' || person.user_id as actor, person.name from platform.people_here() as person
    where exists (select from line where line.actor like 'user:%%')
    union all
    select 'api_key:' || api_key.id, api_key.name from platform.api_keys as api_key
    where api_key.tenant_id = %(tenant_id)s
        and api_key.id = any (array(
            select substr(line.actor, 9)::uuid from line where line.actor ~ '^api_key:[0-9a-f-]{36}$'
        ))
)
select line.id, line.recorded_at, line.actor, known.name as actor_name, line.action, line.subject_id,
    host(line.source_ip) as source_ip, line.user_agent, line.request_id,
    coalesce(line.facts -> 'before', '{}') as before, coalesce(line.facts -> 'after', '{}') as after,
    line.facts - 'before' - 'after' as facts
from line left join known on known.actor = line.actor
order by line.id desc
"""


class PostgresAuditLog:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, tenant_id: UUID, by: str, action: Action, subject_id: UUID) -> None:
        with self._database.tenant_session(tenant_id) as session:
            record(session, by, action, subject_id)

    def page(
        self, tenant_id: UUID, looked_for: LookedFor, *, cursor: str | None, limit: int
    ) -> Page[Line]:
        before_id = position(cursor) if cursor else None
        with self._database.tenant_session(tenant_id) as session:
            lines = session.all(
                Line, PAGE, before_id=before_id, fetched=limit + 1, **asdict(looked_for)
            )
        items = tuple(lines[:limit])
        return Page(items, cursor_after(items[-1]) if len(lines) > limit else None)


def cursor_after(line: Line) -> str:
    return urlsafe_b64encode(str(line.id).encode()).decode()


def position(cursor: str) -> int:
    try:
        found = int(urlsafe_b64decode(cursor.encode()).decode("ascii"))
        if 0 < found <= ID_MAX:
            return found
        raise ValueError(found)
    except ValueError:  # binascii's and the codecs' errors are among them
        raise not_ours() from None
