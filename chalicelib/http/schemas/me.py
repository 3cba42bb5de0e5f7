"""Bodies of `/v1/me`."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from chalicelib.http.schemas.auth import OrganizationOfMine
from chalicelib.http.schemas.shape import Sent, Shown
from chalicelib.http.schemas.texts import DisplayName, Locale, OneCode, Password, RecoveryCode
from chalicelib.tenancy.roles import Role


class MeShown(Shown):
    id: UUID
    email: str
    name: str
    locale: Locale
    created_at: datetime
    has_password: bool = Field(description="False for who signs in with a provider only.")
    has_second_factor: bool
    recovery_codes_left: int
    organization_id: UUID | None = Field(description="Where this session acts.")
    role: Role | None = Field(description="What you are there.")


class MeChange(Sent):
    name: DisplayName | None = None
    locale: Locale | None = Field(None, description="The language of letters.")

    @model_validator(mode="after")
    def something(self) -> MeChange:
        if self.name is None and self.locale is None:
            raise PydanticCustomError("no_change", "no change")
        return self


class OrganizationsOfMine(Shown):
    items: list[OrganizationOfMine]


class PasswordAgain(Sent):
    password: Password | None = Field(
        None, description="Your password; left out by who signs in with a provider only."
    )


class SecondFactorBegun(Shown):
    secret: str = Field(description="To type into an authenticator app.")
    uri: str = Field(description="The same as `otpauth://…`, to show as a QR code.")


class CodeSent(Sent):
    code: OneCode


class ProofSent(Sent):
    code: OneCode | None = None
    recovery_code: RecoveryCode | None = None

    @model_validator(mode="after")
    def one_of_both(self) -> ProofSent:
        if (self.code is None) == (self.recovery_code is None):
            raise PydanticCustomError("one_of_both", "one of both")
        return self


class RemovalSent(ProofSent):
    password: Password | None = Field(
        None, description="Your password; left out by who signs in with a provider only."
    )


class RecoveryCodesShown(Shown):
    recovery_codes: list[str] = Field(description="Ten, each good once. They are not shown again.")
