"""The functions that cross from 'no tenant known' to a tenant: what they give, and what they must not."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege, NotNullViolation, UniqueViolation

from chalicelib.adapters.database import Database
from chalicelib.adapters.organization_store import PostgresOrganizationStore
from chalicelib.errors import Unauthenticated
from chalicelib.identity.api_keys import NewKey, authenticate, new_key
from tests.database.world import Connection, Platform, Tenant, act_for

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
def keys(database: Database) -> PostgresOrganizationStore:
    return PostgresOrganizationStore(database)


def test_a_key_leads_to_its_principal(
    keys: PostgresOrganizationStore, key: NewKey, tenants: Tenants
) -> None:
    principal = authenticate(f"Bearer {key.text}", keys=keys)
    assert principal.organization_id == tenants[0].id
    assert principal.may("apps:read")
    assert not principal.may("apps:write")


def test_a_wrong_secret_is_refused(keys: PostgresOrganizationStore, key: NewKey) -> None:
    with pytest.raises(Unauthenticated):
        authenticate(f"Bearer fragua_{key.prefix}_{'0' * 64}", keys=keys)


def test_an_unknown_prefix_is_refused(keys: PostgresOrganizationStore, key: NewKey) -> None:
    with pytest.raises(Unauthenticated):
        authenticate(f"Bearer {new_key().text}", keys=keys)


@pytest.mark.parametrize(
    "ending", ["revoked_at = now()", "expires_at = now() - interval '1 second'"]
)
def test_a_key_that_ended_is_refused(
    platform: Platform, keys: PostgresOrganizationStore, key: NewKey, ending: str
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


@pytest.mark.changes_the_schema
def test_a_planted_function_is_not_called(platform: Platform, key: NewKey) -> None:
    """The classic attack on definer functions: put a namesake where the search path looks first."""
    with platform.admin() as connection:
        connection.execute(
            """
            create schema planted;
            grant usage on schema planted to fragua_app;
            create function planted.set_config(text, text, boolean) returns text language plpgsql
                as $$ begin raise exception 'planted code ran as %', current_user; end $$;
            create function planted.now() returns timestamptz language plpgsql
                as $$ begin raise exception 'planted code ran as %', current_user; end $$;
            """
        )
    with platform.app() as connection:
        connection.execute("set local search_path = planted, pg_catalog")
        assert len(connection.execute(AUTHENTICATE, [key.prefix]).fetchall()) == 1


@pytest.mark.changes_the_schema
def test_a_planted_operator_is_not_called(platform: Platform, key: NewKey) -> None:
    with platform.admin() as connection:
        connection.execute(
            """
            create schema planted;
            grant usage on schema planted to fragua_app;
            create function planted.same(text, text) returns boolean language plpgsql
                as $$ begin raise exception 'planted code ran as %', current_user; end $$;
            create operator planted.= (leftarg = text, rightarg = text, function = planted.same);
            """
        )
    with platform.app() as connection:
        connection.execute("set local search_path = planted, pg_catalog")
        assert len(connection.execute(AUTHENTICATE, [key.prefix]).fetchall()) == 1
