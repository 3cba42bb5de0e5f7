"""What all models of the wire share."""

from __future__ import annotations

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

PAGE_DEFAULT = 20
PAGE_MAX = 100

Item = TypeVar("Item")


class Sent(BaseModel):
    """What a caller sends: unknown members are faults, a typo must not pass silently."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)


class Shown(BaseModel):
    """What we answer: only what is declared leaves, and all of it."""

    model_config = ConfigDict(
        from_attributes=True, frozen=True, json_schema_serialization_defaults_required=True
    )


class PageQuery(Sent):
    limit: int = Field(PAGE_DEFAULT, ge=1, le=PAGE_MAX, description="How many items at most.")
    cursor: str | None = Field(
        None,
        max_length=200,
        description="`next_cursor` of the page before; leave it out for the first.",
    )


class PageOf(Shown, Generic[Item]):
    items: list[Item]
    next_cursor: str | None = Field(
        None, description="Where the next page begins; null on the last."
    )
