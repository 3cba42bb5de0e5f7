"""An organization: what it is called, how much its plan leaves it, and when it will be deleted.

In: rows of `platform.organizations`. Out: frozen records, a Protocol, what is decided about them. Callers: doors,
`adapters/organization_store.py`. The surprise: an organization's id is its tenant id; there is nothing to look up
between the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID, uuid5

from chalicelib.errors import Conflict
from chalicelib.tenancy.plans import BillingState, Plan
from chalicelib.tenancy.roles import Role

ORGANIZATIONS_PER_PERSON_MAX: Final = 20
"""Each begins with a quota of its own."""


@dataclass(frozen=True, kw_only=True)
class Organization:
    id: UUID
    name: str
    plan: Plan
    locale: str
    created_at: datetime
    deletion_due_at: datetime | None = None
    """When it will be deleted, because its owner said so."""
    billing_state: BillingState = "current"


@dataclass(frozen=True)
class Share:
    limit: int
    used: int


@dataclass(frozen=True, kw_only=True)
class Overage:
    """Generations beyond what the plan includes; each is billed."""

    is_offered: bool
    """Whether the plan lets its people allow any."""
    generations_max: int
    generations_used: int


@dataclass(frozen=True, kw_only=True)
class Quota:
    """What the plan gives, and what is used of it."""

    plan: Plan
    period_started_at: datetime
    resets_at: datetime
    """When the period ends and the next begins."""
    limit: int
    """Generations that the plan includes in the period."""
    used: int
    """Of these."""
    overage: Overage
    running: Share
    """Generations under way at this moment."""
    seats: Share

    @property
    def left(self) -> int:
        return max(0, self.limit - self.used)


@dataclass(frozen=True, kw_only=True)
class Mine:
    """An organization as one of its people sees it in the list of theirs."""

    id: UUID
    name: str
    plan: Plan
    role: Role
    joined_at: datetime
    deletion_due_at: datetime | None


class OrganizationStore(Protocol):
    """`by` is who does it, for the audit log. An organization that was deleted raises `NotFound` everywhere."""

    def read(self, tenant_id: UUID) -> Organization: ...

    def quota(self, tenant_id: UUID) -> Quota: ...

    def change(
        self, tenant_id: UUID, *, name: str | None, locale: str | None, by: str
    ) -> Organization:
        """None leaves as it is."""

    def create(self, organization_id: UUID, *, name: str, locale: str, owner: UUID) -> Organization:
        """Again with the same arguments, it answers with what it made; with others, it raises `Conflict`."""

    def mine(self, person_id: UUID) -> list[Mine]:
        """The oldest membership first."""

    def schedule_deletion(
        self, tenant_id: UUID, *, name: str, grace: timedelta, by: str
    ) -> Organization:
        """`name` as it was typed. A date that is set stands."""

    def take_back_deletion(self, tenant_id: UUID, *, by: str) -> Organization: ...


def id_for(person_id: UUID, idempotency_key: str) -> UUID:
    """A repeated request makes the same organization, whichever one the person is in by then."""
    return uuid5(person_id, f"organization:{idempotency_key}")


def refuse_one_more(theirs: int) -> None:
    if theirs >= ORGANIZATIONS_PER_PERSON_MAX:
        raise Conflict(
            f"You are in {theirs} organizations; nobody makes one more from {ORGANIZATIONS_PER_PERSON_MAX} on. "
            "Leave one first."
        )


def refuse_another_name(typed: str, name: str) -> None:
    """Whoever deletes types what they delete."""
    if typed != name:
        raise Conflict(f"Type the organization's name to delete it: {name!r}.", name=name)
