"""Asking somebody to join: one open invitation per address, good for a while, for that address alone.

In: rows of `platform.invitations`. Out: frozen records, a Protocol, what is decided about them. Callers: doors,
`adapters/invitation_store.py`. The surprise: the link is made when the letter leaves, and the one sent last is the only
one that counts; an invitation whose letter has not left has no link at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol
from uuid import UUID

from chalicelib.errors import Conflict, Forbidden, LinkExpired
from chalicelib.tenancy import limits as buckets
from chalicelib.tenancy.limits import Limits
from chalicelib.tenancy.members import Asker
from chalicelib.tenancy.pages import Page
from chalicelib.tenancy.roles import Role

GOOD_FOR: Final = timedelta(days=7)
OPEN_MAX: Final = 100
NOT_YOURS: Final = (
    "This invitation can't be accepted: it is not for your address, or it is no longer open. "
    "Ask whoever invited you to send it to the address you sign in with."
)
OVER: Final = (
    "This invitation was accepted or taken back, is too old, or never was. Ask for a new one."
)

Status = Literal["open", "accepted", "revoked", "expired"]


@dataclass(frozen=True, kw_only=True)
class Invitation:
    id: UUID
    email: str
    role: Role
    locale: str
    invited_by: str
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None
    accepted_by: UUID | None
    revoked_at: datetime | None
    has_expired: bool

    @property
    def status(self) -> Status:
        if self.accepted_at:
            return "accepted"
        if self.revoked_at:
            return "revoked"
        return "expired" if self.has_expired else "open"


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a link leads to, for whoever holds it."""

    organization_id: UUID
    organization_name: str
    email: str
    role: Role
    locale: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Joined:
    organization_id: UUID
    organization_name: str
    user_id: UUID
    role: Role


class InvitationStore(Protocol):
    """The organization's side. What must not be raises `Forbidden` or `Conflict`; an unknown id `NotFound`."""

    def create(
        self, tenant_id: UUID, *, email: str, role: Role, locale: str, asker: Asker
    ) -> Invitation:
        """Posts the letter."""

    def page(
        self, tenant_id: UUID, *, cursor: str | None = None, limit: int = 50
    ) -> Page[Invitation]: ...

    def resend(self, tenant_id: UUID, invitation_id: UUID, *, asker: Asker) -> Invitation:
        """Good for as long as a new one; posts the letter. The link sent before ends now."""

    def revoke(self, tenant_id: UUID, invitation_id: UUID, *, asker: Asker) -> None:
        """Doing it twice is once."""


class InvitationLinks(Protocol):
    """The side of whoever holds the link."""

    def mint_for_invitation(self, tenant_id: UUID, invitation_id: UUID) -> str | None:
        """The token of the link, made when the letter leaves; earlier ones are good for nothing from now on.
        None: it is no longer open, there is nothing to send."""

    def preview(self, token: str) -> Preview:
        """Raises `LinkExpired`."""

    def accept(self, token: str, *, person_id: UUID) -> Joined:
        """Again by the same person, it answers the same. Raises `Forbidden`, without telling why; `Conflict` for a member."""


def count_letter(tenant_id: UUID, to: str, *, limits: Limits, at_us: int) -> None:
    """`to`: an address, or the id of an invitation. Raises `LimitReached`: an organization is no machine for letters
    to strangers. Counted apart from the letters people ask for themselves, which nobody's invitations may use up."""
    limits.admit(buckets.tenant(tenant_id), [buckets.INVITATIONS], at_us)
    limits.admit(buckets.account(to, "invited"), [buckets.LETTERS_TO_ACCOUNT], at_us)


def refuse_unless_open(invitation: Invitation) -> None:
    if invitation.status in ("accepted", "revoked"):
        raise Conflict(
            f"The invitation was {invitation.status} already. Make another one.",
            status_of_invitation=invitation.status,
        )


def refuse_a_second(open_one: Invitation) -> None:
    raise Conflict(
        f"{open_one.email} has an open invitation already. Send it again, or take it back first.",
        invitation_id=str(open_one.id),
        cure=f"POST /v1/invitations/{open_one.id}/resend",
    )


def refuse_too_many(open_ones: int) -> None:
    if open_ones >= OPEN_MAX:
        raise Conflict(f"At most {OPEN_MAX} invitations are open at a time.", limit=OPEN_MAX)


def refuse_for_another(invitation: Invitation, email: str) -> None:
    """One refusal for all: whoever found a link learns nothing from it."""
    if invitation.status != "open" or invitation.email != email:
        raise Forbidden(NOT_YOURS)


def refuse_what_is_over(invitation: Invitation) -> None:
    if invitation.status != "open":
        raise LinkExpired(OVER)
