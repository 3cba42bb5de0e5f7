"""Bodies of `/v1/organization` and `/v1/organizations`."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from chalicelib.http.schemas.shape import Sent, Shown
from chalicelib.http.schemas.texts import DisplayName, Locale
from chalicelib.tenancy.plans import Plan
from chalicelib.tenancy.roles import Role

__all__ = [
    "ExportShown",
    "NewOrganization",
    "OrganizationChange",
    "OrganizationShown",
    "TypedName",
]


class NewOrganization(Sent):
    name: DisplayName = Field(description="As its people will see it.")
    locale: Locale = Field("en", description="The language we write to it in.")


class OrganizationChange(Sent):
    name: DisplayName | None = Field(None, description="Leave it out to keep it.")
    locale: Locale | None = Field(None, description="Leave it out to keep it.")

    @model_validator(mode="after")
    def something(self) -> OrganizationChange:
        if self.name is None and self.locale is None:
            raise PydanticCustomError("no_change", "no change")
        return self


class TypedName(Sent):
    name: str = Field(
        min_length=1,
        max_length=120,
        description="The organization's name, typed out: it says what is deleted.",
    )


class QuotaShown(Shown):
    limit: int = Field(description="Generations of this calendar month (UTC).")
    used: int
    left: int
    resets_at: datetime


class OrganizationShown(Shown):
    id: UUID
    name: str
    plan: Plan
    locale: str
    role: Role = Field(description="Yours, or your key's.")
    quota: QuotaShown
    created_at: datetime
    deletion_due_at: datetime | None = Field(
        description="When it will be deleted; until then it works, and this can be taken back. Null: never."
    )


class ExportShown(Shown):
    id: UUID
    status: Literal["pending", "ready", "failed", "expired"]
    created_at: datetime
    ready_at: datetime | None
    size_bytes: int | None
    url: str | None = Field(description="The file, for some minutes; null unless it is ready.")
