"""API keys, in PostgreSQL.

In: a `Database`. Out: `KnownKey`, `ApiKey`. Callers: doors, by way of `wiring.py`. Implements `identity.api_keys.KeyStore`.
The surprise: `known_key` asks the database without naming a tenant, through a function made for it; and when a key was
last used is written at most once a minute, by the process and by the database.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from chalicelib.adapters.audit_log import record
from chalicelib.adapters.database import Database, Reference, Session
from chalicelib.adapters.pages import bounds, page
from chalicelib.errors import Conflict, Forbidden, NotFound
from chalicelib.identity.api_keys import LIVE_KEYS_MAX, ApiKey, IssuedKey, KnownKey, NewKey
from chalicelib.tenancy.pages import Page
from chalicelib.tenancy.remembered import Remembered
from chalicelib.tenancy.roles import LADDER, Permission, Role, is_above, may

NOTED_EVERY_S: Final = 60.0
NOTED_KEYS_MAX: Final = 10_000

KNOWN_KEY: Final = """
select id, organization_id, secret_sha256, role, scopes, billing_state
from platform.authenticate_api_key(%(prefix)s)
"""
NOTE_USE: Final = "select platform.note_use_of_api_key(%(key_id)s)"
LOCK_ORGANIZATION: Final = """
select id from platform.organizations where tenant_id = %(tenant_id)s for no key update
"""
COUNT_LIVE: Final = """
select count(*) as live from platform.api_keys
where tenant_id = %(tenant_id)s and revoked_at is null and (expires_at is null or expires_at > now())
"""
ISSUE: Final = """
select platform.issue_api_key(
    %(prefix)s, %(secret_sha256)s, %(name)s, %(role)s, %(scopes)s::text[], %(by)s, %(expires_at)s
) as id
"""
READ: Final = """
select id, prefix, name, role, scopes, created_by, created_at, expires_at, revoked_at, last_used_at
from platform.api_keys where tenant_id = %(tenant_id)s and id = %(key_id)s
"""
PAGE: Final = """
select id, prefix, name, role, scopes, created_by, created_at, expires_at, revoked_at, last_used_at
from platform.api_keys
where tenant_id = %(tenant_id)s
    and (
        %(before_at)s::timestamptz is null
        or (created_at, id) < (%(before_at)s::timestamptz, %(before_id)s::uuid)
    )
order by created_at desc, id desc
limit %(fetched)s
"""
REVOKE: Final = """
update platform.api_keys set revoked_at = now()
where tenant_id = %(tenant_id)s and id = %(key_id)s and revoked_at is null
"""
REVOKE_MADE_BY: Final = """
with recursive made as (
    select id, role from platform.api_keys where tenant_id = %(tenant_id)s and created_by = %(maker)s
    union
    select child.id, child.role from platform.api_keys as child
    join made on child.created_by = 'api_key:' || made.id
    where child.tenant_id = %(tenant_id)s
)
update platform.api_keys as api_key set revoked_at = now()
from made
where api_key.tenant_id = %(tenant_id)s and api_key.id = made.id and api_key.revoked_at is null
    and made.role = any (%(roles)s)
returning api_key.id
"""
MAKER_NOW: Final = """
select role from platform.memberships where tenant_id = %(tenant_id)s and 'user:' || user_id = %(maker)s
union all
select role from platform.api_keys
where tenant_id = %(tenant_id)s and 'api_key:' || id = %(maker)s
    and revoked_at is null and (expires_at is null or expires_at > now())
"""


@dataclass(frozen=True)
class HasRole:
    role: Role


@dataclass(frozen=True)
class Counted:
    live: int


class PostgresApiKeyStore:
    def __init__(self, database: Database, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock_s = clock_s
        self._noted: Remembered[UUID, float] = Remembered(NOTED_KEYS_MAX)

    def known_key(self, prefix: str) -> KnownKey | None:
        with self._database.session_outside_tenants() as session:
            return session.one(KnownKey, KNOWN_KEY, prefix=prefix)

    def note_use(self, tenant_id: UUID, key_id: UUID) -> None:
        now_s = self._clock_s()
        noted_s = self._noted.get(key_id)
        if noted_s is not None and now_s - noted_s < NOTED_EVERY_S:
            return
        with self._database.tenant_session(tenant_id) as session:
            session.run(NOTE_USE, key_id=key_id)
        self._noted.put(key_id, now_s)

    def add(
        self,
        tenant_id: UUID,
        new: NewKey,
        *,
        name: str,
        role: Role,
        scopes: Sequence[Permission],
        expires_at: datetime | None,
        by: str,
    ) -> IssuedKey:
        wanted = {"name": name, "role": role, "scopes": list(scopes), "expires_at": expires_at}
        with self._database.tenant_session(tenant_id) as session:
            refuse_one_too_many(session)
            refuse_unless_still_held(session, by, role)
            made = session.one(
                Reference,
                ISSUE,
                prefix=new.prefix,
                secret_sha256=new.secret_sha256,
                by=by,
                **wanted,
            )
            assert made is not None  # the function returns its row or raises
            record(session, by, "api_key.created", made.id, after={"prefix": new.prefix, **wanted})
            return IssuedKey(key=new.text, **asdict(read(session, made.id)))

    def page(self, tenant_id: UUID, *, cursor: str | None, limit: int) -> Page[ApiKey]:
        values = bounds(cursor, limit)
        with self._database.tenant_session(tenant_id) as session:
            return page(session.all(ApiKey, PAGE, **values), limit)

    def revoke(self, tenant_id: UUID, key_id: UUID, *, by: str) -> None:
        with self._database.tenant_session(tenant_id) as session:
            if session.run(REVOKE, key_id=key_id):
                record_revoked(session, by, key_id)
            else:
                read(session, key_id)


def end_keys_of(session: Session, maker: str, *, keeps: Role | None, by: str) -> None:
    """For whoever leaves an organization (`keeps` None) or has another role in it now: stops what they made, and what
    those keys made, as far as it is above that role. `maker` is as in `api_keys.created_by`."""
    roles = [role for role in LADDER if keeps is None or is_above(role, keeps)]
    for key in session.all(Reference, REVOKE_MADE_BY, maker=maker, roles=roles):
        record_revoked(session, by, key.id)


def refuse_unless_still_held(session: Session, maker: str, role: Role) -> None:
    """The maker's role as it is now, under the organization's lock: who is just being removed makes no key."""
    if maker.startswith("system:"):
        return
    now = session.one(HasRole, MAKER_NOW, maker=maker)
    if now is None or not may(now.role, "keys:manage") or is_above(role, now.role):
        raise Forbidden("Your role has changed meanwhile; it does not allow this any more.")


def record_revoked(session: Session, by: str, key_id: UUID) -> None:
    record(
        session, by, "api_key.revoked", key_id, before={"state": "live"}, after={"state": "revoked"}
    )


def refuse_one_too_many(session: Session) -> None:
    """Holds the organization until the transaction ends: its keys are made one after another."""
    if session.one(Reference, LOCK_ORGANIZATION) is None:
        raise NotFound("There is no such organization.")
    counted = session.one(Counted, COUNT_LIVE)
    if counted and counted.live >= LIVE_KEYS_MAX:
        raise Conflict(
            f"An organization has at most {LIVE_KEYS_MAX} live keys. Revoke one first.",
            limit=LIVE_KEYS_MAX,
        )


def read(session: Session, key_id: UUID) -> ApiKey:
    found = session.one(ApiKey, READ, key_id=key_id)
    if found is None:
        raise NotFound(f"There is no API key {key_id} here.")
    return found
