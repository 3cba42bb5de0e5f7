"""Bodies of `/v1/members`, leaving and handing over."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from chalicelib.http.schemas.shape import Sent, Shown
from chalicelib.tenancy.roles import Role

__all__ = ["MemberList", "MemberShown", "RoleWanted", "SuccessorNamed"]


class RoleWanted(Sent):
    role: Role = Field(description="Not above your own.")


class SuccessorNamed(Sent):
    user_id: UUID = Field(description="A member, who becomes an owner. You become an admin.")


class MemberShown(Shown):
    user_id: UUID
    email: str
    name: str
    role: Role
    joined_at: datetime
    has_second_factor: bool | None = Field(description="Null unless you manage people.")


class MemberList(Shown):
    items: list[MemberShown]
