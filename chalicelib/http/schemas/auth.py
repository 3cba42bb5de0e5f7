"""Bodies of `/v1/auth`: signing up and in."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from chalicelib.http.schemas.sessions import TokensShown
from chalicelib.http.schemas.shape import Sent, Shown
from chalicelib.http.schemas.texts import (
    Address,
    DeviceText,
    DisplayName,
    Locale,
    OneCode,
    Password,
    RecoveryCode,
)
from chalicelib.tenancy.plans import Plan
from chalicelib.tenancy.roles import Role


class SignUpWanted(Sent):
    email: Address
    name: DisplayName = Field(description="Your name.")
    organization: DisplayName = Field(description="The name of your organization.")
    locale: Locale | None = Field(
        None, description="The language of letters; that of `Accept-Language` when left out."
    )


class LinkOpened(Sent):
    token: str = Field(min_length=1, max_length=200, description="From the link in the letter.")


class SignUpConfirmed(LinkOpened):
    password: Password = Field(
        description="The one chosen when signing up: it tells that you asked for the link."
    )


class SignInWanted(Sent):
    email: Address
    password: Password
    device: DeviceText | None = None
    organization_id: UUID | None = Field(
        None, description="Where to act; the organization you joined first when left out."
    )


class SecondFactorSent(Sent):
    challenge: str = Field(min_length=1, max_length=1000, description="From the 401 before.")
    code: OneCode | None = None
    recovery_code: RecoveryCode | None = None
    device: DeviceText | None = None

    @model_validator(mode="after")
    def one_of_both(self) -> SecondFactorSent:
        if (self.code is None) == (self.recovery_code is None):
            raise PydanticCustomError("one_of_both", "one of both")
        return self


class Accepted(Shown):
    message: str


class Verified(Shown):
    email: str
    organization_id: UUID | None
    organization_name: str | None
    device: str = Field(
        description="Keep it on this device and send it when signing in: whoever tries your password elsewhere can't"
        " keep you out here."
    )


class OrganizationOfMine(Shown):
    id: UUID
    name: str
    plan: Plan
    role: Role = Field(description="What you are there.")
    joined_at: datetime
    deletion_due_at: datetime | None = Field(
        description="When it will be deleted, because its owner said so."
    )


class SignedInShown(TokensShown):
    device: str = Field(description="Keep it on this device and send it when signing in.")
    organizations: list[OrganizationOfMine]
