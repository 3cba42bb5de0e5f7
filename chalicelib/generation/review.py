"""A review: a verdict on every requirement, in a closed shape.

In: an engine's reply. Out: `Review`. Callers: the Review stage, the offline reviewer.
The surprise: a reply that can't be read, or that leaves a requirement out, is not asked for again here: it is a failed
review, and so is one that contradicts itself.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from chalicelib.errors import UnreadableReply

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]

Path = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Line = Annotated[int, Field(ge=1)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RequirementVerdict(Part):
    requirement: Annotated[str, StringConstraints(pattern=r"^R[1-9][0-9]{0,4}$")]
    status: Literal["met", "unmet", "recorded"]
    """recorded: in plain words only, for a person to see to; nothing executed could prove it."""
    evidence: Text
    """What was executed, or what is missing."""
    module: Name | None = None
    file: Path | None = None
    line: Line | None = None


class Objection(Part):
    """Something wrong that no requirement names."""

    module: Name | None = None
    message: Text
    file: Path | None = None
    line: Line | None = None


class Review(Part):
    version: Literal[1] = 1
    reviewer: Text
    passed: Annotated[bool, Field(strict=True)]
    verdicts: Annotated[tuple[RequirementVerdict, ...], Field(max_length=5000)]
    objections: Annotated[tuple[Objection, ...], Field(max_length=200)] = ()


def parse_review(
    reply: str, requirements: Collection[str], recordable: Collection[str] = ()
) -> Review:
    """Raises `UnreadableReply`: wrong shape, a requirement missing or invented, or a pass that its verdicts deny."""
    try:
        review = Review.model_validate_json(reply)
    except ValidationError as error:
        raise UnreadableReply(f"The review can't be read: {error.error_count()} faults.") from error
    judged = [verdict.requirement for verdict in review.verdicts]
    if sorted(judged) != sorted(set(requirements)):
        raise UnreadableReply("The review does not judge every requirement exactly once.")
    excused = {verdict.requirement for verdict in review.verdicts if verdict.status == "recorded"}
    if not excused <= set(recordable):
        raise UnreadableReply("The review excuses a requirement that can be executed.")
    is_clean = not review.objections and all(v.status != "unmet" for v in review.verdicts)
    if review.passed != is_clean:
        raise UnreadableReply("The review contradicts its own verdicts.")
    return review
