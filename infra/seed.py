"""The first organization, its owner and an API key, so that the public API can be used at all; and the catalogue. The owner has no
password: they choose one with `fragua password forgot`.

In: a connection string that may act as `fragua_owner`, the key given out before (if it is still known). Out: the
organization's id and the key. Callers: `infra/local`, an operator after a first deployment. The surprise: a key can't
be read back; when the caller lost it, the old one is revoked and a new one made.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

import psycopg

from chalicelib.identity.addresses import canonical, identity
from chalicelib.identity.api_keys import digest, new_key, split_key
from infra.catalogue import seed_catalogue
from infra.migrate import DATABASE, OWNER, compose, connected

ORGANIZATION_ID: Final = uuid5(NAMESPACE_URL, "fragua:first-organization")
USER_ID: Final = uuid5(NAMESPACE_URL, "fragua:first-user")
KEY_NAME: Final = "first key"
ACTOR: Final = "system:seed"

ACT_FOR: Final = """
select set_config('app.current_tenant_id', %(organization_id)s, true), set_config('app.current_user_id', %(user_id)s, true),
    set_config('app.presented_identity', %(identity)s, true)
"""
ORGANIZATION: Final = """
insert into platform.organizations (id, name, plan) values (%(organization_id)s, %(name)s, 'scale') on conflict do nothing
"""
USER: Final = """
insert into platform.users (id, email, name) values (%(user_id)s, %(email)s, 'Owner') on conflict (id) do update
set email = excluded.email where users.email = 'owner@localhost'
"""
CREDENTIALS: Final = """
insert into platform.person_credentials (user_id) values (%(user_id)s) on conflict do nothing
"""
IDENTITY: Final = """
insert into platform.identity_routes (identity, user_id)
select %(identity)s, id from platform.users where id = %(user_id)s and email = %(email)s
on conflict do nothing
"""
MEMBERSHIP: Final = """
insert into platform.memberships (tenant_id, user_id, role) values (%(organization_id)s, %(user_id)s, 'owner')
on conflict do nothing
"""
IS_LIVE: Final = """
select exists (
    select from platform.api_keys
    where tenant_id = %(organization_id)s and prefix = %(prefix)s and secret_sha256 = %(secret_sha256)s
        and revoked_at is null and (expires_at is null or expires_at > now())
)
"""
REVOKE: Final = """
update platform.api_keys set revoked_at = now()
where tenant_id = %(organization_id)s and name = %(key_name)s and revoked_at is null
"""
ISSUE: Final = """
select platform.issue_api_key(%(prefix)s, %(secret_sha256)s, %(key_name)s, 'owner', '{}', %(actor)s)
"""


def seed(
    admin_dsn: str,
    *,
    api_key: str | None = None,
    database: str = DATABASE,
    name: str = "Fragua",
    email: str = "owner@example.com",
) -> dict[str, str]:
    """`{"organization_id", "api_key"}`: the key that was given when it still works, else a new one."""
    values: dict[str, Any] = {
        "organization_id": str(ORGANIZATION_ID),
        "user_id": str(USER_ID),
        "name": name,
        "email": canonical(email),
        "identity": identity(canonical(email)),
        "key_name": KEY_NAME,
        "actor": ACTOR,
    }
    with connected(admin_dsn, dbname=database) as connection, connection.transaction():
        connection.execute(compose("set local role {}", OWNER))
        for statement in (ACT_FOR, ORGANIZATION, USER, CREDENTIALS, IDENTITY, MEMBERSHIP):
            connection.execute(statement, values)
        key = (
            api_key
            if api_key and is_live(connection, api_key, values)
            else issue(connection, values)
        )
        seed_catalogue(connection)
    return {"organization_id": str(ORGANIZATION_ID), "api_key": key}


def is_live(connection: psycopg.Connection[Any], api_key: str, values: dict[str, Any]) -> bool:
    parts = split_key(api_key)
    if parts is None:
        return False
    prefix, secret = parts
    row = connection.execute(
        IS_LIVE, values | {"prefix": prefix, "secret_sha256": digest(secret)}
    ).fetchone()
    return bool(row and row[0])


def issue(connection: psycopg.Connection[Any], values: dict[str, Any]) -> str:
    key = new_key()
    connection.execute(REVOKE, values)
    connection.execute(ISSUE, values | {"prefix": key.prefix, "secret_sha256": key.secret_sha256})
    return key.text
