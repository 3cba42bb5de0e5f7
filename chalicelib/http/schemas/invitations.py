"""Bodies of `/v1/invitations`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from chalicelib.http.schemas.shape import PageOf, PageQuery, Sent, Shown
from chalicelib.http.schemas.texts import Address, DisplayName, Locale, Password
from chalicelib.tenancy.roles import Role

__all__ = [
    "Acceptance",
    "InvitationPage",
    "InvitationShown",
    "InvitationWanted",
    "JoinedShown",
    "LinkSent",
    "NewcomersAcceptance",
    "PageQuery",
    "PreviewShown",
]

Token = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9_-]+$"),
    Field(description="What follows `token=` in the letter's link."),
]


class InvitationWanted(Sent):
    email: Address = Field(description="Only who has this address may accept.")
    role: Role = Field(description="Not above your own.")
    locale: Locale = Field("en", description="The language of the letter.")


class Acceptance(Sent):
    token: Token


class NewcomersAcceptance(Sent):
    token: Token
    name: DisplayName
    password: Password
    locale: Locale = Field("en", description="The language we write to you in.")


class LinkSent(Sent):
    token: Token


class InvitationShown(Shown):
    id: UUID
    email: str
    role: Role
    locale: str
    status: Literal["open", "accepted", "revoked", "expired"]
    invited_by: str = Field(description="`user:<id>` or `api_key:<id>`.")
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None
    revoked_at: datetime | None


class InvitationPage(PageOf[InvitationShown]):
    pass


class PreviewShown(Shown):
    organization_name: str
    email: str = Field(description="Whom the invitation is for.")
    role: Role
    locale: str
    expires_at: datetime


class JoinedShown(Shown):
    organization_id: UUID
    organization_name: str
    user_id: UUID
    role: Role
