"""Bodies of `/v1/…/generations`."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from chalicelib.http.schemas.shape import PageOf, PageQuery, Sent, Shown

__all__ = [
    "Credentials",
    "Documents",
    "EventQuery",
    "Events",
    "GenerationPage",
    "GenerationShown",
    "PageQuery",
]


class Failure(Shown):
    stage: str
    error: str | None
    reason: str | None


class GenerationShown(Shown):
    id: UUID
    app_id: UUID
    version: int = Field(description="1, 2, … per app.")
    status: str = Field(description="queued, running, succeeded, failed or cancelled.")
    engine: str
    mvs_sha256: str
    url: str | None
    created_by: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    failure: Failure | None = Field(description="Where and why it failed; null when it did not.")


class GenerationPage(PageOf[GenerationShown]):
    pass


class EventQuery(Sent):
    after: str = Field("", max_length=200, description="Id of the last event you have.")


class Event(Shown):
    id: str
    at: datetime | None = None
    stage: str
    module: str | None = None
    round: int | None = None
    status: str | None = None
    message: str = ""
    ms: int | None = None


class Events(Shown):
    items: list[Event]


class Document(Shown):
    name: str
    url: str = Field(description="Good for some minutes.")


class Documents(Shown):
    items: list[Document]


class Credentials(Shown):
    url: str
    username: str
    password: str = Field(description="Shown once; the app asks for another at the first sign-in.")
