"""What must hold for every table, today's and the one somebody adds next year: read from the catalogue, not from a list."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest

from chalicelib.tenancy.plans import Plan
from chalicelib.tenancy.roles import Role
from tests.database.world import Connection, Platform

TENANT = "(tenant_id = ( SELECT (current_setting('app.current_tenant_id'::text, true))::uuid AS current_setting))"
PERSON = "(user_id = ( SELECT (current_setting('app.current_user_id'::text, true))::uuid AS current_setting))"
DUTY = "(duty = ( SELECT current_setting('app.current_duty'::text, true) AS current_setting))"
BY_OTHER_MEANS = {
    "users": PERSON.replace("user_id =", "id ="),
    "person_credentials": PERSON,
    "recovery_codes": PERSON,
    "ended_sessions": PERSON,
    "linked_identities": PERSON,
    "person_organizations": PERSON,
    "identity_routes": "(identity = ( SELECT current_setting('app.presented_identity'::text, true) AS current_setting))",
    "one_time_tokens": "(token_sha256 = ( SELECT current_setting('app.presented_token'::text, true) AS current_setting))",
    "api_key_routes": "(prefix = ( SELECT current_setting('app.presented_prefix'::text, true) AS current_setting))",
    "watched_generations": DUTY,
    "outbox": DUTY,
    "expiring_rows": DUTY,
    "tenant_jobs": DUTY,
    "stripe_customers": DUTY,
    "stripe_events": DUTY,
    "stripe_prices": DUTY,
}
CLOSED_TO_THE_APP_ROLE = {
    "api_key_routes",
    "watched_generations",
    "outbox",
    "expiring_rows",
    "tenant_jobs",
    "stripe_customers",
    "stripe_events",
    "stripe_prices",
}
UNIQUE_OVER_THE_PLATFORM = {
    "apps_slug_is_unique": "a host name",
    "apps_number_is_unique": "a listener rule's priority",
}
GRANTS = {
    "api_key_routes": set(),
    "api_keys": {"select", "update"},
    "apps": {"select", "insert", "update"},
    "audit_log": {"select", "insert"},
    "billing_accounts": {"select", "update"},
    "blueprints": {"select", "insert", "update", "delete"},
    "checkouts": {"select", "insert", "update"},
    "discoveries": {"select", "insert", "update"},
    "discovery_imports": {"select", "insert", "update"},
    "discovery_turns": {"select", "insert", "update"},
    "ended_sessions": {"select", "insert", "delete"},
    "expiring_rows": set(),
    "generations": {"select", "insert", "update"},
    "idempotent_answers": {"select", "insert", "update", "delete"},
    "identity_routes": {"select", "insert", "delete"},
    "industry_overlays": {"select", "insert", "update", "delete"},
    "invitations": {"select", "insert", "update"},
    "invoices": {"select", "insert", "update"},
    "linked_identities": {"select", "insert", "delete"},
    "marketplace_templates": {"select", "insert", "update", "delete"},
    "memberships": {"select", "insert", "update", "delete"},
    "meter_events": {"select", "insert", "update"},
    "one_time_tokens": {"select", "insert", "delete"},
    "organization_exports": {"select", "insert", "update"},
    "organizations": {"select", "insert", "update"},
    "outbox": set(),
    "payments": {"select", "insert", "update"},
    "person_credentials": {"select", "insert", "update"},
    "person_organizations": {"select"},
    "recovery_codes": {"select", "insert", "update", "delete"},
    "stripe_customers": set(),
    "stripe_events": set(),
    "stripe_prices": set(),
    "subscriptions": {"select", "insert", "update"},
    "tenant_jobs": set(),
    "usage_metrics": {"select", "insert"},
    "usage_periods": {"select", "insert", "update"},
    "users": {"select", "insert", "update"},
    "watched_generations": set(),
}
DEFINER_FUNCTIONS = {
    "authenticate_api_key",
    "billing_accounts_after",
    "erase_organization",
    "forget_expired",
    "forget_stripe_events",
    "generations_to_sweep",
    "hear_stripe_event",
    "issue_api_key",
    "known_stripe_prices",
    "letter_is_done",
    "my_organizations",
    "note_billing_step",
    "note_deletion",
    "note_expiry",
    "note_export",
    "note_membership",
    "note_meter_event",
    "note_stripe_price",
    "note_use_of_api_key",
    "open_billing_account",
    "organization_stands",
    "people_here",
    "post_letter",
    "shared_blueprints",
    "shared_overlays",
    "stop_watching",
    "take_letters",
    "take_tenant_jobs",
    "watch_generation",
}

TABLES = """
select relname, relrowsecurity, relforcerowsecurity, relowner::regrole::text, obj_description(oid, 'pg_class')
from pg_class where relnamespace = 'platform'::regnamespace and relkind in ('r', 'p') order by relname
"""


def rows(catalogue: Connection, query: str, *values: Any) -> list[tuple[Any, ...]]:
    return catalogue.execute(query, values or None).fetchall()


def tables(catalogue: Connection) -> list[str]:
    return [name for name, *_ in rows(catalogue, TABLES)]


def tenant_tables(catalogue: Connection) -> list[str]:
    return [name for name in tables(catalogue) if name not in BY_OTHER_MEANS]


def test_row_level_security_is_on_and_forced_on_every_table(catalogue: Connection) -> None:
    assert [row[0] for row in rows(catalogue, TABLES) if row[1:3] != (True, True)] == []


def test_the_owner_of_every_table_is_the_role_nobody_signs_in_as(catalogue: Connection) -> None:
    assert {row[3] for row in rows(catalogue, TABLES)} == {"fragua_owner"}


def test_every_table_has_one_policy_in_the_provable_form_with_check(catalogue: Connection) -> None:
    policies = rows(
        catalogue,
        "select tablename, permissive, cmd, qual, with_check from pg_policies where schemaname = 'platform'",
    )
    expected = [
        ("PERMISSIVE", "ALL", predicate, predicate)
        for name in tables(catalogue)
        for predicate in [BY_OTHER_MEANS.get(name, TENANT)]
    ]
    assert [re.sub(r"\s+", " ", str(row[1:])) for row in sorted(policies)] == list(
        map(str, expected)
    )


def test_policies_name_their_roles(catalogue: Connection) -> None:
    found = rows(
        catalogue, "select tablename, roles::text from pg_policies where schemaname = 'platform'"
    )
    assert dict(found) == {
        name: "{fragua_owner}" if name in CLOSED_TO_THE_APP_ROLE else "{fragua_app,fragua_owner}"
        for name in tables(catalogue)
    }


def test_tenant_id_is_a_uuid_that_is_never_null(catalogue: Connection) -> None:
    found = rows(
        catalogue,
        """
        select relname, atttypid::regtype::text, attnotnull from pg_attribute join pg_class on pg_class.oid = attrelid
        where relnamespace = 'platform'::regnamespace and relkind = 'r' and attname = 'tenant_id' order by relname
        """,
    )
    assert found == [(name, "uuid", True) for name in tenant_tables(catalogue)]


def test_foreign_keys_between_tenant_tables_carry_the_tenant(catalogue: Connection) -> None:
    found = rows(
        catalogue,
        """
        select conname, conrelid::regclass::text, confrelid::regclass::text,
            (select attname from pg_attribute where attrelid = conrelid and attnum = conkey[1]),
            (select attname from pg_attribute where attrelid = confrelid and attnum = confkey[1])
        from pg_constraint where connamespace = 'platform'::regnamespace and contype = 'f'
        """,
    )
    loose = {
        name
        for name, _, target, first, target_first in found
        if target != "platform.users"
        and (first, target_first)
        not in {
            ("tenant_id", "tenant_id"),
            ("tenant_id", "organization_id"),
            ("organization_id", "tenant_id"),
        }
    }
    assert loose == set()


def test_every_tenant_table_points_at_its_organization(catalogue: Connection) -> None:
    found = rows(
        catalogue,
        """
        select distinct conrelid::regclass::text from pg_constraint
        where contype = 'f' and confrelid = 'platform.organizations'::regclass
        """,
    )
    expected = {f"platform.{name}" for name in tenant_tables(catalogue)} - {
        "platform.organizations"
    }
    assert {row[0] for row in found} == expected | {
        "platform.api_key_routes",
        "platform.stripe_customers",
        "platform.tenant_jobs",
    }


def test_indexes_of_tenant_tables_lead_with_the_tenant(catalogue: Connection) -> None:
    found = rows(
        catalogue,
        """
        select tables.relname, names.relname,
            (select attname from pg_attribute where attrelid = indrelid and attnum = indkey[0])
        from pg_index
        join pg_class as tables on tables.oid = indrelid
        join pg_class as names on names.oid = indexrelid
        where tables.relnamespace = 'platform'::regnamespace
        """,
    )
    not_leading = {
        index
        for table, index, first in found
        if table not in BY_OTHER_MEANS and first != "tenant_id"
    }
    assert not_leading == set(UNIQUE_OVER_THE_PLATFORM)


def test_every_table_and_column_says_what_it_is(catalogue: Connection) -> None:
    columns = rows(
        catalogue,
        """
        select relname, attname from pg_attribute join pg_class on pg_class.oid = attrelid
        where relnamespace = 'platform'::regnamespace and relkind = 'r' and attnum > 0 and not attisdropped
            and col_description(attrelid, attnum) is null
        """,
    )
    functions = rows(
        catalogue,
        """
        select proname from pg_proc
        where pronamespace = 'platform'::regnamespace and obj_description(oid, 'pg_proc') is null
        """,
    )
    untold = [row[0] for row in rows(catalogue, TABLES) if not row[4]]
    assert (untold, columns, functions) == ([], [], [])


def test_times_are_with_time_zone_and_end_in_at(catalogue: Connection) -> None:
    found = rows(
        catalogue,
        """
        select relname, attname, atttypid::regtype::text from pg_attribute join pg_class on pg_class.oid = attrelid
        where relnamespace = 'platform'::regnamespace and relkind = 'r' and attnum > 0
            and (attname like '%%\\_at' or atttypid::regtype::text like 'timestamp%%')
        """.replace("%%", "%"),
    )
    odd = [
        row
        for row in found
        if not (row[1].endswith("_at") and row[2] == "timestamp with time zone")
    ]
    assert (odd, found != []) == ([], True)


def test_constraints_have_names_somebody_chose(catalogue: Connection) -> None:
    found = rows(
        catalogue,
        "select conname from pg_constraint where connamespace = 'platform'::regnamespace and conname ~ '_(check|key)[0-9]*$'",
    )
    assert found == []


@pytest.mark.parametrize(
    "privilege", ["select", "insert", "update", "delete", "truncate", "references", "trigger"]
)
def test_the_app_role_may_do_this_and_nothing_more(catalogue: Connection, privilege: str) -> None:
    kinds = (
        "has_any_column_privilege"
        if privilege in ("select", "insert", "update")
        else "has_table_privilege"
    )
    allowed = {
        name
        for name in tables(catalogue)
        if rows(catalogue, f"select {kinds}('fragua_app', 'platform.' || %s, %s)", name, privilege)[
            0
        ][0]
    }
    assert allowed == {name for name, granted in GRANTS.items() if privilege in granted}


def test_every_table_has_its_grants_decided(catalogue: Connection) -> None:
    assert tables(catalogue) == sorted(GRANTS)


def test_nobody_else_may_do_anything(catalogue: Connection) -> None:
    found = rows(
        catalogue,
        """
        select relname, acl.grantee::regrole::text from pg_class, aclexplode(relacl) as acl
        where relnamespace = 'platform'::regnamespace and acl.grantee not in
            ('fragua_app'::regrole, 'fragua_owner'::regrole)
        """,
    )
    assert found == []


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("api_keys", "secret_sha256"),
        ("api_keys", "role"),
        ("organizations", "plan"),
        ("organizations", "id"),
        ("api_keys", "last_used_at"),
        ("api_keys", "expires_at"),
        ("api_keys", "scopes"),
        ("memberships", "user_id"),
        ("invitations", "email"),
        ("invitations", "role"),
        ("idempotent_answers", "actor"),
        ("idempotent_answers", "request_sha256"),
        ("users", "id"),
        ("generations", "quota_period_started_at"),
        ("generations", "app_id"),
        ("apps", "slug"),
        ("apps", "number"),
        ("apps", "tenant_id"),
    ],
)
def test_the_app_role_may_not_change_this_column(
    catalogue: Connection, table: str, column: str
) -> None:
    query = "select has_column_privilege('fragua_app', 'platform.' || %s, %s, 'update')"
    assert rows(catalogue, query, table, column) == [(False,)]


def test_the_app_role_can_not_read_the_hash_of_a_key(catalogue: Connection) -> None:
    query = (
        "select has_column_privilege('fragua_app', 'platform.api_keys', 'secret_sha256', 'select')"
    )
    assert rows(catalogue, query) == [(False,)]


def test_the_roles_are_ordinary(catalogue: Connection) -> None:
    found = rows(
        catalogue,
        """
        select rolname, rolcanlogin, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication
        from pg_roles where rolname like 'fragua\\_%' order by rolname
        """,
    )
    assert found == [
        ("fragua_app", True, False, False, False, False, False),
        ("fragua_owner", False, False, False, False, False, False),
    ]


def test_the_app_role_owns_nothing_and_is_nobody_else(catalogue: Connection) -> None:
    owned = rows(
        catalogue,
        "select * from pg_shdepend where refobjid = 'fragua_app'::regrole and deptype = 'o'",
    )
    member = rows(catalogue, "select * from pg_auth_members where member = 'fragua_app'::regrole")
    assert (owned, member) == ([], [])


def test_definer_functions_are_the_listed_ones_with_a_pinned_path(catalogue: Connection) -> None:
    found = rows(
        catalogue,
        """
        select proname, proowner::regrole::text, proconfig, has_function_privilege('public', oid, 'execute')
        from pg_proc where pronamespace = 'platform'::regnamespace and prosecdef
        """,
    )
    expected = [
        (name, "fragua_owner", ["search_path=pg_catalog, pg_temp"], False)
        for name in DEFINER_FUNCTIONS
    ]
    assert sorted(found) == sorted(expected)


def test_there_are_no_views_that_could_lead_around_the_policies(catalogue: Connection) -> None:
    query = "select relname from pg_class where relnamespace = 'platform'::regnamespace and relkind in ('v', 'm', 'f')"
    assert rows(catalogue, query) == []


def test_the_app_role_can_make_nothing_here(catalogue: Connection) -> None:
    [found] = rows(
        catalogue,
        """
        select has_schema_privilege('fragua_app', 'platform', 'create'),
            has_schema_privilege('fragua_app', 'public', 'create'),
            has_schema_privilege('fragua_app', 'migrations', 'usage'),
            has_database_privilege('fragua_app', current_database(), 'create'),
            has_database_privilege('fragua_app', current_database(), 'temp')
        """,
    )
    assert found == (False,) * 5


def allowed_values(catalogue: Connection, constraint: str) -> set[str]:
    [[text]] = rows(
        catalogue,
        "select pg_get_constraintdef(oid) from pg_constraint where conname = %s",
        constraint,
    )
    return set(re.findall(r"'([a-z]+)'::text", text))


@pytest.mark.parametrize("constraint", ["memberships_role_is_known", "api_keys_role_is_known"])
def test_the_database_knows_the_roles_of_the_code(catalogue: Connection, constraint: str) -> None:
    assert allowed_values(catalogue, constraint) == set(get_args(Role))


def test_the_database_knows_the_plans_of_the_code(catalogue: Connection) -> None:
    assert allowed_values(catalogue, "organizations_plan_is_known") == set(get_args(Plan))


DOCUMENT = (Path(__file__).parents[2] / "docs" / "database.md").read_text()


def test_the_document_has_every_table_with_what_the_app_role_may_do(catalogue: Connection) -> None:
    letters = {"select": "r", "insert": "a", "update": "c", "delete": "d"}
    told = dict(re.findall(r"^\| `(\w+)` \| .* \| ([rcad ()–]+) \|$", DOCUMENT, re.MULTILINE))
    assert {name: set(re.findall("[a-z]", may)) for name, may in told.items()} == {
        name: {letters[privilege] for privilege in granted} for name, granted in GRANTS.items()
    }


def test_the_document_has_every_definer_function() -> None:
    assert set(re.findall(r"^\| `(\w+)\(.*?\)` \|", DOCUMENT, re.MULTILINE)) == DEFINER_FUNCTIONS


@pytest.mark.changes_the_schema
def test_the_example_in_the_how_to_works_and_passes(platform: Platform) -> None:
    """It is run, so that whoever follows it ends with a table that these tests accept."""
    text = (Path(__file__).parents[2] / "docs" / "how-to" / "add-a-table.md").read_text()
    example = re.search(r"```sql\n(.*?)```", text, re.DOTALL)
    assert example
    with platform.owner() as owner:
        owner.execute(example[1])  # type: ignore[call-overload]
        test_row_level_security_is_on_and_forced_on_every_table(owner)
        test_every_table_has_one_policy_in_the_provable_form_with_check(owner)
        test_foreign_keys_between_tenant_tables_carry_the_tenant(owner)
        test_indexes_of_tenant_tables_lead_with_the_tenant(owner)
        test_every_table_and_column_says_what_it_is(owner)
        test_constraints_have_names_somebody_chose(owner)


FORGOTTEN = [
    ("alter table platform.apps no force row level security", "row_level_security_is_on"),
    ("create policy more on platform.apps using (true)", "one_policy"),
    ("alter policy apps_tenant on platform.apps with check (true)", "one_policy"),
    ("create index oops on platform.apps (name)", "indexes_of_tenant_tables"),
    ("comment on column platform.apps.name is null", "says_what_it_is"),
    ("alter table platform.apps add column due timestamp", "with_time_zone"),
    ("create view platform.v as select 1", "no_views"),
    (
        "create table platform.t (tenant_id uuid not null, app_id uuid, u uuid unique)",
        "every_table_has_its_grants_decided",
    ),
    (
        "alter table platform.usage_metrics add constraint loose foreign key (id) references platform.apps (number)",
        "foreign_keys_between",
    ),
    (
        "create function platform.f() returns int language sql security definer as 'select 1'",
        "definer_functions",
    ),
]


@pytest.mark.changes_the_schema
@pytest.mark.parametrize(("change", "noticed_by"), FORGOTTEN, ids=[name for _, name in FORGOTTEN])
def test_these_tests_notice(platform: Platform, change: str, noticed_by: str) -> None:
    [test] = [
        test for name, test in globals().items() if name.startswith("test_") and noticed_by in name
    ]
    with platform.owner() as owner:
        test(owner)
        owner.execute(change)  # type: ignore[call-overload]
        with pytest.raises(AssertionError):
            test(owner)
