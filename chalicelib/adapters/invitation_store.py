"""Invitations from the organization's side, in PostgreSQL.

In: a `Database`. Out: `Invitation`. Callers: doors, by way of `wiring.py`. Implements `tenancy.invitations.InvitationStore`.
The surprise: whoever is invited here is only written down and a letter posted; the link is minted by `invitation_links.py`
when the letter leaves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from chalicelib.adapters import membership_store, plan_rows
from chalicelib.adapters.audit_log import record
from chalicelib.adapters.database import Database, Session
from chalicelib.adapters.organization_row import locked
from chalicelib.adapters.outbox import Outbox
from chalicelib.adapters.pages import bounds, page
from chalicelib.errors import Conflict, NotFound
from chalicelib.tenancy import arrears, invitations, members
from chalicelib.tenancy.audit import Action
from chalicelib.tenancy.invitations import GOOD_FOR, Invitation
from chalicelib.tenancy.members import Asker
from chalicelib.tenancy.organizations import Organization
from chalicelib.tenancy.pages import Page
from chalicelib.tenancy.roles import Role

READ: Final = """
select id, email, role, locale, invited_by, created_at, expires_at, accepted_at, accepted_by, revoked_at,
    expires_at <= now() as has_expired
from platform.invitations where tenant_id = %(tenant_id)s and id = %(invitation_id)s
"""
OPEN_FOR: Final = """
select id, email, role, locale, invited_by, created_at, expires_at, accepted_at, accepted_by, revoked_at,
    expires_at <= now() as has_expired
from platform.invitations
where tenant_id = %(tenant_id)s and lower(email) = lower(%(email)s) and accepted_at is null and revoked_at is null
"""
PAGE: Final = """
select id, email, role, locale, invited_by, created_at, expires_at, accepted_at, accepted_by, revoked_at,
    expires_at <= now() as has_expired
from platform.invitations
where tenant_id = %(tenant_id)s
    and (
        %(before_at)s::timestamptz is null
        or (created_at, id) < (%(before_at)s::timestamptz, %(before_id)s::uuid)
    )
order by created_at desc, id desc
limit %(fetched)s
"""
HOW_MANY_OPEN: Final = """
select count(*) as number from platform.invitations
where tenant_id = %(tenant_id)s and accepted_at is null and revoked_at is null
"""
INSERT: Final = """
insert into platform.invitations (tenant_id, id, email, role, locale, invited_by, expires_at)
values (%(tenant_id)s, gen_random_uuid(), %(email)s, %(role)s, %(locale)s, %(by)s, now() + %(good_for)s)
returning id, email, role, locale, invited_by, created_at, expires_at, accepted_at, accepted_by, revoked_at,
    false as has_expired
"""
RENEW: Final = """
update platform.invitations set expires_at = now() + %(good_for)s, token_sha256 = null
where tenant_id = %(tenant_id)s and id = %(invitation_id)s
"""
REVOKE: Final = """
update platform.invitations set revoked_at = now(), token_sha256 = null
where tenant_id = %(tenant_id)s and id = %(invitation_id)s
"""
NAME_OF: Final = """
select name from platform.people_here() where 'user:' || user_id = %(actor)s
"""


@dataclass(frozen=True)
class Counted:
    number: int


@dataclass(frozen=True)
class HasName:
    name: str


class PostgresInvitationStore:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._outbox = Outbox(database)

    def create(
        self, tenant_id: UUID, *, email: str, role: Role, locale: str, asker: Asker
    ) -> Invitation:
        with self._database.tenant_session(tenant_id) as session:
            here = locked(session)
            members.refuse_to_grant(membership_store.asker_role(session, asker), role, asker)
            _refuse_a_member(session, email)
            _make_room(session, email, asker)
            _refuse_without_a_seat(session, here)
            values = {"email": email, "role": role, "locale": locale, "good_for": GOOD_FOR}
            made = _found(session.one(Invitation, INSERT, by=asker.actor, **values))
            _recorded(session, asker.actor, "invitation.created", made)
            self._post(session, here, made, asker)
            return made

    def page(
        self, tenant_id: UUID, *, cursor: str | None = None, limit: int = 50
    ) -> Page[Invitation]:
        values = bounds(cursor, limit)
        with self._database.tenant_session(tenant_id) as session:
            return page(session.all(Invitation, PAGE, **values), limit)

    def resend(self, tenant_id: UUID, invitation_id: UUID, *, asker: Asker) -> Invitation:
        with self._database.tenant_session(tenant_id) as session:
            here = locked(session)
            sent = read(session, invitation_id)
            members.refuse_to_grant(membership_store.asker_role(session, asker), sent.role, asker)
            invitations.refuse_unless_open(sent)
            if sent.has_expired:
                _refuse_without_a_seat(session, here)
            session.run(RENEW, invitation_id=invitation_id, good_for=GOOD_FOR)
            renewed = read(session, invitation_id)
            _recorded(session, asker.actor, "invitation.resent", renewed)
            self._post(session, here, renewed, asker)
            return renewed

    def revoke(self, tenant_id: UUID, invitation_id: UUID, *, asker: Asker) -> None:
        with self._database.tenant_session(tenant_id) as session:
            locked(session)
            asking = membership_store.asker_role(session, asker)
            taken_back = read(session, invitation_id)
            members.refuse_to_touch(asking, taken_back.role)
            if taken_back.status == "accepted":
                invitations.refuse_unless_open(taken_back)
            if taken_back.status != "revoked":
                _revoke(session, taken_back, asker.actor)

    def _post(
        self, session: Session, here: Organization, invited: Invitation, asker: Asker
    ) -> None:
        inviter = session.one(HasName, NAME_OF, actor=asker.actor)
        body = {
            "email": invited.email,
            "tenant_id": str(here.id),
            "invitation_id": str(invited.id),
            "organization_name": here.name,
            "invited_by_name": inviter.name if inviter else here.name,
            "role": invited.role,
        }
        self._outbox.post("invitation", body, invited.locale, session=session)


def read(session: Session, invitation_id: UUID) -> Invitation:
    return _found(session.one(Invitation, READ, invitation_id=invitation_id), invitation_id)


def _refuse_a_member(session: Session, email: str) -> None:
    if there := membership_store.with_address(session, email):
        raise Conflict(
            f"{email} is a member already, as {there.role}. Change their role instead.",
            user_id=str(there.user_id),
        )


def _make_room(session: Session, email: str, asker: Asker) -> None:
    """For one more: an open one for the same address is shown, one that has expired gives way."""
    earlier = session.one(Invitation, OPEN_FOR, email=email)
    if earlier and earlier.status == "open":
        invitations.refuse_a_second(earlier)
    if earlier:
        _revoke(session, earlier, asker.actor)
    waiting = session.one(Counted, HOW_MANY_OPEN)
    invitations.refuse_too_many(waiting.number if waiting else 0)
    membership_store.refuse_one_more(session)


def _refuse_without_a_seat(session: Session, here: Organization) -> None:
    """For one more that waits for an answer. The caller holds the organization."""
    arrears.refuse_unpaid(here.billing_state)
    members.refuse_without_a_seat(here.plan, plan_rows.seats_taken(session))


def _revoke(session: Session, taken_back: Invitation, by: str) -> None:
    session.run(REVOKE, invitation_id=taken_back.id)
    _recorded(session, by, "invitation.revoked", taken_back)


def _recorded(session: Session, by: str, action: Action, about: Invitation) -> None:
    record(session, by, action, about.id, email=about.email, role=about.role)


def _found(row: Invitation | None, invitation_id: UUID | None = None) -> Invitation:
    if row is None:
        raise NotFound(f"There is no invitation {invitation_id} here.")
    return row
