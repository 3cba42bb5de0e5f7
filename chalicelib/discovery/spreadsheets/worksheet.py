"""One sheet of a workbook, cell by cell.

In: events of `xml_parts.walk`. Out: a filled `RawSheet`. Callers: `xlsx`. The surprise: row and column numbers may be
missing (then they follow the last one), repeated or absurd; a cell too far to the right is left out and said to be.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from chalicelib.discovery.spreadsheets.cells import Broken, Cell, Number, RawSheet
from chalicelib.discovery.spreadsheets.limits import (
    CELL_CHARACTERS_MAX,
    COLUMNS_LOOKED_AT,
    ROWS_MAX,
)
from chalicelib.discovery.spreadsheets.styles import PLAIN, Look, number_of
from chalicelib.discovery.spreadsheets.unreadable import Unreadable
from chalicelib.discovery.spreadsheets.xml_parts import Attributes

ADDRESS = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
MERGED_MAX = 1_000
LAST_DAY = 2_958_465
"""31 December 9999."""


@dataclass
class Budget:
    """Rows that may still be read, of the whole file."""

    rows: int

    def take(self) -> None:
        self.rows -= 1
        if self.rows < 0:
            raise Unreadable("too_many_rows", limit=ROWS_MAX)


@dataclass(frozen=True)
class Known:
    """What the sheets of a workbook share."""

    texts: Sequence[str]
    looks: Sequence[Look]
    counts_from_1904: bool


class Worksheet:
    """A walker."""

    def __init__(self, sheet: RawSheet, known: Known, budget: Budget) -> None:
        self._sheet, self._known, self._budget = sheet, known, budget
        self._row, self._column = 0, -1
        self._cells: list[Cell] = []
        self._kind, self._look = "n", PLAIN
        self._value: list[str] = []
        self._length = 0
        self._reads = self._has_formula = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name in ("v", "t"):
            self._reads = True
        elif name == "c":
            self._begin_cell(attributes)
        elif name == "row":
            self._row = number_of(attributes.get("r")) or self._row + 1
            self._column, self._cells = -1, []
        elif name == "f":
            self._has_formula = True
        elif name == "mergeCell":
            self._merge(attributes.get("ref", ""))

    def text(self, text: str) -> None:
        if self._reads and self._length < CELL_CHARACTERS_MAX:
            self._value.append(text)
            self._length += len(text)

    def end(self, name: str) -> None:
        if name in ("v", "t"):
            self._reads = False
        elif name == "c":
            self._end_cell()
        elif name == "row" and any(cell is not None for cell in self._cells):
            self._budget.take()
            self._sheet.rows.append((self._row, self._cells))

    def _begin_cell(self, attributes: Attributes) -> None:
        address = attributes.get("r")
        self._column = _column(address) if address else self._column + 1
        self._kind = attributes.get("t", "n")
        style = number_of(attributes.get("s"))
        looks = self._known.looks
        self._look = looks[style] if style < len(looks) else PLAIN
        self._value, self._length, self._has_formula = [], 0, False

    def _end_cell(self) -> None:
        text = "".join(self._value)[:CELL_CHARACTERS_MAX]
        if self._has_formula:
            self._sheet.formulas += 1
            self._sheet.uncalculated += not text
        if not text:
            return
        if not 0 <= self._column < COLUMNS_LOOKED_AT:
            self._sheet.is_cut = True
            return
        missing = self._column + 1 - len(self._cells)
        if missing > 0:
            self._cells.extend([None] * missing)
        self._cells[self._column] = self._read(text)

    def _read(self, text: str) -> Cell:
        if self._kind == "s":
            index = number_of(text)
            texts = self._known.texts
            return _plain(texts[index]) if index < len(texts) else Broken("#REF!")
        if self._kind in ("str", "inlineStr"):
            return _plain(text)
        if self._kind == "b":
            return text == "1"
        if self._kind == "e":
            return Broken(text[:20])
        if self._kind == "d":
            return _iso(text)
        return self._number(text)

    def _number(self, text: str) -> Cell:
        """As Excel shows it: fifteen digits are kept, the rest is noise of the machine."""
        try:
            value = float(text)
        except ValueError:
            return Broken(text[:20])
        if not -1e15 < value < 1e15:
            return text if -1e300 < value < 1e300 else Broken(text[:20])
        if self._look.moment in ("date", "datetime"):
            return _moment(value, self._look.moment, self._known.counts_from_1904)
        if self._look.moment == "time" and 0 <= value < 1:
            return str((datetime.min + timedelta(seconds=round(value * 86_400))).time())[:5]
        number = Decimal(f"{value:.15g}")
        if self._look.percent:
            return Number((number * 100).normalize(), percent=True)
        return Number(number, self._look.currency)

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        corners = [ADDRESS.fullmatch(corner) for corner in (first, last or first)]
        if all(corners) and len(self._sheet.merged) < MERGED_MAX:
            (top, left), (bottom, right) = [
                (int(one[2]), _column(one[0])) for one in corners if one is not None
            ]
            self._sheet.merged.append((top, left, bottom, right))


def _column(address: str) -> int:
    """`B7` → 1; -1 for what is no address."""
    number = 0
    for letter in address:
        if not "A" <= letter <= "Z":
            break
        number = number * 26 + ord(letter) - 64
        if number > 20_000:
            break
    return number - 1


def _plain(text: str) -> str | None:
    """Without the escapes that workbooks write for control characters."""
    if "_x" in text:
        text = ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    return text if text.strip() else None


def _moment(serial: float, moment: str, counts_from_1904: bool) -> Cell:
    """Day 60 of 1900 never was; day 0 is what an empty cell with a date format shows."""
    days = serial + 1462 if counts_from_1904 else serial
    if not 1 <= days < LAST_DAY:
        return Broken(str(serial)[:20])
    epoch = datetime(1899, 12, 31) if days < 60 else datetime(1899, 12, 30)
    when = epoch + timedelta(seconds=round(days * 86_400))
    has_time = when.hour or when.minute or when.second
    return when if moment == "datetime" or has_time else when.date()


def _iso(text: str) -> Cell:
    try:
        return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
    except ValueError:
        return _plain(text)
