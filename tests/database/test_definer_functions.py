"""The functions that cross from 'no tenant known' to a tenant: what they give, and what they must not."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
import pytest
from psycopg.errors import (
    InsufficientPrivilege,
    InvalidTextRepresentation,
    NotNullViolation,
    UniqueViolation,
)

from chalicelib.adapters.api_key_store import PostgresApiKeyStore
from chalicelib.adapters.database import Database
from chalicelib.errors import Unauthenticated
from chalicelib.identity.api_keys import NewKey, authenticate, new_key
from tests.database.test_catalogue import DEFINER_FUNCTIONS
from tests.database.world import Connection, Platform, Tenant, act_for, claim

Tenants = tuple[Tenant, Tenant]

ISSUE = "select platform.issue_api_key(%s, %s, 'a key', 'builder', %s, 'system:test')"
AUTHENTICATE = (
    "select id, organization_id, secret_sha256, role, scopes from platform.authenticate_api_key(%s)"
)


def issue(connection: Connection, key: NewKey, scopes: list[str] | None = None) -> None:
    connection.execute(ISSUE, [key.prefix, key.secret_sha256, scopes or []])


@pytest.fixture
def key(platform: Platform, tenants: Tenants) -> NewKey:
    """A live key of the first tenant."""
    made = new_key()
    with platform.app() as connection:
        act_for(connection, tenants[0].id)
        issue(connection, made, ["apps:read"])
    return made


@pytest.fixture
def keys(database: Database) -> PostgresApiKeyStore:
    return PostgresApiKeyStore(database)


def test_a_key_leads_to_its_principal(
    keys: PostgresApiKeyStore, key: NewKey, tenants: Tenants
) -> None:
    principal = authenticate(f"Bearer {key.text}", keys=keys)
    assert principal.organization_id == tenants[0].id
    assert principal.may("apps:read")
    assert not principal.may("apps:write")


def test_a_key_tells_how_its_organization_stands_with_its_payments(
    platform: Platform, keys: PostgresApiKeyStore, key: NewKey, tenants: Tenants
) -> None:
    assert authenticate(f"Bearer {key.text}", keys=keys).billing_state == "current"
    with platform.admin() as connection:
        connection.execute(
            "update platform.organizations set billing_state = 'read_only' where id = %s",
            [tenants[0].id],
        )
    assert authenticate(f"Bearer {key.text}", keys=keys).billing_state == "read_only"


def test_a_wrong_secret_is_refused(keys: PostgresApiKeyStore, key: NewKey) -> None:
    with pytest.raises(Unauthenticated):
        authenticate(f"Bearer fragua_{key.prefix}_{'0' * 64}", keys=keys)


def test_an_unknown_prefix_is_refused(keys: PostgresApiKeyStore, key: NewKey) -> None:
    with pytest.raises(Unauthenticated):
        authenticate(f"Bearer {new_key().text}", keys=keys)


@pytest.mark.parametrize(
    "ending", ["revoked_at = now()", "expires_at = now() - interval '1 second'"]
)
def test_a_key_that_ended_is_refused(
    platform: Platform, keys: PostgresApiKeyStore, key: NewKey, ending: str
) -> None:
    with platform.admin() as connection:
        connection.execute(f"update platform.api_keys set {ending} where prefix = %s", [key.prefix])  # type: ignore[call-overload]
    with pytest.raises(Unauthenticated):
        authenticate(f"Bearer {key.text}", keys=keys)


@pytest.mark.parametrize("is_known", [True, False])
def test_asking_for_a_foreign_key_does_not_change_the_sessions_tenant(
    platform: Platform, key: NewKey, tenants: Tenants, is_known: bool
) -> None:
    """Else the function would be a way to act as anybody."""
    _, other = tenants
    with platform.app() as connection:
        act_for(connection, other.id)
        connection.execute(AUTHENTICATE, [key.prefix if is_known else "00000000"])
        assert connection.execute("select distinct tenant_id from platform.apps").fetchall() == [
            (other.id,)
        ]
        assert connection.execute(
            "select current_setting('app.presented_prefix', true)"
        ).fetchone() == ("",)


def test_asking_without_a_tenant_leaves_none(platform: Platform, key: NewKey) -> None:
    with platform.app() as connection:
        found = connection.execute(AUTHENTICATE, [key.prefix]).fetchall()
        assert len(found) == 1
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            connection.execute("select * from platform.apps")


def test_presenting_a_prefix_by_hand_opens_nothing(platform: Platform, key: NewKey) -> None:
    with platform.app() as connection:
        connection.execute("select set_config('app.presented_prefix', %s, true)", [key.prefix])
        with pytest.raises(InsufficientPrivilege):
            connection.execute("select * from platform.api_key_routes")


def test_a_prefix_is_never_a_pattern(platform: Platform, key: NewKey) -> None:
    with platform.app() as connection:
        for guess in ("%", "", "_" * 8, "' or true --"):
            assert connection.execute(AUTHENTICATE, [guess]).fetchall() == []


def test_a_key_is_issued_for_the_sessions_tenant_only(
    platform: Platform, key: NewKey, tenants: Tenants
) -> None:
    with platform.admin() as connection:
        found = connection.execute(
            "select tenant_id from platform.api_keys where prefix = %s", [key.prefix]
        ).fetchall()
    assert found == [(tenants[0].id,)]


def test_a_key_can_not_be_issued_without_a_tenant(platform: Platform) -> None:
    made = new_key()
    with platform.app() as connection, pytest.raises((NotNullViolation, InsufficientPrivilege)):
        issue(connection, made)


def test_a_prefix_can_not_be_taken_over(platform: Platform, key: NewKey, tenants: Tenants) -> None:
    with platform.app() as connection:
        act_for(connection, tenants[1].id)
        with pytest.raises(UniqueViolation):
            issue(connection, NewKey("", key.prefix, bytes(32)))


def test_a_key_of_a_deleted_organization_is_refused(
    platform: Platform, keys: PostgresApiKeyStore, key: NewKey, tenants: Tenants
) -> None:
    with platform.admin() as connection:
        connection.execute(
            "update platform.organizations set deletion_due_at = now(), deleted_at = now() where id = %s",
            [tenants[0].id],
        )
    with pytest.raises(Unauthenticated):
        authenticate(f"Bearer {key.text}", keys=keys)


def last_used(platform: Platform, key: NewKey) -> datetime | None:
    with platform.admin() as connection:
        row = connection.execute(
            "select last_used_at from platform.api_keys where prefix = %s", [key.prefix]
        ).fetchone()
    return row[0] if row else None


def test_use_is_noted_once_a_minute(platform: Platform, key: NewKey, tenants: Tenants) -> None:
    note = "select platform.note_use_of_api_key(id) from platform.api_keys where prefix = %s"

    def note_use() -> datetime | None:
        with platform.app() as connection:
            act_for(connection, tenants[0].id)
            connection.execute(note, [key.prefix])
        return last_used(platform, key)

    assert last_used(platform, key) is None
    first = note_use()
    assert first is not None
    assert note_use() == first
    with platform.admin() as connection:
        connection.execute("update platform.api_keys set last_used_at = now() - interval '61 s'")
    assert (note_use() or first) > first


def test_the_use_of_another_tenants_key_is_not_noted(
    platform: Platform, keys: PostgresApiKeyStore, key: NewKey, tenants: Tenants
) -> None:
    known = keys.known_key(key.prefix)
    assert known is not None
    with platform.app() as connection:
        act_for(connection, tenants[1].id)
        connection.execute("select platform.note_use_of_api_key(%s)", [known.id])
    assert last_used(platform, key) is None
    with platform.app() as connection:
        act_for(connection, "")
        with pytest.raises(InvalidTextRepresentation):
            connection.execute("select platform.note_use_of_api_key(%s)", [known.id])


CALLS = {
    "authenticate_api_key": "select * from platform.authenticate_api_key(%(prefix)s)",
    "note_use_of_api_key": "select platform.note_use_of_api_key(%(row_id)s)",
    "issue_api_key": "select platform.issue_api_key('new00000', %(hash)s, 'k', 'viewer', '{}', 'system:test')",
    "generations_to_sweep": "select * from platform.generations_to_sweep(0, 100)",
    "stop_watching": "select platform.stop_watching(%(row_id)s)",
    "watch_generation": "update platform.generations set status = 'cancelled', is_charged = false, ended_at = %(at)s",
    "my_organizations": "select * from platform.my_organizations()",
    "people_here": "select * from platform.people_here()",
    "note_membership": (
        "insert into platform.memberships (tenant_id, user_id, role) values (%(tenant)s, %(other)s, 'viewer')"
    ),
    "post_letter": "select platform.post_letter(%(row_id)s, 'sign_up', 'en', '{}')",
    "take_letters": "select * from platform.take_letters(100, 60)",
    "letter_is_done": "select platform.letter_is_done(%(row_id)s)",
    "note_expiry": (
        "insert into platform.one_time_tokens (token_sha256, purpose, expires_at)"
        " values (%(token)s, 'sign_up', %(at)s)"
    ),
    "forget_expired": "select platform.forget_expired(100)",
    "note_deletion": "update platform.organizations set deletion_due_at = %(at)s",
    "note_export": "insert into platform.organization_exports (tenant_id, requested_by) values (%(tenant)s, 'user:x')",
    "take_tenant_jobs": "select * from platform.take_tenant_jobs(100, 60)",
    "erase_organization": "select platform.erase_organization(100)",
    "shared_blueprints": "select * from platform.shared_blueprints()",
    "shared_overlays": "select * from platform.shared_overlays()",
    "open_billing_account": "select platform.open_billing_account('cus_new', false, null)",
    "hear_stripe_event": "select * from platform.hear_stripe_event('evt_new', 'invoice.paid', %(at)s, %(customer)s)",
    "forget_stripe_events": "select platform.forget_stripe_events(%(at)s, 100)",
    "note_stripe_price": (
        "select platform.note_stripe_price('price_new', 'prod_1', true, 'usd', 2900, 'month', %(at)s, 'evt_new')"
    ),
    "known_stripe_prices": "select * from platform.known_stripe_prices()",
    "billing_accounts_after": "select * from platform.billing_accounts_after('', 100)",
    "organization_stands": "select platform.organization_stands('pro', 'current', null, null, null)",
    "note_meter_event": "update platform.meter_events set refused_at = %(at)s, refused_reason = 'x'",
    "note_billing_step": "update platform.billing_accounts set step_due_at = %(at)s",
}
BEFORE = {
    "erase_organization": "update platform.organizations set deletion_due_at = %(at)s, deleted_at = %(at)s",
    "take_tenant_jobs": "update platform.organizations set deletion_due_at = %(at)s",
}
"""What must be so for a call to do anything."""
SETTINGS = ["current_tenant_id", "current_user_id", "presented_identity", "presented_token"]
CLOSED = ["current_duty", "presented_prefix"]
"""What opens tables that the app role can't read whatever it claims: these may be left empty as well."""


@pytest.fixture
def values(tenants: Tenants) -> dict[str, object]:
    mine, other = tenants
    return {
        "tenant": mine.id,
        "other": other.user_id,
        "prefix": mine.id.hex[:8],
        "customer": f"cus_{mine.id.hex}",
        "row_id": mine.generation_id,
        "hash": bytes(32),
        "token": "e" * 64,
        "at": datetime(2026, 1, 1, tzinfo=UTC),
    }


def prepare(
    connection: Connection, tenant: Tenant, values: dict[str, object], function: str
) -> None:
    """Claims everything there is to claim, and makes the call worth something."""
    claims = (tenant.id, tenant.user_id, tenant.identity, str(values["token"]))
    for name, value in zip(SETTINGS, claims, strict=True):
        claim(connection, f"app.{name}", value)
    if function in BEFORE:
        connection.execute(BEFORE[function], values)  # type: ignore[call-overload]


def claims(connection: Connection, names: list[str]) -> list[str]:
    query = "select coalesce(current_setting('app.' || %s, true), '')"
    return [str((connection.execute(query, [name]).fetchone() or [""])[0]) for name in names]


def test_every_definer_function_is_called_here() -> None:
    assert set(CALLS) == DEFINER_FUNCTIONS


@pytest.mark.parametrize("function", CALLS)
def test_it_leaves_the_callers_settings_as_they_were(
    platform: Platform, tenants: Tenants, values: dict[str, object], function: str
) -> None:
    with platform.app() as connection:
        prepare(connection, tenants[0], values, function)
        before = claims(connection, SETTINGS)
        connection.execute(CALLS[function], values)  # type: ignore[call-overload]
        assert claims(connection, SETTINGS) == before
        assert claims(connection, CLOSED) == ["", ""]


@pytest.mark.changes_the_schema
@pytest.mark.parametrize("function", CALLS)
def test_it_runs_no_planted_code(
    platform: Platform, tenants: Tenants, values: dict[str, object], function: str
) -> None:
    """The classic attack on definer functions: put a namesake where the search path looks first."""
    with platform.admin() as connection:
        connection.execute(PLANTED)
    with platform.app() as connection:
        prepare(connection, tenants[0], values, function)
        connection.execute("set local search_path = planted, pg_catalog")
        connection.execute(CALLS[function], values)  # type: ignore[call-overload]


PLANTED = """
create schema planted;
grant usage on schema planted to fragua_app;
do $plant$
declare
    made text;
begin
    foreach made in array array[
        'set_config(text, text, boolean) returns text', 'current_setting(text, boolean) returns text',
        'now() returns timestamptz', 'to_jsonb(anyelement) returns jsonb',
        'make_interval(integer, integer, integer, integer, integer, integer, double precision) returns interval',
        'same(text, text) returns boolean', 'same(uuid, uuid) returns boolean',
        'earlier(timestamptz, timestamptz) returns boolean', 'plus(bigint, bigint) returns bigint'
    ] loop
        execute 'create function planted.' || made || ' language plpgsql as
            $$ begin raise exception ''planted code ran as %'', current_user; end $$';
    end loop;
end
$plant$;
create operator planted.= (leftarg = text, rightarg = text, function = planted.same);
create operator planted.= (leftarg = uuid, rightarg = uuid, function = planted.same);
create operator planted.<= (leftarg = timestamptz, rightarg = timestamptz, function = planted.earlier);
create operator planted.+ (leftarg = bigint, rightarg = bigint, function = planted.plus);
"""


@pytest.mark.parametrize(
    "trigger",
    [
        "watch_generation",
        "note_membership",
        "note_expiry",
        "note_deletion",
        "note_export",
        "note_billing_step",
        "note_meter_event",
    ],
)
def test_a_triggers_function_can_not_be_called_by_hand(platform: Platform, trigger: str) -> None:
    with platform.app() as connection, pytest.raises(psycopg.Error):
        connection.execute(f"select platform.{trigger}()")  # type: ignore[call-overload]
