"""Bodies of `/v1/mvs`."""

from __future__ import annotations

from pydantic import Field

from chalicelib.http.schemas.apps import MvsSent
from chalicelib.http.schemas.problems import Fault
from chalicelib.http.schemas.shape import Shown

__all__ = ["MvsSent", "Verdict"]


class Missing(Shown):
    key: str = Field(description="What is missing, always the same word.")
    question: str = Field(description="What to ask whoever knows, in the caller's language.")
    weight: int = Field(ge=1, description="What an answer adds to the score.")


class Completeness(Shown):
    score: int = Field(ge=0, le=100)
    threshold: int = Field(ge=0, le=100, description="An MVS is worth building from this score on.")
    missing: list[Missing] = Field(description="The weightiest first.")


class Verdict(Shown):
    valid: bool
    errors: list[Fault] = Field([], max_length=100, description="Empty when valid.")
    count: int = Field(0, ge=0, description="How many faults there are; at most 100 are listed.")
    completeness: Completeness | None = Field(description="Null when invalid.")
