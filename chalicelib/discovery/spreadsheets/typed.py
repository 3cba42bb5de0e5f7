"""What a column turned out to be.

Callers: `column_types` and its neighbours make it, `fields` and `links` use it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from chalicelib.discovery.spreadsheets.cells import Note
from chalicelib.mvs.spec import FieldType, Scalar


@dataclass(frozen=True)
class Misread:
    """A value that was left out, by its position in the column."""

    index: int
    code: str
    """A row of `wording.FAULTS`."""


@dataclass
class Typed:
    type: FieldType
    values: list[Scalar | None]
    faults: list[Misread] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)
    """choice: key → label."""
    currency: str = ""
    percent: bool = False
