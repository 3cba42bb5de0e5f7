"""Who is in an organization, and who may change that.

In: the role of whoever asks, as it is now. Out: nothing, or a refusal. Callers: `adapters/membership_store.py`, under
the organization's lock; doors. The surprise: a principal's role was read when the request came in; what is decided here
is decided on the role that is read again under the lock, so of two people demoting each other one is too late.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from chalicelib.errors import Conflict, Forbidden, SeatsReached
from chalicelib.tenancy.plans import TERMS, Plan, plan_with_more
from chalicelib.tenancy.roles import PERMISSIONS, Permission, Role, is_above, may

MEMBERS_MAX: Final = 500
"""So that a list of them is one answer."""


@dataclass(frozen=True, kw_only=True)
class Member:
    user_id: UUID
    email: str
    name: str
    role: Role
    joined_at: datetime
    has_second_factor: bool | None
    """None where the asker has no business to know."""


class Asker(Protocol):
    """Who asks: `identity.Principal`, as far as this room looks."""

    @property
    def actor(self) -> str: ...

    @property
    def role(self) -> Role | None: ...

    @property
    def user_id(self) -> UUID | None:
        """None for an API key."""

    def may(self, permission: Permission) -> bool: ...


class MemberStore(Protocol):
    """Somebody who is not a member raises `NotFound`; what must not be, `Forbidden` or `Conflict`."""

    def all(self, tenant_id: UUID) -> list[Member]:
        """The longest here first."""

    def change_role(
        self, tenant_id: UUID, user_id: UUID, role: Role, *, asker: Asker
    ) -> Member: ...

    def remove(self, tenant_id: UUID, user_id: UUID, *, asker: Asker) -> None: ...

    def leave(self, tenant_id: UUID, user_id: UUID) -> None: ...

    def transfer(self, tenant_id: UUID, user_id: UUID, *, owner: UUID) -> Member:
        """Makes them an owner, and the one who was an admin."""


def listed(tenant_id: UUID, *, asker: Asker, members: MemberStore) -> list[Member]:
    """Who has no second factor is told to those alone who manage people: it says whom to attack."""
    everybody = members.all(tenant_id)
    if asker.role and may(asker.role, "people:manage"):
        return everybody
    return [replace(one, has_second_factor=None) for one in everybody]


def refuse_unless_managing(role: Role | None) -> Role:
    """The asker's role now."""
    if role is None or not may(role, "people:manage"):
        raise Forbidden("This takes the permission 'people:manage'.", permission="people:manage")
    return role


def refuse_unless_owning(role: Role | None) -> None:
    if role != "owner":
        raise Forbidden("Only an owner does this.", permission="organization:manage")


def refuse_to_touch(asker: Role, member: Role) -> None:
    if is_above(member, asker):
        raise Forbidden(f"An {asker} changes nothing about an {member}. Ask an owner.")


def refuse_to_grant(now: Role, role: Role, asker: Asker) -> None:
    """`now`: the asker's role now. A key that is narrowed makes nobody who may more than it."""
    if is_above(role, now):
        raise Forbidden(f"An {now} makes nobody {role}: that is above their own role.")
    beyond = sorted(one for one in PERMISSIONS[role] if not asker.may(one))
    if asker.user_id is None and beyond:
        raise Forbidden(f"Your key may not do this itself, so it makes nobody who may: {beyond}.")


def refuse_to_lose_the_last_owner(loses: Role, keeps: Role | None, owners: int) -> None:
    """`keeps` is None for somebody who goes."""
    if loses == "owner" and keeps != "owner" and owners <= 1:
        raise Conflict(
            "An organization has an owner, and this is the last one. "
            "Make somebody else an owner first, or delete the organization."
        )


def refuse_without_a_seat(plan: Plan, taken: int) -> None:
    """`taken`: people, and invitations that wait for an answer."""
    seats = TERMS[plan].seats
    if taken >= seats:
        more = plan_with_more(plan, lambda terms: terms.seats, taken)
        change = f", or change to {more} ({TERMS[more].seats})" if more else ""
        raise SeatsReached(
            f"All {seats} seats of the plan {plan} are taken by people and open invitations. "
            f"Remove somebody, take an invitation back{change}.",
            limit=seats,
            used=taken,
            plan=plan,
            next_plan=more,
        )


def refuse_to_join(plan: Plan, people: int) -> None:
    """The invitation had its seat when it was made; since then the plan may have become smaller."""
    seats = TERMS[plan].seats
    if people >= seats:
        raise SeatsReached(
            f"All {seats} seats of this organization are taken. Ask whoever invited you to make room.",
            limit=seats,
            used=people,
        )


def refuse_one_more(members: int) -> None:
    if members >= MEMBERS_MAX:
        raise Conflict(f"An organization has at most {MEMBERS_MAX} members.", limit=MEMBERS_MAX)
