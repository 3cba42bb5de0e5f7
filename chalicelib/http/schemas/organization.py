"""Bodies of `/v1/organization` and `/v1/organizations`."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from chalicelib.http.schemas.shape import Sent, Shown
from chalicelib.http.schemas.texts import DisplayName, Locale
from chalicelib.tenancy.plans import BillingState, Plan
from chalicelib.tenancy.roles import Role

__all__ = [
    "ExportShown",
    "NewOrganization",
    "OrganizationChange",
    "OrganizationShown",
    "QuotaShown",
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


class ShareShown(Shown):
    limit: int = Field(description="How many the plan has.")
    used: int


class OverageShown(Shown):
    is_offered: bool = Field(description="Whether the plan lets you allow any.")
    generations_max: int = Field(description="How many you allow in each period; 0 is none.")
    generations_used: int = Field(
        description="Of these, in this period; those that succeed are billed."
    )


class QuotaShown(Shown):
    plan: Plan
    period_started_at: datetime = Field(
        description="Beginning of the period that is paid for, as Stripe counts; without a subscription, of the calendar month (UTC)."
    )
    resets_at: datetime = Field(description="When the period ends and the next one begins.")
    limit: int = Field(description="Generations that the plan includes in the period.")
    used: int = Field(description="Of these.")
    left: int
    overage: OverageShown = Field(description="Generations beyond what the plan includes.")
    running: ShareShown = Field(description="Generations under way at this moment.")
    seats: ShareShown = Field(description="People, and invitations that wait for an answer.")


class OrganizationShown(Shown):
    id: UUID
    name: str
    plan: Plan
    locale: str
    role: Role = Field(description="Yours, or your key's.")
    billing_state: BillingState = Field(
        description="How it stands with its payments. While it is `read_only` nothing new can be begun; what runs goes on."
    )
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
