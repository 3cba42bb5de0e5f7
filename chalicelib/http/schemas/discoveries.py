"""Bodies of `/v1/discoveries`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from chalicelib.discovery.records import SAID_CHARACTERS_MAX
from chalicelib.http.schemas.apps import AppShown, MvsSent
from chalicelib.http.schemas.generations import GenerationShown
from chalicelib.http.schemas.mvs import Completeness
from chalicelib.http.schemas.shape import PageOf, PageQuery, Sent, Shown
from chalicelib.http.schemas.texts import Locale
from chalicelib.mvs.spec import Key

__all__ = [
    "Approval",
    "Approved",
    "DiscoveryBegun",
    "DiscoveryPage",
    "DiscoveryShown",
    "MessageSent",
    "MvsAtVersion",
    "MvsEdited",
    "PageQuery",
    "TurnQuery",
    "TurnShown",
    "Turns",
]

Words = Annotated[str, StringConstraints(max_length=SAID_CHARACTERS_MAX)]
TURNS_MAX = 100


class DiscoveryBegun(Sent):
    """All of it may be left out: then a first question comes."""

    brief: Words = Field("", description="What the business does, in a person's own words.")
    blueprint: Key | None = Field(None, description="Start from this one of `/v1/blueprints`.")
    industry: Key | None = Field(None, description="Lay this one of `/v1/industry-overlays` over it.")  # fmt: skip
    language: Locale | None = Field(
        None, description="To talk in; left out: the language of the brief, or the one asked for."
    )
    engine: Literal["offline", "claude"] | None = Field(
        None,
        description="Who asks: rules alone, or a model; left out: a model where there is one.",
    )


class MessageSent(Sent):
    text: Annotated[
        str, StringConstraints(min_length=1, max_length=SAID_CHARACTERS_MAX, strip_whitespace=True)
    ] = Field(description="An answer, a wish, or a yes.")


class MvsEdited(MvsSent):
    version: int = Field(ge=0, description="`mvs_version` that was edited; 409 when it moved.")


class Approval(Sent):
    version: int = Field(ge=0, description="`mvs_version` that was looked at; 409 when it moved.")
    start: bool = Field(True, description="Start the first generation of the app at once.")
    anyway: bool = Field(False, description="Although something is missing.")
    budget_microdollars: int | None = Field(
        None,
        ge=0,
        description="The most models may cost the generation; left out: what is allowed.",
    )


class DiscoveryListed(Shown):
    id: UUID
    title: str
    locale: Locale
    engine: str = Field(description="Who asks: `offline`, or `claude`.")
    status: Literal["open", "approved", "abandoned"]
    blueprint: str | None = Field(
        validation_alias="blueprint_key", description="What it started from."
    )
    industry: str | None
    mvs_version: int = Field(ge=0, description="Counts the changes of the MVS.")
    app_id: UUID | None = Field(description="What an approval made.")
    created_by: str = Field(description="`user:<id>` or `api_key:<id>`.")
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None


class DiscoveryShown(DiscoveryListed):
    mvs: dict[str, Any] | None = Field(
        description="As it stands, valid; null until there is something to start from."
    )
    completeness: Completeness | None = Field(
        description="The score and what is missing, the weightiest first; null without an MVS."
    )


class DiscoveryPage(PageOf[DiscoveryListed]):
    pass


class TurnQuery(Sent):
    after: int = Field(0, ge=0, le=2**31, description="Number of the last turn you have.")
    limit: int = Field(50, ge=1, le=TURNS_MAX, description="How many turns at most.")


class Choice(Shown):
    words: str


class Asked(Shown):
    about: str = Field(description="A topic of the completeness score, or `brief`, `name`, `fit`, `ready`.")  # fmt: skip
    options: list[Choice] = Field(description="Answer `yes`, or with their numbers, from 1.")


class Difference(Shown):
    path: str = Field(examples=["entities.patient.fields.phone"])
    kind: Literal["added", "changed", "removed"]
    before: Any
    after: Any
    words: str = Field(description="In the language of the conversation.")


class TurnFailure(Shown):
    error: str = Field(description="Name of the error; `docs/errors.md` lists them.")
    reason: str


class TurnShown(Shown):
    discovery_id: UUID
    number: int = Field(ge=1, description="1, 2, … per conversation.")
    kind: Literal["message", "edit", "import", "undo"]
    status: Literal["running", "done", "failed"]
    attempt: int = Field(ge=1, description="A failed turn can be tried again.")
    said: str
    reply: str = Field(description="Empty while it runs.")
    partial: str = Field("", description="The reply as far as it is written, while it runs.")
    ask: Asked | None = Field(description="What the reply asks; null when nothing.")
    changes: list[dict[str, Any]] = Field(description="What was changed, as operations.")
    diff: list[Difference] = Field(description="What differs in the MVS after it, place by place.")
    failure: TurnFailure | None
    created_by: str
    created_at: datetime
    ended_at: datetime | None


class Turns(Shown):
    items: list[TurnShown] = Field(description="The oldest first.")


class MvsAtVersion(Shown):
    version: int = Field(ge=0, description="Send it back with an edit or an approval.")
    mvs: dict[str, Any] | None
    completeness: Completeness | None


class Approved(Shown):
    app: AppShown
    generation: GenerationShown | None = Field(description="Null when none was to be started.")
