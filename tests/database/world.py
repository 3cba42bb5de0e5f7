"""What the database tests act on: a migrated database, its connections, tenants with a row in every table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import psycopg

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Platform:
    """One migrated database, and who may sign in to it."""

    admin_dsn: str
    app_dsn: str

    def admin(self) -> Connection:
        return psycopg.connect(self.admin_dsn, autocommit=True)

    def owner(self) -> Connection:
        connection = self.admin()
        connection.execute("set role fragua_owner")
        return connection

    def app(self) -> Connection:
        return psycopg.connect(self.app_dsn)


@dataclass(frozen=True)
class Tenant:
    id: UUID
    app_id: UUID
    generation_id: UUID
    user_id: UUID


# One row in every table, as the superuser, whom no policy binds.
ROWS = """
with
organization as (insert into platform.organizations (id, name) values (%(id)s, 'A tenant')),
person as (insert into platform.users (id, email, name) values (%(user_id)s, %(email)s, 'A person')),
member as (insert into platform.memberships (tenant_id, user_id, role) values (%(id)s, %(user_id)s, 'owner')),
route as (insert into platform.api_key_routes (prefix, organization_id) values (%(prefix)s, %(id)s)),
key as (
    insert into platform.api_keys (tenant_id, prefix, secret_sha256, name, role, created_by)
    values (%(id)s, %(prefix)s, %(secret_sha256)s, 'a key', 'owner', 'system:test')
),
app as (
    insert into platform.apps (tenant_id, id, name, slug, locale, mvs, mvs_sha256)
    values (%(id)s, %(app_id)s, 'An app', %(slug)s, 'en', '{}', %(digest)s)
),
generation as (
    insert into platform.generations
        (tenant_id, id, app_id, version, engine, mvs_sha256, request_sha256, quota_month, created_by)
    values
        (%(id)s, %(generation_id)s, %(app_id)s, 1, 'offline', %(digest)s, %(digest)s, '2026-01-01', 'system:test')
),
blueprint as (
    insert into platform.blueprints (tenant_id, key, name, locale, body) values (%(id)s, 'clinic', 'Clinic', 'en', '{}')
),
overlay as (
    insert into platform.industry_overlays (tenant_id, industry, locale, body) values (%(id)s, 'dental', 'en', '{}')
),
offered as (
    insert into platform.marketplace_templates (tenant_id, key, name, locale, body)
    values (%(id)s, 'clinic', 'Clinic', 'en', '{}')
),
used as (
    insert into platform.usage_metrics (tenant_id, generation_id, source, metric, quantity)
    values (%(id)s, %(generation_id)s, 'a stage', 'output_tokens', 1)
)
insert into platform.audit_log (tenant_id, actor, action, subject_id)
values (%(id)s, 'system:test', 'app.created', %(app_id)s)
"""


def add_tenant(connection: Connection) -> Tenant:
    tenant = Tenant(uuid4(), uuid4(), uuid4(), uuid4())
    mark = tenant.id.hex
    connection.execute(
        ROWS,
        {
            "id": tenant.id,
            "user_id": tenant.user_id,
            "app_id": tenant.app_id,
            "generation_id": tenant.generation_id,
            "email": f"{mark}@example.org",
            "prefix": mark[:8],
            "secret_sha256": bytes(32),
            "slug": mark,
            "digest": "0" * 64,
        },
    )
    return tenant


def act_for(connection: Connection, tenant_id: UUID | str) -> None:
    connection.execute("select set_config('app.current_tenant_id', %s, true)", [str(tenant_id)])
