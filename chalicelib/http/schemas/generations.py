"""Bodies of `/v1/…/generations`."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from chalicelib.generation.budget import MINIMAL_RUN_MICRODOLLARS
from chalicelib.http.schemas.shape import PageOf, PageQuery, Sent, Shown

__all__ = [
    "Credentials",
    "Documents",
    "EventQuery",
    "Events",
    "GenerationPage",
    "GenerationShown",
    "GenerationWanted",
    "PageQuery",
    "TraceShown",
]


Status = Literal["queued", "running", "succeeded", "failed", "cancelled"]
Said = Literal["started", "done", "failed", "note"]


class GenerationWanted(Sent):
    budget_microdollars: int | None = Field(
        None,
        ge=MINIMAL_RUN_MICRODOLLARS,
        le=10**12,
        description="The most that models may cost it, in millionths of a US dollar. It never gets more than the platform "
        "allows a run, or than the month has left. Leave it out for the most there is.",
    )


class Failure(Shown):
    stage: str = Field(description="The state of the state machine that could not go on.")
    error: str | None = Field(description="Name of the error; `docs/errors.md` lists them.")
    reason: str | None


class GenerationShown(Shown):
    id: UUID
    app_id: UUID
    version: int = Field(ge=1, description="1, 2, … per app.")
    status: Status
    engine: str = Field(description="Who writes: `offline`, or `claude`.")
    budget_microdollars: int = Field(
        ge=0, description="The most that models may cost it; 0 without models."
    )
    resumes_generation_id: UUID | None = Field(
        description="The run whose finished stages it took over; null for one that began anew."
    )
    is_charged: bool = Field(
        description="Whether it counts against the plan. Given back when it fails, or is cancelled before models were paid for."
    )
    is_overage: bool = Field(description="Whether it goes beyond what the plan includes.")
    mvs_sha256: str = Field(pattern="^[0-9a-f]{64}$", description="SHA-256 of its MVS.")
    url: str | None = Field(description="Where it runs; null until it succeeded.")
    created_by: str = Field(description="`user:<id>` or `api_key:<id>`.")
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    failure: Failure | None = Field(description="Where and why it failed; null when it did not.")
    can_be_resumed: bool = Field(
        description="Whether it was stopped, or failed through no fault of its MVS: then a new one can go on from there."
    )


class GenerationPage(PageOf[GenerationShown]):
    pass


class EventQuery(Sent):
    after: str = Field(
        "", max_length=60, pattern="^[0-9a-f#]*$", description="Id of the last event you have."
    )


class Event(Shown):
    id: str = Field(description="Send the last one as `after`.")
    at: datetime
    stage: str
    module: str | None = Field(description="Of the app; null for a stage as a whole.")
    round: int = Field(ge=1, description="How often it was written: 1 to 3.")
    status: Said
    message: str
    ms: int | None = Field(description="How long it took; null unless it ended.")
    cost_microdollars: int | None = Field(
        None,
        description="What this call of a model cost, in millionths of a dollar; null for all else.",
    )
    attempt: int | None = Field(
        None,
        description="Which try of a question it was; above 1 when a reply was mended. Null for all else.",
    )


class Events(Shown):
    items: list[Event] = Field(description="At most 500, the oldest first.")


class Document(Shown):
    name: str = Field(examples=["prd.md"])
    url: str = Field(description="Good for 15 minutes, without credentials.")


class Documents(Shown):
    items: list[Document]


class Credentials(Shown):
    url: str
    username: str
    password: str = Field(description="Shown once; the app asks for another at the first sign-in.")


class TestShown(Shown):
    name: str = Field(description="As Django's test runner calls it.")
    result: Literal["passed", "failed", "not_run"]


class RequirementTraced(Shown):
    id: str = Field(examples=["R7"])
    kind: str
    text: str
    about: str = Field(description="Where the MVS says it.", examples=["entities.patient.rules[0]"])
    module: str | None
    entity: str | None
    rule: str | None
    screen: str | None = Field(description="Its address in the app.", examples=["/patients/"])
    files: list[str]
    tests: list[TestShown]
    proof: Literal["tests", "checks", "in_words", "none"] = Field(
        description="What proves it: all of its own tests passed; checks of the whole app passed; it is in plain words "
        "only; nothing does."
    )
    evidence: str = Field(description="What the review said of it; empty where there was none.")


class TraceCounts(Shown):
    requirements: int
    by_tests: int
    by_checks: int
    in_words: int
    unproved: int


class TraceShown(Shown):
    round: int
    checks: dict[str, bool] = Field(
        description="Id of each check that was executed, and whether it passed."
    )
    requirements: list[RequirementTraced]
    counts: TraceCounts
    unproved: list[str] = Field(
        description="Ids of requirements without a test that passed or checks that prove them, those in plain words included."
    )
