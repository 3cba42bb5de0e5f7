"""What a cell can hold, and a sheet as it stands in its file: nothing interpreted yet.

In: made by `xlsx` and `csv_text`. Out: the same shape for both. Callers: `tables` and what follows. The surprise: a CSV has
texts only; what is a number or a date there is decided later and by whole columns.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Number:
    """A number as the workbook keeps it, with what its format says it is."""

    value: Decimal
    currency: str = ""
    """ISO code, or `?` for money in whatever currency."""
    percent: bool = False


@dataclass(frozen=True, slots=True)
class Broken:
    """A cell whose formula failed: `#REF!`, `#N/A`."""

    text: str


Cell = str | Number | bool | date | datetime | Broken | None


@dataclass
class RawSheet:
    name: str
    rows: list[tuple[int, list[Cell]]] = field(default_factory=list)
    """(number in the file, cells from column A on); rows without anything are left out."""
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """First row, first column, last row, last column; rows from 1, columns from 0."""
    is_hidden: bool = False
    formulas: int = 0
    uncalculated: int = 0
    """Formulas that were never calculated: they have no value to read."""
    is_cut: bool = False
    """Cells far to the right were left out."""


@dataclass
class RawFile:
    format: str
    """`xlsx` or `csv`."""
    sheets: list[RawSheet]
    encoding: str = ""
    separator: str = ""
    has_macros: bool = False
    others: list[str] = field(default_factory=list)
    """Names of sheets that hold charts or dialogs, no cells."""


@dataclass(frozen=True)
class Note:
    """Something people should know; `code` is a row of `wording.NOTES`."""

    code: str
    facts: dict[str, object] = field(default_factory=dict)
