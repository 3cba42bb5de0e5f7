"""Exports, in PostgreSQL: which were asked for, and the rows that go into them.

In: a `Database`. Out: `Export`, rows as JSON. Callers: the job `export`, doors, by way of `wiring.py`. Implements
`tenancy.exports.ExportStore`. The surprise: a table's query takes the whole row, so a column that is added next year is
in the export without anybody thinking of it; secrets are taken out by name, and a test compares both with the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, LiteralString
from uuid import UUID

from chalicelib.adapters.audit_log import record
from chalicelib.adapters.database import Database
from chalicelib.adapters.organization_row import locked
from chalicelib.errors import Conflict, NotFound
from chalicelib.tenancy.exports import Export, ExportedApp

LATE_AFTER: Final = timedelta(hours=12)
KEPT_FOR: Final = timedelta(days=7)
"""As long as the bucket keeps them: infra/app.yaml."""

REQUEST: Final = """
insert into platform.organization_exports (tenant_id, id, requested_by)
values (%(tenant_id)s, gen_random_uuid(), %(by)s)
returning id, created_at, ready_at, failed_at, object_key, size_bytes, false as is_late, false as is_gone
"""
READ: Final = """
select id, created_at, ready_at, failed_at, object_key, size_bytes,
    created_at < now() - %(late_after)s as is_late,
    coalesce(ready_at < now() - %(kept_for)s, false) as is_gone
from platform.organization_exports where tenant_id = %(tenant_id)s and id = %(export_id)s
"""
PENDING: Final = """
select id, created_at, ready_at, failed_at, object_key, size_bytes, false as is_late, false as is_gone
from platform.organization_exports
where tenant_id = %(tenant_id)s and ready_at is null and failed_at is null and created_at >= now() - %(late_after)s
order by created_at desc limit 1
"""
FINISH: Final = """
update platform.organization_exports set ready_at = now(), object_key = %(key)s, size_bytes = %(size_bytes)s
where tenant_id = %(tenant_id)s and id = %(export_id)s and ready_at is null
"""
GIVE_UP: Final = """
update platform.organization_exports set failed_at = now()
where tenant_id = %(tenant_id)s and id = %(export_id)s and ready_at is null and failed_at is null
"""
SLUGS: Final = """
select slug from platform.apps where tenant_id = %(tenant_id)s and deleted_at is null order by slug
"""
APP: Final = """
select app.slug, app.mvs,
    (
        select generation.id from platform.generations as generation
        where generation.tenant_id = app.tenant_id and generation.app_id = app.id
        order by generation.created_at desc, generation.id desc limit 1
    ) as generation_id
from platform.apps as app where app.tenant_id = %(tenant_id)s and app.slug = %(slug)s
"""
LINES: Final[Mapping[str, LiteralString]] = {
    "people": "select to_jsonb(one)::text as line from platform.people_here() as one",
    "organizations": """
select to_jsonb(one)::text as line from platform.organizations as one where one.tenant_id = %(tenant_id)s
""",
    "memberships": """
select to_jsonb(one)::text as line from platform.memberships as one where one.tenant_id = %(tenant_id)s
""",
    "invitations": """
select (to_jsonb(one) - 'token_sha256')::text as line from platform.invitations as one
where one.tenant_id = %(tenant_id)s
""",
    "api_keys": """
select to_jsonb(one)::text as line
from (
    select tenant_id, id, prefix, name, role, scopes, created_by, created_at, expires_at, revoked_at, last_used_at
    from platform.api_keys where tenant_id = %(tenant_id)s
) as one
""",
    "apps": """
select to_jsonb(one)::text as line from platform.apps as one where one.tenant_id = %(tenant_id)s
""",
    "generations": """
select to_jsonb(one)::text as line from platform.generations as one where one.tenant_id = %(tenant_id)s
""",
    "discoveries": """
select to_jsonb(one)::text as line from platform.discoveries as one where one.tenant_id = %(tenant_id)s
""",
    "discovery_turns": """
select to_jsonb(one)::text as line from platform.discovery_turns as one where one.tenant_id = %(tenant_id)s
""",
    "discovery_imports": """
select to_jsonb(one)::text as line from platform.discovery_imports as one where one.tenant_id = %(tenant_id)s
""",
    "blueprints": """
select to_jsonb(one)::text as line from platform.blueprints as one where one.tenant_id = %(tenant_id)s
""",
    "industry_overlays": """
select to_jsonb(one)::text as line from platform.industry_overlays as one where one.tenant_id = %(tenant_id)s
""",
    "marketplace_templates": """
select to_jsonb(one)::text as line from platform.marketplace_templates as one where one.tenant_id = %(tenant_id)s
""",
    "usage_periods": """
select to_jsonb(one)::text as line from platform.usage_periods as one where one.tenant_id = %(tenant_id)s
""",
    "meter_events": """
select to_jsonb(one)::text as line from platform.meter_events as one where one.tenant_id = %(tenant_id)s
""",
    "usage_metrics": """
select to_jsonb(one)::text as line from platform.usage_metrics as one where one.tenant_id = %(tenant_id)s
""",
    "billing_accounts": """
select to_jsonb(one)::text as line from platform.billing_accounts as one where one.tenant_id = %(tenant_id)s
""",
    "subscriptions": """
select to_jsonb(one)::text as line from platform.subscriptions as one where one.tenant_id = %(tenant_id)s
""",
    "invoices": """
select to_jsonb(one)::text as line from platform.invoices as one where one.tenant_id = %(tenant_id)s
""",
    "payments": """
select to_jsonb(one)::text as line from platform.payments as one where one.tenant_id = %(tenant_id)s
""",
    "checkouts": """
select to_jsonb(one)::text as line from platform.checkouts as one where one.tenant_id = %(tenant_id)s
""",
    "audit_log": """
select to_jsonb(one)::text as line from platform.audit_log as one where one.tenant_id = %(tenant_id)s
""",
    "organization_exports": """
select to_jsonb(one)::text as line from platform.organization_exports as one where one.tenant_id = %(tenant_id)s
""",
}


@dataclass(frozen=True)
class Line:
    line: str


@dataclass(frozen=True)
class Slug:
    slug: str


class PostgresExportStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def request(self, tenant_id: UUID, *, by: str) -> Export:
        with self._database.tenant_session(tenant_id) as session:
            locked(session)
            if pending := session.one(Export, PENDING, late_after=LATE_AFTER):
                raise Conflict(
                    f"Export {pending.id} is still being written. Wait for it.",
                    export_id=str(pending.id),
                )
            made = _found(session.one(Export, REQUEST, by=by))
            record(session, by, "organization.export_requested", made.id)
            return made

    def read(self, tenant_id: UUID, export_id: UUID) -> Export:
        times = {"late_after": LATE_AFTER, "kept_for": KEPT_FOR}
        with self._database.tenant_session(tenant_id) as session:
            return _found(session.one(Export, READ, export_id=export_id, **times), export_id)

    def downloaded(self, tenant_id: UUID, export_id: UUID, *, by: str) -> None:
        with self._database.tenant_session(tenant_id) as session:
            record(session, by, "organization.export_downloaded", export_id)

    def tables(self) -> Iterable[str]:
        return LINES

    def lines(self, tenant_id: UUID, table: str) -> Iterator[str]:
        with self._database.tenant_session(tenant_id) as session:
            for one in session.stream(Line, LINES[table]):
                yield one.line

    def apps(self, tenant_id: UUID) -> Iterator[ExportedApp]:
        with self._database.tenant_session(tenant_id) as session:
            slugs = session.all(Slug, SLUGS)
        for one in slugs:
            with self._database.tenant_session(tenant_id) as session:
                if app := session.one(ExportedApp, APP, slug=one.slug):
                    yield app

    def finish(self, tenant_id: UUID, export_id: UUID, *, key: str, size_bytes: int) -> None:
        with self._database.tenant_session(tenant_id) as session:
            session.run(FINISH, export_id=export_id, key=key, size_bytes=size_bytes)

    def give_up(self, tenant_id: UUID, export_id: UUID) -> None:
        with self._database.tenant_session(tenant_id) as session:
            session.run(GIVE_UP, export_id=export_id)


def _found(row: Export | None, export_id: UUID | None = None) -> Export:
    if row is None:
        raise NotFound(f"There is no export {export_id} here.")
    return row
