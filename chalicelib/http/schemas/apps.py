"""Bodies of `/v1/apps`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, WrapValidator

from chalicelib.http.schemas.shape import PageOf, PageQuery, Sent, Shown
from chalicelib.mvs.spec import Mvs

__all__ = ["AppPage", "AppShown", "Mvs", "MvsSent", "PageQuery"]


def as_it_comes(data: Any, _: Any) -> Any:
    return data


class MvsSent(Sent):
    mvs: Annotated[Mvs, WrapValidator(as_it_comes)] = Field(
        description="What was asked for; its schema is also at `/v1/schemas/mvs`."
    )
    """Described as an MVS, but taken as it comes: `mvs/reading.py` finds every fault and says it better."""


class AppShown(Shown):
    id: UUID
    name: str
    slug: str = Field(description="The app's own part of its address.")
    locale: str = Field(examples=["es"])
    mvs_sha256: str = Field(
        pattern="^[0-9a-f]{64}$", description="SHA-256 of the MVS the next generation starts from."
    )
    live_generation_id: UUID | None = Field(
        description="The version that runs; null before the first."
    )
    url: str | None = Field(description="Where it runs; null before the first version.")
    created_at: datetime
    updated_at: datetime


class AppPage(PageOf[AppShown]):
    pass
