"""Invitations from the side of whoever holds the link, in PostgreSQL.

In: a `Database`. Out: tokens, `Preview`, `Joined`. Callers: doors, whoever sends letters, by way of `wiring.py`.
Implements `tenancy.invitations.InvitationLinks` and what `identity.joining` needs. The surprise: a token leads to its
organization through `one_time_tokens`, in a session that presents it; whether it still counts is decided by the
invitation's own row, under the organization's lock. So a link sent again ends the one before, and of two who accept at
once one finds it done.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from psycopg.types.json import Jsonb

from chalicelib.adapters import invitation_store, membership_store, person_store
from chalicelib.adapters.audit_log import record
from chalicelib.adapters.database import Database, Session
from chalicelib.adapters.one_time_tokens import TOKEN_BYTES, digest
from chalicelib.adapters.organization_row import LOCKED
from chalicelib.errors import Conflict, Forbidden, LinkExpired
from chalicelib.identity.people import Newcomer
from chalicelib.tenancy import members
from chalicelib.tenancy.invitations import (
    NOT_YOURS,
    OVER,
    Invitation,
    Joined,
    Preview,
    refuse_for_another,
    refuse_what_is_over,
)
from chalicelib.tenancy.organizations import Organization
from chalicelib.tenancy.roles import Role

LEADS_TO: Final = """
select (body ->> 'tenant_id')::uuid as tenant_id, (body ->> 'invitation_id')::uuid as invitation_id
from platform.one_time_tokens
where token_sha256 = %(sha256)s and purpose = 'invitation' and expires_at > now()
"""
SENT_WITH: Final = """
select id, email, role, locale, invited_by, created_at, expires_at, accepted_at, accepted_by, revoked_at,
    expires_at <= now() as has_expired
from platform.invitations
where tenant_id = %(tenant_id)s and id = %(invitation_id)s and token_sha256 = %(sha256)s
"""
ACCEPT: Final = """
update platform.invitations set accepted_at = now(), accepted_by = %(person_id)s
where tenant_id = %(tenant_id)s and id = %(invitation_id)s
"""
KEEP: Final = """
insert into platform.one_time_tokens (token_sha256, purpose, body, expires_at)
values (%(sha256)s, 'invitation', %(body)s, %(expires_at)s)
"""
LINK: Final = """
update platform.invitations set token_sha256 = %(sha256)s
where tenant_id = %(tenant_id)s and id = %(invitation_id)s
"""
ADDRESS: Final = "select email from platform.users where id = %(user_id)s"


@dataclass(frozen=True)
class LeadsTo:
    tenant_id: UUID
    invitation_id: UUID


@dataclass(frozen=True)
class HasAddress:
    email: str


@dataclass(frozen=True)
class Behind:
    """What a link leads to, held until the transaction ends."""

    here: Organization
    invited: Invitation

    def joined(self, person_id: UUID, role: Role) -> Joined:
        return Joined(
            organization_id=self.here.id,
            organization_name=self.here.name,
            user_id=person_id,
            role=role,
        )


class PostgresInvitationLinks:
    def __init__(self, database: Database) -> None:
        self._database = database

    def mint_for_invitation(self, tenant_id: UUID, invitation_id: UUID) -> str | None:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        body = {"tenant_id": str(tenant_id), "invitation_id": str(invitation_id)}
        with self._database.tenant_session(tenant_id) as session:
            here = session.one(Organization, LOCKED)
            invited = session.one(Invitation, invitation_store.READ, invitation_id=invitation_id)
            if here is None or invited is None or invited.status != "open":
                return None
            session.become(token=digest(token))
            values = {"sha256": digest(token), "expires_at": invited.expires_at}
            session.run(KEEP, body=Jsonb(body), **values)
            session.run(LINK, invitation_id=invitation_id, sha256=digest(token))
        return token

    def preview(self, token: str) -> Preview:
        with self._database.session_presenting(token=digest(token)) as session:
            behind = _behind(session, token)
        refuse_what_is_over(behind.invited)
        return Preview(
            organization_id=behind.here.id,
            organization_name=behind.here.name,
            email=behind.invited.email,
            role=behind.invited.role,
            locale=behind.invited.locale,
            expires_at=behind.invited.expires_at,
        )

    def accept(self, token: str, *, person_id: UUID) -> Joined:
        with self._database.session_presenting(token=digest(token)) as session:
            try:
                behind = _behind(session, token, user=person_id)
            except LinkExpired:
                raise Forbidden(NOT_YOURS) from None
            role = membership_store.role_of(session, person_id)
            if role and behind.invited.accepted_by == person_id:
                return behind.joined(person_id, role)
            theirs = session.one(HasAddress, ADDRESS)
            refuse_for_another(behind.invited, theirs.email if theirs else "")
            if role:
                raise Conflict(f"You are a member of {behind.here.name!r} already, as {role}.")
            return _join(session, behind, person_id)

    def accept_as_new(self, token: str, newcomer: Newcomer) -> Joined:
        with self._database.session_presenting(token=digest(token)) as session:
            behind = _behind(session, token)
            refuse_what_is_over(behind.invited)
            proved = replace(newcomer, email=behind.invited.email)
            person_id = person_store.settle(session, proved).user_id
            session.become(tenant=behind.here.id)
            return _join(session, behind, person_id)


def _behind(session: Session, token: str, **user: UUID) -> Behind:
    """Holds the organization. Raises `LinkExpired` for a link that leads nowhere, or was followed by another."""
    leads_to = session.one(LeadsTo, LEADS_TO, sha256=digest(token))
    if leads_to is None:
        raise LinkExpired(OVER)
    session.become(tenant=leads_to.tenant_id, **user)
    here = session.one(Organization, LOCKED)
    invited = session.one(
        Invitation, SENT_WITH, invitation_id=leads_to.invitation_id, sha256=digest(token)
    )
    if here is None or invited is None:
        raise LinkExpired(OVER)
    return Behind(here, invited)


def _join(session: Session, behind: Behind, person_id: UUID) -> Joined:
    members.refuse_to_join(behind.here.plan, membership_store.refuse_one_more(session))
    invited = behind.invited
    membership_store.add(session, person_id, invited.role)
    session.run(ACCEPT, invitation_id=invited.id, person_id=person_id)
    by = f"user:{person_id}"
    record(session, by, "invitation.accepted", invited.id, email=invited.email)
    record(session, by, "member.joined", person_id, after={"role": invited.role})
    return behind.joined(person_id, invited.role)
