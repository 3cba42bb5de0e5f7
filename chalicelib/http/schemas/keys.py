"""Bodies of `/v1/api-keys`."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from chalicelib.http.schemas.shape import PageOf, PageQuery, Sent, Shown
from chalicelib.http.schemas.texts import DisplayName
from chalicelib.tenancy.roles import Permission, Role

__all__ = ["KeyPage", "KeyShown", "KeyShownOnce", "KeyWanted", "PageQuery"]


class KeyWanted(Sent):
    name: DisplayName = Field(description="What you will know it by.")
    role: Role = Field(description="What it may do at most; not above your own.")
    scopes: list[Permission] = Field(
        [],
        max_length=32,
        description="Permissions it is narrowed to; empty means all of its role's.",
    )
    expires_at: AwareDatetime | None = Field(
        None, description="When it stops working by itself, at most two years away; null: never."
    )


class KeyShown(Shown):
    id: UUID
    prefix: str = Field(description="The part of the key that is no secret.")
    name: str
    role: Role
    scopes: list[Permission]
    state: Literal["live", "expired", "revoked"]
    created_by: str = Field(description="`user:<id>`, `api_key:<id>` or `system:<what>`.")
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None = Field(description="To the minute; null if never.")


class KeyShownOnce(KeyShown):
    key: str = Field(description="The key itself. Keep it now: it is not shown again.")


class KeyPage(PageOf[KeyShown]):
    pass
