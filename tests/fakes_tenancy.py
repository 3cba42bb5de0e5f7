"""Organizations, members, invitations and exports in memory, over the people and standings of the other fakes.

Real code that keeps the promises of the ports: what may not be is refused by the rooms' own functions.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from chalicelib.errors import Conflict, Forbidden, LinkExpired, NotFound
from chalicelib.tenancy import arrears, invitations, members, organizations
from chalicelib.tenancy.exports import Export
from chalicelib.tenancy.invitations import Invitation, Joined, Preview
from chalicelib.tenancy.members import Member
from chalicelib.tenancy.organizations import Organization, Overage, Quota, Share
from tests.fakes_keys import page_of


def now():
    return datetime.now(UTC)


class Organizations:
    """One that nobody made is there all the same, as soon as somebody asks for it: keys are issued for any tenant."""

    def __init__(self, people, standings, outbox):
        self._people, self._standings, self._outbox = people, standings, outbox
        self._rows, self._asked = {}, {}

    def read(self, tenant_id):
        made = Organization(
            id=tenant_id, name="Clínica", plan="free", locale="es", created_at=now()
        )
        found = self._rows.setdefault(tenant_id, made)
        return replace(found, billing_state=self._standings.owing.get(tenant_id, "current"))

    def quota(self, tenant_id):
        return Quota(
            plan=self.read(tenant_id).plan,
            period_started_at=now() - timedelta(days=21),
            resets_at=now() + timedelta(days=9),
            limit=3,
            used=1,
            overage=Overage(is_offered=False, generations_max=0, generations_used=0),
            running=Share(1, 0),
            seats=Share(3, 2),
        )

    def change(self, tenant_id, *, name, locale, by):
        told = {"name": name, "locale": locale}
        wanted = {key: value for key, value in told.items() if value}
        return self._set(tenant_id, **wanted)

    def create(self, organization_id, *, name, locale, owner):
        asked = (name, locale)
        if self._asked.setdefault(organization_id, asked) != asked:
            raise Conflict("This Idempotency-Key was used with another body. Send a new one.")
        if organization_id not in self._rows:
            organizations.refuse_one_more(len(self.mine(owner)))
            self._people.enroll(owner, organization_id, name)
            self._set(organization_id, name=name, locale=locale)
        return self.read(organization_id)

    def mine(self, person_id):
        return self._people.mine(person_id)

    def schedule_deletion(self, tenant_id, *, name, grace, by):
        there = self.read(tenant_id)
        organizations.refuse_another_name(name, there.name)
        if there.deletion_due_at:
            return there
        doomed = self._set(tenant_id, deletion_due_at=now() + grace)
        for (user, tenant), role in self._standings.roles.items():
            if tenant == tenant_id and role == "owner":
                self._outbox.post("deletion_scheduled", {"user_id": str(user)}, there.locale)
        return doomed

    def take_back_deletion(self, tenant_id, *, by):
        return self._set(tenant_id, deletion_due_at=None)

    def buys(self, tenant_id, plan):
        return self._set(tenant_id, plan=plan)

    def _set(self, tenant_id, **values):
        self._rows[tenant_id] = replace(self.read(tenant_id), **values)
        return self._rows[tenant_id]


class Members:
    def __init__(self, people, standings):
        self._people, self._standings = people, standings

    def all(self, tenant_id):
        here = [user for user, tenant in self._standings.roles if tenant == tenant_id]
        return [self.read(tenant_id, user) for user in here]

    def read(self, tenant_id, user_id):
        person = self._people.read(user_id)
        return Member(
            user_id=user_id,
            email=person.email,
            name=person.name,
            role=self.role(tenant_id, user_id),
            joined_at=person.created_at,
            has_second_factor=person.has_second_factor,
        )

    def role(self, tenant_id, user_id):
        role = self._standings.roles.get((user_id, tenant_id))
        if role is None:
            raise NotFound(f"There is no member {user_id} here.")
        return role

    def change_role(self, tenant_id, user_id, role, *, asker):
        before = self.role(tenant_id, user_id)
        asking = self.asking(tenant_id, asker)
        members.refuse_to_touch(asking, before)
        members.refuse_to_grant(asking, role, asker)
        members.refuse_to_lose_the_last_owner(before, role, self._owners(tenant_id))
        self._standings.join(user_id, tenant_id, role)
        return self.read(tenant_id, user_id)

    def remove(self, tenant_id, user_id, *, asker):
        before = self.role(tenant_id, user_id)
        members.refuse_to_touch(self.asking(tenant_id, asker), before)
        self._gone(tenant_id, user_id, before)

    def leave(self, tenant_id, user_id):
        self._gone(tenant_id, user_id, self.role(tenant_id, user_id))

    def transfer(self, tenant_id, user_id, *, owner):
        members.refuse_unless_owning(self._standings.roles.get((owner, tenant_id)))
        self.role(tenant_id, user_id)
        if user_id == owner:
            raise Conflict("You are an owner already. Name somebody else.")
        self._standings.join(user_id, tenant_id, "owner")
        self._standings.join(owner, tenant_id, "admin")
        return self.read(tenant_id, user_id)

    def asking(self, tenant_id, asker):
        known = self._standings.roles.get((asker.user_id, tenant_id))
        return members.refuse_unless_managing(known if asker.user_id else asker.role)

    def _owners(self, tenant_id):
        found = self._standings.roles.items()
        return sum(tenant == tenant_id and role == "owner" for (_, tenant), role in found)

    def _gone(self, tenant_id, user_id, before):
        members.refuse_to_lose_the_last_owner(before, None, self._owners(tenant_id))
        self._standings.leave(user_id, tenant_id)
        mine = self._people.organizations.get(user_id, [])
        self._people.organizations[user_id] = [one for one in mine if one.id != tenant_id]


@dataclass
class Sent:
    """An invitation and the token of the link that was sent last."""

    tenant_id: UUID
    invitation: Invitation
    token: str | None = None


class Invitations:
    """Both sides: what the organization sees, and what a link leads to."""

    def __init__(self, people, members_, organizations_, outbox):
        self._people, self._members = people, members_
        self._organizations, self._outbox = organizations_, outbox
        self._sent = {}

    def create(self, tenant_id, *, email, role, locale, asker):
        members.refuse_to_grant(self._members.asking(tenant_id, asker), role, asker)
        if any(one.email == email for one in self._members.all(tenant_id)):
            raise Conflict(f"{email} is a member already.")
        for one in self._of(tenant_id):
            if one.email == email and one.status == "open":
                invitations.refuse_a_second(one)
        here = self._organizations.read(tenant_id)
        arrears.refuse_unpaid(here.billing_state)
        waiting = sum(one.status == "open" for one in self._of(tenant_id))
        members.refuse_without_a_seat(here.plan, len(self._members.all(tenant_id)) + waiting)
        made = Invitation(
            id=uuid4(),
            email=email,
            role=role,
            locale=locale,
            invited_by=asker.actor,
            created_at=now(),
            expires_at=now() + invitations.GOOD_FOR,
            accepted_at=None,
            accepted_by=None,
            revoked_at=None,
            has_expired=False,
        )
        self._sent[made.id] = Sent(tenant_id, made)
        self._post(made)
        return made

    def page(self, tenant_id, *, cursor=None, limit=50):
        return page_of(self._of(tenant_id)[::-1], cursor, limit)

    def resend(self, tenant_id, invitation_id, *, asker):
        sent = self._read(tenant_id, invitation_id)
        members.refuse_to_grant(self._members.asking(tenant_id, asker), sent.invitation.role, asker)
        invitations.refuse_unless_open(sent.invitation)
        sent.token = None
        self._post(sent.invitation)
        return sent.invitation

    def revoke(self, tenant_id, invitation_id, *, asker):
        sent = self._read(tenant_id, invitation_id)
        members.refuse_to_touch(self._members.asking(tenant_id, asker), sent.invitation.role)
        if sent.invitation.status == "accepted":
            invitations.refuse_unless_open(sent.invitation)
        sent.invitation = replace(sent.invitation, revoked_at=now())

    def mint_for_invitation(self, tenant_id, invitation_id):
        sent = self._sent.get(invitation_id)
        if sent is None or sent.tenant_id != tenant_id or sent.invitation.status != "open":
            return None
        sent.token = secrets.token_urlsafe(32)
        return sent.token

    def preview(self, token):
        sent = self._behind(token)
        invitations.refuse_what_is_over(sent.invitation)
        return Preview(
            organization_id=sent.tenant_id,
            organization_name=self._organizations.read(sent.tenant_id).name,
            email=sent.invitation.email,
            role=sent.invitation.role,
            locale=sent.invitation.locale,
            expires_at=sent.invitation.expires_at,
        )

    def accept(self, token, *, person_id):
        try:
            sent = self._behind(token)
        except LinkExpired:
            raise Forbidden(invitations.NOT_YOURS) from None
        if sent.invitation.accepted_by == person_id:
            return self._joined(sent, person_id)
        invitations.refuse_for_another(sent.invitation, self._people.read(person_id).email)
        return self._join(sent, person_id)

    def accept_as_new(self, token, newcomer):
        sent = self._behind(token)
        invitations.refuse_what_is_over(sent.invitation)
        made = self._people.add(replace(newcomer, email=sent.invitation.email))
        return self._join(sent, made.user_id)

    def _of(self, tenant_id):
        return [one.invitation for one in self._sent.values() if one.tenant_id == tenant_id]

    def _read(self, tenant_id, invitation_id):
        sent = self._sent.get(invitation_id)
        if sent is None or sent.tenant_id != tenant_id:
            raise NotFound(f"There is no invitation {invitation_id} here.")
        return sent

    def _behind(self, token):
        for sent in self._sent.values():
            if sent.token == token:
                return sent
        raise LinkExpired(invitations.OVER)

    def _join(self, sent, person_id):
        told = {"accepted_at": now(), "accepted_by": person_id}
        sent.invitation = replace(sent.invitation, **told)
        name = self._organizations.read(sent.tenant_id).name
        self._people.enroll(person_id, sent.tenant_id, name, sent.invitation.role)
        return self._joined(sent, person_id)

    def _joined(self, sent, person_id):
        return Joined(
            organization_id=sent.tenant_id,
            organization_name=self._organizations.read(sent.tenant_id).name,
            user_id=person_id,
            role=sent.invitation.role,
        )

    def _post(self, made):
        self._outbox.post("invitation", {"invitation_id": str(made.id)}, made.locale)


class Exports:
    """With its rows in `rows` (table → lines) and `exported` apps."""

    def __init__(self, rows=None, exported=()):
        self.rows, self.exported = rows or {}, exported
        self.downloads, self._made = [], {}

    def request(self, tenant_id, *, by):
        for owner, one in self._made.values():
            if owner == tenant_id and one.status == "pending":
                raise Conflict(f"Export {one.id} is still being written.", export_id=str(one.id))
        made = Export(
            id=uuid4(),
            created_at=now(),
            ready_at=None,
            failed_at=None,
            object_key=None,
            size_bytes=None,
            is_late=False,
            is_gone=False,
        )
        self._made[made.id] = (tenant_id, made)
        return made

    def read(self, tenant_id, export_id):
        owner, found = self._made.get(export_id, (None, None))
        if owner != tenant_id:
            raise NotFound(f"There is no export {export_id} here.")
        return found

    def downloaded(self, tenant_id, export_id, *, by):
        self.downloads.append((export_id, by))

    def tables(self):
        return self.rows

    def lines(self, tenant_id, table):
        yield from self.rows[table]

    def apps(self, tenant_id):
        yield from self.exported

    def finish(self, tenant_id, export_id, *, key, size_bytes):
        self.set(export_id, ready_at=now(), object_key=key, size_bytes=size_bytes)

    def give_up(self, tenant_id, export_id):
        self.set(export_id, failed_at=now())

    def set(self, export_id, **values):
        owner, found = self._made[export_id]
        self._made[export_id] = (owner, replace(found, **values))
