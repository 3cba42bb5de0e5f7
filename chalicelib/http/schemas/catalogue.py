"""Bodies of `/v1/blueprints` and `/v1/industry-overlays`."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from chalicelib.http.schemas.shape import Sent, Shown
from chalicelib.mvs.spec import Key, Label, Locale

__all__ = ["BlueprintDetail", "BlueprintList", "LocaleQuery", "OverlayList", "StartQuery"]


class LocaleQuery(Sent):
    locale: Locale | None = Field(
        None, description="The language of the texts; without it, that of the request."
    )


class StartQuery(LocaleQuery):
    industry: Key | None = Field(
        None, description="An overlay to lay over it, by its industry.", examples=["health"]
    )
    name: Label | None = Field(None, description="What the app will be called.")


class BlueprintShown(Shown):
    key: str = Field(examples=["bookings"])
    name: str
    summary: str
    entities: list[str] = Field(description="What it keeps track of, in the plural.")
    roles: list[str] = Field(description="Who works with it, besides the owner.")
    is_shared: bool = Field(description="The platform's; false for the organization's own.")


class BlueprintDetail(BlueprintShown):
    mvs: dict[str, Any] = Field(
        description="A valid MVS with examples; its schema is at `/v1/schemas/mvs`."
    )


class BlueprintList(Shown):
    items: list[BlueprintShown]


class OverlayShown(Shown):
    industry: str = Field(examples=["health"])
    name: str
    summary: str
    blueprint: str | None = Field(description="The only one it is for; null: any.")
    adds: list[str] = Field(description="What it keeps track of besides, in the plural.")
    roles: list[str] = Field(description="Who comes in besides.")
    is_shared: bool = Field(description="The platform's; false for the organization's own.")


class OverlayList(Shown):
    items: list[OverlayShown]
