"""Which row of a sheet is its header, and what its columns are called.

In: a `RawSheet`. Out: a `Header`, labels. Callers: `tables`. The surprise: a header is the first row of plain words about as
wide as what follows; a row of group names above it (merged or with gaps) becomes the beginning of each name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from chalicelib.discovery.spreadsheets.cells import Cell, Note, RawSheet

Line = tuple[int, list[Cell]]

LOOKED_AT = 20
"""Rows from the top among which a header may be."""
WIDE_ENOUGH = 0.6
LABEL_LENGTH = 80
HIDDEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\ufff9-\uffff]"
)


@dataclass(frozen=True)
class Header:
    row: int
    """Its number in the file; 0 without one."""
    lines_used: int
    """Lines down to it, itself included."""
    texts: tuple[str, ...] = ()
    """As written, one per column."""


def find_header(sheet: RawSheet) -> Header:
    for index, (number, cells) in enumerate(sheet.rows[:LOOKED_AT]):
        following = sheet.rows[index + 1 : index + 1 + LOOKED_AT]
        if not following and not (_filled(cells) > 1 and _is_words(cells)):
            break
        usual = median([_filled(cells) for _, cells in following] or [0])
        filled = _filled(cells)
        if filled < max(1, WIDE_ENOUGH * usual):
            continue
        if not _is_words(cells):
            break
        if _goes_on_below(sheet, index, filled):
            continue
        above = sheet.rows[index - 1] if index else None
        return Header(number, index + 1, _texts(cells, above, sheet))
    return Header(0, 0)


def _goes_on_below(sheet: RawSheet, index: int, filled: int) -> bool:
    """Group names over a fuller row of words: that one is the header."""
    number, cells = sheet.rows[index]
    if index + 1 >= len(sheet.rows):
        return False
    below = sheet.rows[index + 1][1]
    spans = any(top == number and right > left for top, left, _, right in sheet.merged)
    has_gaps = any(cell is None for cell in cells[1:])
    return (spans or has_gaps) and _is_words(below) and _filled(below) >= filled


def _texts(cells: Sequence[Cell], above: Line | None, sheet: RawSheet) -> tuple[str, ...]:
    own = [tidy(cell) for cell in cells]
    if above is None or not _is_group_row(above, own, sheet):
        return tuple(own)
    number, groups = above
    width = max(len(own), len(groups))
    own += [""] * (width - len(own))
    named = _spread(number, groups, own, sheet)
    return tuple(
        f"{group} {text}".strip() if text and group != text else text or group
        for group, text in zip(named, own, strict=True)
    )


def _is_group_row(above: Line, own: Sequence[str], sheet: RawSheet) -> bool:
    number, groups = above
    spans = [span for span in sheet.merged if span[0] == number]
    across = [span for span in spans if span[3] > span[1] and span[3] - span[1] + 1 < len(own)]
    return _is_words(groups) and (bool(across) or _filled(list(groups)) > 1)


def _spread(number: int, groups: Sequence[Cell], own: Sequence[str], sheet: RawSheet) -> list[str]:
    """A group's name for each column under it: as far as it is merged, else up to the next one."""
    named = [tidy(groups[index]) if index < len(groups) else "" for index in range(len(own))]
    spans = {left: right for top, left, _, right in sheet.merged if top == number}
    current, until = "", -1
    for index, name in enumerate(named):
        if name:
            current = name
            until = spans.get(index, index if spans else len(own))
        elif index <= until:
            named[index] = current
    return named


def labels_of(header: Header, width: int, notes: list[Note]) -> list[str]:
    """One per column, each once; empty for a column without a name."""
    labels: list[str] = []
    seen: dict[str, int] = {}
    for index in range(max(width, len(header.texts))):
        label = header.texts[index][:LABEL_LENGTH].strip() if index < len(header.texts) else ""
        if label:
            count = seen[folded(label)] = seen.get(folded(label), 0) + 1
            if count > 1:
                notes.append(Note("same_header", {"label": label, "row": header.row}))
                label = f"{label[: LABEL_LENGTH - 4]} {count}"
        labels.append(label)
    return labels


def _is_words(cells: Sequence[Cell]) -> bool:
    """Nothing but texts, and none that reads like a number or a date."""
    filled = [cell for cell in cells if cell is not None]
    return bool(filled) and all(
        isinstance(cell, str) and any(letter.isalpha() for letter in cell) and "@" not in cell
        for cell in filled
    )


def _filled(cells: Sequence[Cell]) -> int:
    return sum(cell is not None for cell in cells)


def tidy(cell: Cell) -> str:
    """One line of visible letters."""
    text = HIDDEN.sub(" ", str(cell)) if isinstance(cell, str) else ""
    return re.sub(r"\s+", " ", text).strip().rstrip(":*").strip()


def folded(text: str) -> str:
    """For comparing: without accents, case and odd spaces."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"\s+", " ", plain).strip().lower() or text.strip().lower()


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())
