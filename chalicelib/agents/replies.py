"""The closed shapes in which models answer, a role each.

In: a model's JSON. Out: Pydantic objects, nothing beside them. Callers: the roles; the SDK makes schemas of them.
The surprise: they say shapes only, and generously; whether an answer makes sense is looked at by each role, which can then
tell the model what was wrong in its own words.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from chalicelib.mvs.plain import plain

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=600)]
Paragraph = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _without_controls(cls, told: Any) -> Any:
        return plain(told)


# orchestrator


class ModuleBriefing(Shape):
    module: Word
    goal: Line
    risks: Annotated[tuple[Line, ...], Field(max_length=8)]
    in_code: Annotated[tuple[Word, ...], Field(max_length=100)]
    is_worth_writing: bool


class Briefings(Shape):
    modules: Annotated[tuple[ModuleBriefing, ...], Field(max_length=100)]


# PRD


class JourneyTold(Shape):
    title: Line
    who: Word
    steps: Annotated[tuple[Line, ...], Field(max_length=12)]


class AcceptedWhen(Shape):
    requirement: Word
    text: Line


class PrdAdditions(Shape):
    narrative: Annotated[tuple[Paragraph, ...], Field(max_length=8)]
    journeys: Annotated[tuple[JourneyTold, ...], Field(max_length=25)]
    acceptance: Annotated[tuple[AcceptedWhen, ...], Field(max_length=500)]


# design


class EntityChoice(Shape):
    entity: Word
    columns: Annotated[tuple[Word, ...], Field(max_length=20)] | None
    filters: Annotated[tuple[Word, ...], Field(max_length=20)] | None
    icon: Word | None


class RuleChoice(Shape):
    requirement: Word
    how: Literal["typed", "coded", "words"]
    why: Line
    test_name: Word | None
    type: Literal["range", "in_order", "required_when", "no_overlap"] | None
    field: Word | None
    min: Word | None
    max: Word | None
    first: Word | None
    then: Word | None
    resource: Word | None
    start: Word | None
    end: Word | None
    when_field: Word | None
    when_one_of: Annotated[tuple[Word, ...], Field(max_length=50)]


class DesignChoices(Shape):
    entities: Annotated[tuple[EntityChoice, ...], Field(max_length=60)]
    navigation: Annotated[tuple[Word, ...], Field(max_length=60)]
    rules: Annotated[tuple[RuleChoice, ...], Field(max_length=1000)]


# codegen


class WrittenFile(Shape):
    path: Annotated[str, StringConstraints(max_length=200)]
    text: Annotated[str, StringConstraints(max_length=256 * 1024)]
    """The whole file, as it will be on disk."""


class WrittenModule(Shape):
    files: Annotated[tuple[WrittenFile, ...], Field(max_length=40)]
    summary: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)]


# reviewer


class JudgedRequirement(Shape):
    requirement: Word
    status: Literal["met", "unmet", "recorded"]
    file: Annotated[str, StringConstraints(max_length=200)] | None
    line: int | None
    evidence: Line


class JudgedObjection(Shape):
    module: Word
    file: Annotated[str, StringConstraints(max_length=200)] | None
    line: int | None
    message: Line


class Judgement(Shape):
    verdicts: Annotated[tuple[JudgedRequirement, ...], Field(max_length=5000)]
    objections: Annotated[tuple[JudgedObjection, ...], Field(max_length=100)]
