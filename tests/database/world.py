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

    @property
    def identity(self) -> str:
        return f"email:{self.id.hex}@example.org"

    @property
    def token_sha256(self) -> str:
        return self.id.hex * 2


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
        (tenant_id, id, app_id, version, engine, mvs_sha256, request_sha256, quota_period_started_at, created_by)
    values
        (%(id)s, %(generation_id)s, %(app_id)s, 1, 'offline', %(digest)s, %(digest)s, '2026-01-01', 'system:test')
),
discovery as (
    insert into platform.discoveries (tenant_id, id, title, locale, engine, created_by)
    values (%(id)s, %(discovery_id)s, 'A talk', 'en', 'offline', 'system:test')
),
turn as (
    insert into platform.discovery_turns (tenant_id, discovery_id, number, kind, status, created_by, ended_at)
    values (%(id)s, %(discovery_id)s, 1, 'message', 'done', 'system:test', now())
),
given as (
    insert into platform.discovery_imports (tenant_id, discovery_id, filename, created_by)
    values (%(id)s, %(discovery_id)s, 'customers.csv', 'system:test')
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
credentials as (insert into platform.person_credentials (user_id) values (%(user_id)s)),
code as (insert into platform.recovery_codes (user_id, code_sha256) values (%(user_id)s, %(secret_sha256)s)),
ended as (insert into platform.ended_sessions (user_id, session_id) values (%(user_id)s, %(id)s)),
known as (insert into platform.identity_routes (identity, user_id) values ('email:' || %(email)s, %(user_id)s)),
linked as (
    insert into platform.linked_identities (user_id, provider, subject, email)
    values (%(user_id)s, 'google', %(email)s, %(email)s)
),
token as (
    insert into platform.one_time_tokens (token_sha256, purpose, expires_at)
    values (%(token_sha256)s, 'password_reset', now() + interval '1 hour')
),
invited as (
    insert into platform.invitations (tenant_id, email, role, invited_by, expires_at)
    values (%(id)s, 'somebody@example.org', 'viewer', 'system:test', now() + interval '1 day')
),
export as (insert into platform.organization_exports (tenant_id, requested_by) values (%(id)s, 'system:test')),
letter as (insert into platform.outbox (kind, locale, body) values ('password_reset', 'en', '{}')),
repeated as (
    insert into platform.idempotent_answers (tenant_id, actor, key_sha256, request_sha256)
    values (%(id)s, 'system:test', %(secret_sha256)s, %(secret_sha256)s)
),
period as (
    insert into platform.usage_periods (tenant_id, period_started_at, counted_tokens) values (%(id)s, '2026-01-01', 2)
),
billed as (
    insert into platform.meter_events (tenant_id, meter, quantity, generation_id, period_started_at)
    values (%(id)s, 'generations', 1, %(generation_id)s, '2026-01-01')
),
used as (
    insert into platform.usage_metrics
        (tenant_id, generation_id, source, role, model, prompt_sha256, input_tokens, output_tokens,
        cache_read_tokens, cache_write_tokens, cost_microdollars, duration_ms, stop_reason, called_at)
    values
        (%(id)s, %(generation_id)s, 'a stage', 'codegen', 'claude-sonnet-5-5', %(digest)s, 1, 1, 0, 0, 12, 1,
        'end_turn', now())
),
payer as (
    insert into platform.billing_accounts (tenant_id, customer_id, is_live) values (%(id)s, 'cus_' || %(mark)s, false)
),
customer as (
    insert into platform.stripe_customers (customer_id, organization_id) values ('cus_' || %(mark)s, %(id)s)
),
heard as (
    insert into platform.stripe_events (id, kind, organization_id, happened_at)
    values ('evt_' || %(mark)s, 'invoice.paid', %(id)s, now())
),
price as (
    insert into platform.stripe_prices (id, product_id, is_active, currency, happened_at, event_id)
    values ('price_' || %(mark)s, 'prod_1', true, 'usd', now(), 'evt_1')
),
subscribed as (
    insert into platform.subscriptions
        (tenant_id, id, status, price_id, plan, currency, period_started_at, period_ends_at, began_at, happened_at,
        rank, event_id)
    values
        (%(id)s, 'sub_' || %(mark)s, 'active', 'price_1', 'pro', 'usd', now(), now() + interval '1 month', now(), now(),
        1, 'evt_1')
),
invoiced as (
    insert into platform.invoices
        (tenant_id, id, status, currency, total, amount_due, amount_paid, amount_remaining, attempts, made_at,
        period_started_at, period_ends_at, happened_at, rank, event_id)
    values
        (%(id)s, 'in_' || %(mark)s, 'paid', 'usd', 9900, 9900, 9900, 0, 1, now(), now(), now(), now(), 1, 'evt_1')
),
refunded as (
    insert into platform.payments
        (tenant_id, id, currency, amount, amount_refunded, made_at, happened_at, rank, event_id)
    values (%(id)s, 'ch_' || %(mark)s, 'usd', 9900, 100, now(), now(), 1, 'evt_1')
),
buying as (
    insert into platform.checkouts (tenant_id, id, plan, status, created_by, expires_at)
    values (%(id)s, 'cs_test_' || %(mark)s, 'pro', 'open', 'system:test', now() + interval '1 day')
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
            "discovery_id": uuid4(),
            "generation_id": tenant.generation_id,
            "email": f"{mark}@example.org",
            "prefix": mark[:8],
            "mark": mark,
            "secret_sha256": bytes(32),
            "slug": mark,
            "token_sha256": tenant.token_sha256,
            "digest": "0" * 64,
        },
    )
    return tenant


def act_for(connection: Connection, tenant_id: UUID | str) -> None:
    claim(connection, "app.current_tenant_id", tenant_id)


def claim(connection: Connection, setting: str, value: UUID | str) -> None:
    """Says whose rows this transaction is for."""
    connection.execute("select set_config(%s, %s, true)", [setting, str(value)])
