"""Organizations and their API keys, in PostgreSQL.

In: a `Database`. Out: `Organization`, `Quota`, `KnownKey`. Callers: doors, by way of `wiring.py`. Implements
`tenancy.organizations.OrganizationStore` and `identity.api_keys.Keys`. The surprise: `known_key` is the one place that
asks the database without naming a tenant, through a function made for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

from chalicelib.adapters.database import Database, Session
from chalicelib.errors import NotFound
from chalicelib.identity.api_keys import KnownKey
from chalicelib.tenancy.organizations import Organization, Quota
from chalicelib.tenancy.plans import GENERATIONS_PER_MONTH, quota_month, resets_at

READ: Final = """
select id, name, plan, locale, created_at from platform.organizations where tenant_id = %(tenant_id)s
"""
CHARGED: Final = """
select count(*) as used from platform.generations
where tenant_id = %(tenant_id)s and quota_month = %(quota_month)s and is_charged
"""
KNOWN_KEY: Final = """
select id, organization_id, secret_sha256, role, scopes from platform.authenticate_api_key(%(prefix)s)
"""


@dataclass(frozen=True)
class Charged:
    used: int


class PostgresOrganizationStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, tenant_id: UUID) -> Organization:
        with self._database.tenant_session(tenant_id) as session:
            return organization(session)

    def quota(self, tenant_id: UUID) -> Quota:
        now = datetime.now(UTC)
        with self._database.tenant_session(tenant_id) as session:
            return Quota(
                limit=GENERATIONS_PER_MONTH[organization(session).plan],
                used=charged(session, quota_month(now)),
                resets_at=resets_at(now),
            )

    def known_key(self, prefix: str) -> KnownKey | None:
        with self._database.session_outside_tenants() as session:
            return session.one(KnownKey, KNOWN_KEY, prefix=prefix)


def organization(session: Session) -> Organization:
    found = session.one(Organization, READ)
    if found is None:
        raise NotFound("There is no such organization.")
    return found


def charged(session: Session, month: date) -> int:
    """How many generations count against `month`'s quota."""
    counted = session.one(Charged, CHARGED, quota_month=month)
    return counted.used if counted else 0
