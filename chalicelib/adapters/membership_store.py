"""Who is in an organization, in PostgreSQL.

In: a `Database`. Out: `Member`. Callers: doors, by way of `wiring.py`; the stores beside this file. Implements
`tenancy.members.MemberStore`. The surprise: every change takes the organization's row first and reads the asker's role
again under it, so two owners who leave at once leave one behind, and who was just demoted demotes nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from chalicelib.adapters.audit_log import record
from chalicelib.adapters.database import Database, Reference, Session
from chalicelib.adapters.organization_row import locked
from chalicelib.adapters.passed_on import end_what_they_passed_on
from chalicelib.errors import Conflict, NotFound
from chalicelib.tenancy import members
from chalicelib.tenancy.audit import Action
from chalicelib.tenancy.members import Asker, Member
from chalicelib.tenancy.roles import Role

ALL: Final = (
    "select user_id, email, name, role, joined_at, has_second_factor from platform.people_here()"
)
ONE: Final = """
select user_id, email, name, role, joined_at, has_second_factor from platform.people_here()
where user_id = %(member_id)s
"""
WITH_ADDRESS: Final = """
select user_id, email, name, role, joined_at, has_second_factor from platform.people_here()
where lower(email) = lower(%(email)s)
"""
ROLE: Final = """
select role from platform.memberships where tenant_id = %(tenant_id)s and user_id = %(member_id)s
"""
OWNERS: Final = """
select user_id as id from platform.memberships where tenant_id = %(tenant_id)s and role = 'owner'
order by created_at, user_id
"""
HOW_MANY: Final = (
    "select count(*) as number from platform.memberships where tenant_id = %(tenant_id)s"
)
ADD: Final = """
insert into platform.memberships (tenant_id, user_id, role) values (%(tenant_id)s, %(member_id)s, %(role)s)
"""
CHANGE: Final = """
update platform.memberships set role = %(role)s, updated_at = now()
where tenant_id = %(tenant_id)s and user_id = %(member_id)s
"""
REMOVE: Final = """
delete from platform.memberships where tenant_id = %(tenant_id)s and user_id = %(member_id)s
"""


@dataclass(frozen=True)
class HasRole:
    role: Role


@dataclass(frozen=True)
class Counted:
    number: int


class PostgresMemberStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, tenant_id: UUID) -> list[Member]:
        with self._database.tenant_session(tenant_id) as session:
            return session.all(Member, ALL)

    def change_role(self, tenant_id: UUID, user_id: UUID, role: Role, *, asker: Asker) -> Member:
        with self._database.tenant_session(tenant_id) as session:
            before = _touched(session, user_id, asker)
            members.refuse_to_grant(asker_role(session, asker), role, asker)
            members.refuse_to_lose_the_last_owner(before, role, len(owners(session)))
            if before != role:
                change(session, user_id, role)
                end_what_they_passed_on(session, f"user:{user_id}", keeps=role, by=asker.actor)
                _recorded(session, asker.actor, "member.role_changed", user_id, (before, role))
            return read(session, user_id)

    def remove(self, tenant_id: UUID, user_id: UUID, *, asker: Asker) -> None:
        with self._database.tenant_session(tenant_id) as session:
            before = _touched(session, user_id, asker)
            members.refuse_to_lose_the_last_owner(before, None, len(owners(session)))
            session.run(REMOVE, member_id=user_id)
            end_what_they_passed_on(session, f"user:{user_id}", keeps=None, by=asker.actor)
            _recorded(session, asker.actor, "member.removed", user_id, (before, None))

    def leave(self, tenant_id: UUID, user_id: UUID) -> None:
        with self._database.tenant_session(tenant_id) as session:
            locked(session)
            before = _role(session, user_id)
            members.refuse_to_lose_the_last_owner(before, None, len(owners(session)))
            session.run(REMOVE, member_id=user_id)
            end_what_they_passed_on(session, f"user:{user_id}", keeps=None, by=f"user:{user_id}")
            _recorded(session, f"user:{user_id}", "member.left", user_id, (before, None))

    def transfer(self, tenant_id: UUID, user_id: UUID, *, owner: UUID) -> Member:
        with self._database.tenant_session(tenant_id) as session:
            locked(session)
            members.refuse_unless_owning(role_of(session, owner))
            before = _role(session, user_id)
            if user_id == owner:
                raise Conflict("You are an owner already. Name somebody else.")
            change(session, user_id, "owner")
            change(session, owner, "admin")
            by = f"user:{owner}"
            end_what_they_passed_on(session, by, keeps="admin", by=by)
            _recorded(session, by, "organization.transferred", user_id, (before, "owner"))
            return read(session, user_id)


def add(session: Session, user_id: UUID, role: Role) -> None:
    """The person exists and is not a member yet; the caller holds the organization, or has just made it."""
    session.run(ADD, member_id=user_id, role=role)


def change(session: Session, user_id: UUID, role: Role) -> None:
    session.run(CHANGE, member_id=user_id, role=role)


def read(session: Session, user_id: UUID) -> Member:
    found = session.one(Member, ONE, member_id=user_id)
    if found is None:
        raise NotFound(f"There is no member {user_id} here.")
    return found


def with_address(session: Session, email: str) -> Member | None:
    return session.one(Member, WITH_ADDRESS, email=email)


def owners(session: Session) -> list[UUID]:
    return [one.id for one in session.all(Reference, OWNERS)]


def refuse_one_more(session: Session) -> int:
    """How many there are."""
    counted = session.one(Counted, HOW_MANY)
    number = counted.number if counted else 0
    members.refuse_one_more(number)
    return number


def role_of(session: Session, user_id: UUID) -> Role | None:
    found = session.one(HasRole, ROLE, member_id=user_id)
    return found.role if found else None


def asker_role(session: Session, asker: Asker) -> Role:
    """As it is now; a key's is as it was when it was accepted. Raises `Forbidden` unless they manage people."""
    now = asker.role if asker.user_id is None else role_of(session, asker.user_id)
    return members.refuse_unless_managing(now)


def _touched(session: Session, user_id: UUID, asker: Asker) -> Role:
    """The role of a member whom the asker may change something about. Holds the organization."""
    locked(session)
    asking = asker_role(session, asker)
    before = _role(session, user_id)
    members.refuse_to_touch(asking, before)
    return before


def _role(session: Session, user_id: UUID) -> Role:
    found = role_of(session, user_id)
    if found is None:
        raise NotFound(f"There is no member {user_id} here.")
    return found


def _recorded(
    session: Session, by: str, action: Action, user_id: UUID, roles: tuple[Role, Role | None]
) -> None:
    before, after = roles
    now = {"role": after} if after else None
    record(session, by, action, user_id, before={"role": before}, after=now)
