"""Bodies of `/v1/apps`."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from chalicelib.http.schemas.shape import PageOf, PageQuery, Sent, Shown

__all__ = ["AppPage", "AppShown", "MvsSent", "MvsShown", "PageQuery"]


class MvsSent(Sent):
    mvs: Any = Field(description="An MVS as `/v1/schemas/mvs` has it.")


class AppShown(Shown):
    id: UUID
    name: str
    slug: str = Field(description="The app's own part of its address.")
    locale: str
    mvs_sha256: str = Field(description="SHA-256 of the MVS the next generation starts from.")
    live_generation_id: UUID | None = Field(
        description="The version that runs; null before the first."
    )
    url: str | None = Field(description="Where it runs; null before the first version.")
    created_at: datetime
    updated_at: datetime


class AppPage(PageOf[AppShown]):
    pass


class MvsShown(Shown):
    mvs: dict[str, Any]
