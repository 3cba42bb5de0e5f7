"""Bodies of `/v1/mvs`."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from chalicelib.http.schemas.apps import MvsSent
from chalicelib.http.schemas.shape import Shown

__all__ = ["MvsSent", "Verdict"]


class Fault(Shown):
    path: str = Field(description="Where, e.g. `entities[0].fields[2].type`.")
    message: str = Field(description="What is wrong, in the caller's language.")
    cure: str = Field(description="What to do.")


class Verdict(Shown):
    valid: bool
    errors: list[Fault] = []
    count: int = Field(0, description="How many faults there are; at most 100 are listed.")
    completeness: dict[str, Any] | None = Field(
        description="Score and what is missing; null when invalid."
    )
