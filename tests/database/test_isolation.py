"""Each known way around row level security, tried on the migrated schema as the roles that exist in production."""

from __future__ import annotations

from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import (
    ForeignKeyViolation,
    InsufficientPrivilege,
    InvalidTextRepresentation,
    UniqueViolation,
)

from tests.database.world import Connection, Platform, Tenant, act_for, claim

Tenants = tuple[Tenant, Tenant]

TENANT_TABLES = [
    "apps",
    "audit_log",
    "billing_accounts",
    "blueprints",
    "checkouts",
    "discoveries",
    "discovery_imports",
    "discovery_turns",
    "generations",
    "idempotent_answers",
    "industry_overlays",
    "invitations",
    "invoices",
    "marketplace_templates",
    "memberships",
    "meter_events",
    "organization_exports",
    "organizations",
    "payments",
    "subscriptions",
    "usage_metrics",
    "usage_periods",
]
READABLE = [*TENANT_TABLES, "api_keys"]


def tenants_in(connection: Connection, table: str) -> set[object]:
    query = sql.SQL("select distinct tenant_id from platform.{}").format(sql.Identifier(table))
    return {row[0] for row in connection.execute(query)}


@pytest.mark.parametrize("table", READABLE)
def test_a_tenant_reads_its_own_rows_and_no_others(
    platform: Platform, tenants: Tenants, table: str
) -> None:
    mine, _ = tenants
    with platform.app() as connection:
        act_for(connection, mine.id)
        assert tenants_in(connection, table) == {mine.id}


@pytest.mark.parametrize("table", READABLE)
def test_the_owner_of_the_tables_obeys_the_policies_too(
    platform: Platform, tenants: Tenants, table: str
) -> None:
    mine, _ = tenants
    with platform.owner() as connection, connection.transaction():
        assert tenants_in(connection, table) == set()
        act_for(connection, mine.id)
        assert tenants_in(connection, table) == {mine.id}


@pytest.mark.changes_the_schema
def test_without_force_the_owner_would_see_everything(platform: Platform, tenants: Tenants) -> None:
    """What the catalogue test guards against; if this ever fails, that test guards nothing."""
    with platform.owner() as connection:
        connection.execute("alter table platform.apps no force row level security")
        assert tenants_in(connection, "apps") == {tenant.id for tenant in tenants}


@pytest.mark.parametrize("table", READABLE)
def test_a_session_without_a_tenant_sees_nothing(
    platform: Platform, tenants: Tenants, table: str
) -> None:
    with platform.app() as connection:
        assert tenants_in(connection, table) == set()


@pytest.mark.parametrize("table", READABLE)
def test_an_empty_tenant_fails_instead_of_answering(
    platform: Platform, tenants: Tenants, table: str
) -> None:
    with platform.app() as connection:
        act_for(connection, "")
        with pytest.raises(InvalidTextRepresentation):
            tenants_in(connection, table)


@pytest.mark.parametrize("ending", ["commit", "rollback"])
def test_the_tenant_ends_with_the_transaction(
    platform: Platform, tenants: Tenants, ending: str
) -> None:
    with platform.app() as connection:
        act_for(connection, tenants[0].id)
        assert tenants_in(connection, "apps") == {tenants[0].id}
        getattr(connection, ending)()
        with pytest.raises(InvalidTextRepresentation):  # what is left is '', not the tenant
            tenants_in(connection, "apps")


def test_a_rolled_back_savepoint_gives_the_former_tenant_back(
    platform: Platform, tenants: Tenants
) -> None:
    mine, other = tenants
    with platform.app() as connection:
        act_for(connection, mine.id)
        with connection.transaction() as inner:
            act_for(connection, other.id)
            raise psycopg.Rollback(inner)
        assert tenants_in(connection, "apps") == {mine.id}


def test_a_row_can_not_be_inserted_for_another_tenant(platform: Platform, tenants: Tenants) -> None:
    mine, other = tenants
    insert = "insert into platform.blueprints (tenant_id, key, name, locale, body) values (%s, 'x', 'X', 'en', '{}')"
    with platform.app() as connection:
        act_for(connection, mine.id)
        with pytest.raises(InsufficientPrivilege, match="row-level security"):
            connection.execute(insert, [other.id])


def test_rows_can_not_be_copied_in_at_all(platform: Platform, tenants: Tenants) -> None:
    """`copy … from` does not know row level security; PostgreSQL refuses it, and so does this test notice a change."""
    mine, other = tenants
    copy = "copy platform.blueprints (tenant_id, key, name, locale, body) from stdin"
    with platform.app() as connection:
        act_for(connection, mine.id)
        with (
            pytest.raises(psycopg.Error, match="row-level security"),
            connection.cursor().copy(copy) as stream,
        ):
            stream.write_row([other.id, "x", "X", "en", "{}"])


def test_copying_out_gives_the_tenants_own_rows(platform: Platform, tenants: Tenants) -> None:
    with platform.app() as connection:
        act_for(connection, tenants[0].id)
        with connection.cursor().copy(
            "copy (select tenant_id from platform.apps) to stdout"
        ) as stream:
            assert [bytes(line).decode().strip() for line in stream] == [str(tenants[0].id)]


def test_a_row_can_not_be_moved_to_another_tenant(platform: Platform, tenants: Tenants) -> None:
    mine, other = tenants
    with platform.app() as connection:
        act_for(connection, mine.id)
        with pytest.raises(InsufficientPrivilege, match="row-level security"):
            connection.execute("update platform.blueprints set tenant_id = %s", [other.id])


def test_updates_and_deletes_do_not_reach_another_tenant(
    platform: Platform, tenants: Tenants
) -> None:
    mine, other = tenants
    with platform.app() as connection:
        act_for(connection, mine.id)
        touched = [
            connection.execute(
                "update platform.blueprints set name = 'Y' where tenant_id = %s", [other.id]
            ),
            connection.execute("delete from platform.blueprints where tenant_id = %s", [other.id]),
        ]
        assert [cursor.rowcount for cursor in touched] == [0, 0]


def test_a_conflicting_insert_can_not_change_an_unseen_row(
    platform: Platform, tenants: Tenants
) -> None:
    mine, other = tenants
    upsert = """
    insert into platform.blueprints (tenant_id, id, key, name, locale, body)
    select %s, %s, 'x', 'X', 'en', '{}'
    on conflict (tenant_id, key) do update set name = 'stolen'
    """
    with platform.app() as connection:
        act_for(connection, mine.id)
        with pytest.raises(InsufficientPrivilege, match="row-level security"):
            connection.execute(upsert, [other.id, uuid4()])


def test_a_generation_can_not_belong_to_another_tenants_app(
    platform: Platform, tenants: Tenants
) -> None:
    """A plain foreign key would accept it: it does not ask the policies."""
    mine, other = tenants
    insert = """
    insert into platform.generations
        (tenant_id, app_id, version, engine, mvs_sha256, request_sha256, quota_period_started_at, created_by)
    values (%(tenant)s, %(app)s, 9, 'offline', %(digest)s, %(digest)s, '2026-01-01', 'system:test')
    """
    with platform.app() as connection:
        act_for(connection, mine.id)
        with pytest.raises(ForeignKeyViolation):
            connection.execute(insert, {"tenant": mine.id, "app": other.app_id, "digest": "0" * 64})


@pytest.mark.parametrize("whose", ["another tenant's", "another app's"])
def test_the_live_version_is_the_apps_own(platform: Platform, tenants: Tenants, whose: str) -> None:
    mine, other = tenants
    with platform.app() as connection:
        act_for(connection, mine.id)
        target = other.generation_id if whose == "another tenant's" else mine.generation_id
        app_id = mine.app_id if whose == "another tenant's" else second_app(connection, mine)
        with pytest.raises(ForeignKeyViolation):
            connection.execute(
                "update platform.apps set live_generation_id = %s where id = %s", [target, app_id]
            )


def second_app(connection: Connection, tenant: Tenant) -> object:
    insert = """
    insert into platform.apps (tenant_id, name, slug, locale, mvs, mvs_sha256)
    values (%s, 'Second', 'second', 'en', '{}', %s) returning id
    """
    row = connection.execute(insert, [tenant.id, "0" * 64]).fetchone()
    return row and row[0]


def test_usage_can_not_be_booked_on_another_tenants_generation(
    platform: Platform, tenants: Tenants
) -> None:
    mine, other = tenants
    insert = """
    insert into platform.usage_metrics
        (tenant_id, generation_id, source, role, model, prompt_sha256, input_tokens, output_tokens,
        cache_read_tokens, cache_write_tokens, cost_microdollars, duration_ms, stop_reason, called_at)
    values (%s, %s, 's', 'codegen', 'm', repeat('0', 64), 1, 1, 0, 0, 12, 1, 'end_turn', now())
    """
    with platform.app() as connection:
        act_for(connection, mine.id)
        with pytest.raises(ForeignKeyViolation):
            connection.execute(insert, [mine.id, other.generation_id])


def test_an_unseen_slug_can_only_be_collided_with(platform: Platform, tenants: Tenants) -> None:
    """Known and accepted: host names are public. Nothing else that is unique crosses tenants."""
    mine, other = tenants
    insert = """
    insert into platform.apps (tenant_id, name, slug, locale, mvs, mvs_sha256)
    values (%s, 'Copy', %s, 'en', '{}', %s)
    """
    with platform.app() as connection:
        act_for(connection, mine.id)
        with pytest.raises(UniqueViolation, match="apps_slug_is_unique"):
            connection.execute(insert, [mine.id, other.id.hex, "0" * 64])


@pytest.mark.parametrize("table", ["audit_log", "usage_metrics"])
@pytest.mark.parametrize(
    "change", ["delete from platform.{}", "update platform.{} set recorded_at = now()"]
)
@pytest.mark.parametrize("role", ["app", "owner", "admin"])
def test_what_happened_can_not_be_changed(
    platform: Platform, tenants: Tenants, table: str, change: str, role: str
) -> None:
    query = sql.SQL(change).format(sql.Identifier(table))  # type: ignore[arg-type]
    connections = {"app": platform.app, "owner": platform.owner, "admin": platform.admin}
    with connections[role]() as connection, connection.transaction():
        act_for(connection, tenants[0].id)
        with pytest.raises(InsufficientPrivilege):
            connection.execute(query)


@pytest.mark.parametrize(
    "insert",
    [
        "audit_log (tenant_id, actor, action, subject_id) values (%(other)s, 'user:x', 'app.created', %(id)s)",
        "memberships (tenant_id, user_id, role) values (%(other)s, %(user)s, 'owner')",
        "organizations (id, name) values (%(id)s, 'Mine too')",
        "organization_exports (tenant_id, requested_by) values (%(other)s, 'user:x')",
        "invitations (tenant_id, email, role, invited_by, expires_at)"
        " values (%(other)s, 'a@b.example', 'owner', 'user:x', now())",
        "idempotent_answers (tenant_id, actor, key_sha256, request_sha256)"
        " values (%(other)s, 'user:x', %(hash)s, %(hash)s)",
        "subscriptions (tenant_id, id, status, price_id, currency, period_started_at, period_ends_at, began_at,"
        " happened_at, rank, event_id)"
        " values (%(other)s, 'sub_1', 'active', 'price_1', 'usd', now(), now(), now(), now(), 1, 'evt_1')",
        "checkouts (tenant_id, id, plan, status, created_by, expires_at)"
        " values (%(other)s, 'cs_1', 'pro', 'open', 'user:x', now())",
    ],
)
def test_nothing_is_written_for_another_tenant(
    platform: Platform, tenants: Tenants, insert: str
) -> None:
    mine, other = tenants
    values = {"other": other.id, "user": mine.user_id, "id": uuid4(), "hash": bytes(32)}
    with platform.app() as connection:
        act_for(connection, mine.id)
        with pytest.raises(InsufficientPrivilege, match="row-level security"):
            connection.execute("insert into platform." + insert, values)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "change",
    [
        "update platform.memberships set role = 'owner' where tenant_id = %(other)s",
        "delete from platform.memberships where tenant_id = %(other)s",
        "update platform.invitations set revoked_at = now() where tenant_id = %(other)s",
        "update platform.organization_exports set failed_at = now() where tenant_id = %(other)s",
        "update platform.idempotent_answers set status = 200 where tenant_id = %(other)s",
        "delete from platform.idempotent_answers where tenant_id = %(other)s",
        "update platform.api_keys set revoked_at = now() where tenant_id = %(other)s",
        "update platform.organizations set name = 'Mine' where tenant_id = %(other)s",
        "update platform.organizations set overage_generations_max = 9 where tenant_id = %(other)s",
        "update platform.billing_accounts set step_due_at = now() where tenant_id = %(other)s",
        "update platform.subscriptions set plan = 'scale' where tenant_id = %(other)s",
        "update platform.invoices set status = 'paid' where tenant_id = %(other)s",
        "update platform.payments set amount_refunded = 0 where tenant_id = %(other)s",
        "update platform.checkouts set page_url = null where tenant_id = %(other)s",
        "update platform.usage_periods set counted_tokens = 0 where tenant_id = %(other)s",
        "update platform.meter_events set sent_at = now() where tenant_id = %(other)s",
    ],
)
def test_no_change_reaches_another_tenant(
    platform: Platform, tenants: Tenants, change: str
) -> None:
    mine, other = tenants
    with platform.app() as connection:
        act_for(connection, mine.id)
        assert connection.execute(change, {"other": other.id}).rowcount == 0  # type: ignore[call-overload]


# What does not belong to a tenant: a person's rows, and those that are found by presenting something.

OF_A_PERSON = {
    "users": "id",
    "person_credentials": "user_id",
    "recovery_codes": "user_id",
    "ended_sessions": "user_id",
    "linked_identities": "user_id",
    "person_organizations": "user_id",
}
PRESENTED = {
    "identity_routes": ("identity", "app.presented_identity"),
    "one_time_tokens": ("token_sha256", "app.presented_token"),
}
CLOSED = {
    "api_key_routes": "app.presented_prefix",
    "watched_generations": "app.current_duty",
    "outbox": "app.current_duty",
    "expiring_rows": "app.current_duty",
    "tenant_jobs": "app.current_duty",
    "stripe_customers": "app.current_duty",
    "stripe_events": "app.current_duty",
    "stripe_prices": "app.current_duty",
}


def seen(connection: Connection, table: str, column: str) -> set[object]:
    query = sql.SQL("select {} from platform.{}")
    return {
        row[0]
        for row in connection.execute(query.format(sql.Identifier(column), sql.Identifier(table)))
    }


def presented(tenant: Tenant, table: str) -> str:
    return tenant.identity if table == "identity_routes" else tenant.token_sha256


def test_every_table_is_tried_here(catalogue: Connection) -> None:
    tables = catalogue.execute(
        "select relname from pg_class where relnamespace = 'platform'::regnamespace and relkind in ('r', 'p')"
    )
    assert {name for (name,) in tables} == {*READABLE, *OF_A_PERSON, *PRESENTED, *CLOSED}


@pytest.mark.parametrize("role", ["app", "owner"])
@pytest.mark.parametrize("table", OF_A_PERSON)
def test_a_persons_rows_are_seen_as_that_person_only(
    platform: Platform, tenants: Tenants, table: str, role: str
) -> None:
    """Not as the organization they are in, not as nobody, and not by the owner of the table either."""
    mine, column = tenants[0], OF_A_PERSON[table]
    with getattr(platform, role)() as connection, connection.transaction():
        act_for(connection, mine.id)
        assert seen(connection, table, column) == set()
        claim(connection, "app.current_user_id", mine.user_id)
        assert seen(connection, table, column) == {mine.user_id}
        claim(connection, "app.current_user_id", "")
        with pytest.raises(InvalidTextRepresentation):
            seen(connection, table, column)


@pytest.mark.parametrize(
    "insert",
    [
        "users (id, email, name) values (%(new)s, 'new@b.example', 'X')",
        "person_credentials (user_id) values (%(other)s)",
        "recovery_codes (user_id, code_sha256) values (%(other)s, %(hash)s)",
        "ended_sessions (user_id, session_id) values (%(other)s, %(new)s)",
        "linked_identities (user_id, provider, subject, email) values (%(other)s, 'github', '1', 'a@b.example')",
    ],
)
def test_nothing_is_written_for_another_person(
    platform: Platform, tenants: Tenants, insert: str
) -> None:
    mine, other = tenants
    with platform.app() as connection:
        act_for(connection, mine.id)
        claim(connection, "app.current_user_id", mine.user_id)
        with pytest.raises(InsufficientPrivilege, match="row-level security"):
            connection.execute(
                "insert into platform." + insert,  # type: ignore[call-overload]
                {"new": uuid4(), "other": other.user_id, "hash": b"1" * 32},
            )


@pytest.mark.parametrize(
    "change",
    [
        "update platform.users set email = 'stolen@b.example' where id = %(other)s",
        "update platform.person_credentials set password_hash = null where user_id = %(other)s",
        "update platform.recovery_codes set used_at = null where user_id = %(other)s",
        "delete from platform.recovery_codes where user_id = %(other)s",
        "delete from platform.ended_sessions where user_id = %(other)s",
        "delete from platform.linked_identities where user_id = %(other)s",
    ],
)
def test_no_change_reaches_another_person(
    platform: Platform, tenants: Tenants, change: str
) -> None:
    mine, other = tenants
    with platform.app() as connection:
        act_for(connection, other.id)
        claim(connection, "app.current_user_id", mine.user_id)
        assert connection.execute(change, {"other": other.user_id}).rowcount == 0  # type: ignore[call-overload]


def test_a_persons_list_of_organizations_is_kept_by_its_trigger_alone(
    platform: Platform, tenants: Tenants
) -> None:
    mine, other = tenants
    with platform.app() as connection:
        claim(connection, "app.current_user_id", mine.user_id)
        with pytest.raises(InsufficientPrivilege, match="permission denied"):
            connection.execute(
                "insert into platform.person_organizations (user_id, organization_id) values (%s, %s)",
                [mine.user_id, other.id],
            )


@pytest.mark.parametrize("role", ["app", "owner"])
@pytest.mark.parametrize("table", PRESENTED)
def test_what_is_found_by_presenting_it_is_found_whole_or_not_at_all(
    platform: Platform, tenants: Tenants, table: str, role: str
) -> None:
    """No listing, no pattern, no beginning of it; a tenant and a person open nothing."""
    mine, (column, setting) = tenants[0], PRESENTED[table]
    whole = presented(mine, table)
    with getattr(platform, role)() as connection, connection.transaction():
        act_for(connection, mine.id)
        claim(connection, "app.current_user_id", mine.user_id)
        for guess in ("", "%", whole[:-1], whole + " ", whole.upper(), "' or true --"):
            claim(connection, setting, guess)
            assert seen(connection, table, column) == set()
        claim(connection, setting, whole)
        assert seen(connection, table, column) == {whole}


@pytest.mark.parametrize("table", PRESENTED)
def test_only_what_is_presented_is_deleted(
    platform: Platform, tenants: Tenants, table: str
) -> None:
    mine, other = tenants
    with platform.app() as connection:
        claim(connection, PRESENTED[table][1], presented(mine, table))
        delete = sql.SQL("delete from platform.{}").format(sql.Identifier(table))
        assert connection.execute(delete).rowcount == 1
        claim(connection, PRESENTED[table][1], presented(other, table))
        assert connection.execute(delete).rowcount == 1


@pytest.mark.parametrize(
    "insert",
    [
        "identity_routes (identity, user_id) values ('email:new@b.example', %(user)s)",
        "one_time_tokens (token_sha256, purpose, expires_at) values (repeat('d', 64), 'oauth', now())",
    ],
)
def test_what_was_not_presented_is_not_written(
    platform: Platform, tenants: Tenants, insert: str
) -> None:
    mine, _ = tenants
    with platform.app() as connection:
        claim(connection, "app.presented_identity", mine.identity)
        claim(connection, "app.presented_token", mine.token_sha256)
        with pytest.raises(InsufficientPrivilege, match="row-level security"):
            connection.execute("insert into platform." + insert, {"user": mine.user_id})  # type: ignore[call-overload]


def test_an_identity_that_leads_to_somebody_can_not_be_led_elsewhere(
    platform: Platform, tenants: Tenants
) -> None:
    mine, other = tenants
    take_over = "insert into platform.identity_routes (identity, user_id) values (%s, %s)"
    with platform.app() as connection:
        claim(connection, "app.presented_identity", other.identity)
        with pytest.raises(UniqueViolation), connection.transaction():
            connection.execute(take_over, [other.identity, mine.user_id])
        with pytest.raises(InsufficientPrivilege, match="permission denied"):
            connection.execute("update platform.identity_routes set user_id = %s", [mine.user_id])


def test_an_address_somebody_has_can_only_be_collided_with(
    platform: Platform, tenants: Tenants
) -> None:
    """Known and accepted: a user is made only by whoever opened a link sent to that address."""
    _, other = tenants
    person = uuid4()
    with platform.app() as connection:
        claim(connection, "app.current_user_id", person)
        with pytest.raises(UniqueViolation, match="users_email_is_unique"):
            connection.execute(
                "insert into platform.users (id, email, name) values (%s, %s, 'X')",
                [person, other.identity.removeprefix("email:").upper()],
            )


@pytest.mark.parametrize("table", CLOSED)
def test_the_platforms_own_lists_are_closed_whatever_is_claimed(
    platform: Platform, tenants: Tenants, table: str
) -> None:
    query = sql.SQL("select * from platform.{}").format(sql.Identifier(table))
    with platform.app() as connection:
        for claimed in (
            "mail",
            "sweep",
            "forget",
            "tenancy",
            "erase",
            "payments",
            tenants[0].id.hex[:8],
        ):
            claim(connection, CLOSED[table], claimed)
            with (
                pytest.raises(InsufficientPrivilege, match="permission denied"),
                connection.transaction(),
            ):
                connection.execute(query)


@pytest.mark.parametrize("table", CLOSED)
def test_their_owner_sees_them_on_duty_only(
    platform: Platform, tenants: Tenants, table: str
) -> None:
    with platform.owner() as connection, connection.transaction():
        column = "prefix" if table == "api_key_routes" else "duty"
        assert seen(connection, table, column) == set()
        claim(connection, CLOSED[table], "another duty")
        assert seen(connection, table, column) == set()


def test_the_duty_to_erase_opens_the_audit_log_to_its_owner_and_not_to_the_app_role(
    platform: Platform, tenants: Tenants
) -> None:
    with platform.app() as connection:
        act_for(connection, tenants[0].id)
        claim(connection, "app.current_duty", "erase")
        for change in (
            "delete from platform.audit_log",
            "update platform.audit_log set facts = '{}'",
        ):
            with pytest.raises(InsufficientPrivilege), connection.transaction():
                connection.execute(change)


@pytest.mark.parametrize("role", ["fragua_owner", "postgres"])
def test_the_app_role_can_not_become_another(platform: Platform, role: str) -> None:
    with platform.app() as connection, pytest.raises(InsufficientPrivilege):
        connection.execute(sql.SQL("set role {}").format(sql.Identifier(role)))


@pytest.mark.parametrize(
    "statement",
    [
        "alter table platform.apps disable row level security",
        "drop policy apps_tenant on platform.apps",
        "create policy mine on platform.apps using (true)",
        "alter table platform.audit_log disable trigger audit_log_is_append_only",
        "truncate platform.blueprints cascade",
        "create view platform.all_apps as select * from platform.apps",
        "create function platform.f() returns int language sql as 'select 1'",
        "create temporary table current_setting (a int)",
        "select nextval('platform.apps_number_seq')",
        "select nextval('platform.expiring_rows_id_seq')",
        "alter table platform.one_time_tokens disable trigger one_time_tokens_expire",
        "select setval('platform.apps_number_seq', 1)",
        "select pg_read_file('/etc/passwd')",
        "copy platform.apps to program 'cat'",
    ],
)
def test_the_app_role_is_refused(platform: Platform, tenants: Tenants, statement: str) -> None:
    with platform.app() as connection:
        act_for(connection, tenants[0].id)
        with pytest.raises(InsufficientPrivilege):
            connection.execute(statement)  # type: ignore[call-overload]


def test_switching_row_security_off_refuses_instead_of_answering(
    platform: Platform, tenants: Tenants
) -> None:
    with platform.app() as connection:
        act_for(connection, tenants[0].id)
        connection.execute("set local row_security = off")
        with pytest.raises(InsufficientPrivilege, match="row-level security"):
            tenants_in(connection, "apps")


@pytest.mark.changes_the_schema
def test_a_function_in_a_condition_is_not_shown_foreign_rows(
    platform: Platform, tenants: Tenants
) -> None:
    """A cheap function of the caller's could be run on rows before the policy: it must not be, not being leakproof."""
    mine, _ = tenants
    spy = """
    create schema spy;
    grant usage on schema spy to fragua_app;
    create function spy.look(name text) returns boolean language plpgsql cost 0.0000001
        as $$ begin raise notice 'saw %', name; return true; end $$;
    """
    seen: list[str] = []
    with platform.admin() as admin:
        admin.execute(spy)
    with platform.app() as connection:
        connection.add_notice_handler(lambda notice: seen.append(notice.message_primary or ""))
        act_for(connection, mine.id)
        connection.execute("select 1 from platform.apps where spy.look(slug)")
    assert seen == [f"saw {mine.id.hex}"]


@pytest.mark.changes_the_schema
def test_a_definer_view_would_lead_around_the_policies(
    platform: Platform, tenants: Tenants
) -> None:
    """Why the catalogue test allows no views: one owned by a superuser shows every tenant's rows."""
    with platform.admin() as connection:
        connection.execute("create view public.all_apps as select * from platform.apps")
        connection.execute(
            "grant usage on schema public to fragua_app; grant select on public.all_apps to fragua_app"
        )
    with platform.app() as connection:
        act_for(connection, tenants[0].id)
        found = {row[0] for row in connection.execute("select tenant_id from public.all_apps")}
    assert found == {tenant.id for tenant in tenants}


@pytest.mark.changes_the_schema
def test_a_materialized_view_would_too(platform: Platform, tenants: Tenants) -> None:
    with platform.admin() as connection:
        connection.execute(
            "create materialized view public.kept_apps as select * from platform.apps"
        )
        connection.execute(
            "grant usage on schema public to fragua_app; grant select on public.kept_apps to fragua_app"
        )
    with platform.app() as connection:
        act_for(connection, tenants[0].id)
        assert connection.execute("select count(*) from public.kept_apps").fetchone() == (2,)


@pytest.mark.changes_the_schema
def test_a_view_of_the_owners_obeys_the_policies(platform: Platform, tenants: Tenants) -> None:
    """The same view under the owner shows one tenant: the owner is bound as well, because of `force`."""
    with platform.owner() as connection:
        connection.execute("create view platform.all_apps as select * from platform.apps")
        connection.execute("grant select on platform.all_apps to fragua_app")
    with platform.app() as connection:
        act_for(connection, tenants[0].id)
        found = {row[0] for row in connection.execute("select tenant_id from platform.all_apps")}
    assert found == {tenants[0].id}
