"""What a member passed on of what they may: API keys and invitations. It ends with their own right to it.

In: an open session of the tenant that holds the organization, who passed it on, the role they keep. Out: nothing.
Callers: `membership_store.py`. The surprise: keys make keys, and both invite; so what a key passed on counts as its maker's,
even when that key ended long ago.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from chalicelib.adapters.api_key_store import end_keys_of
from chalicelib.adapters.audit_log import record
from chalicelib.adapters.database import Session
from chalicelib.tenancy.roles import LADDER, Role, is_above

REVOKE_SENT_BY: Final = """
with recursive made as (
    select 'api_key:' || id as actor from platform.api_keys
    where tenant_id = %(tenant_id)s and created_by = %(maker)s
    union
    select 'api_key:' || child.id from platform.api_keys as child
    join made on child.created_by = made.actor
    where child.tenant_id = %(tenant_id)s
)
update platform.invitations set revoked_at = now(), token_sha256 = null
where tenant_id = %(tenant_id)s and accepted_at is null and revoked_at is null and role = any (%(roles)s)
    and (invited_by = %(maker)s or invited_by in (select made.actor from made))
returning id, email, role
"""


@dataclass(frozen=True)
class Revoked:
    id: UUID
    email: str
    role: Role


def end_what_they_passed_on(session: Session, maker: str, *, keeps: Role | None, by: str) -> None:
    """For whoever leaves (`keeps` None) or has another role now: as far as it is above that role. `maker`: `user:<id>`."""
    end_keys_of(session, maker, keeps=keeps, by=by)
    roles = [role for role in LADDER if keeps is None or is_above(role, keeps)]
    for one in session.all(Revoked, REVOKE_SENT_BY, maker=maker, roles=roles):
        record(session, by, "invitation.revoked", one.id, email=one.email, role=one.role)
