"""A sheet as people lay it out → a table: which row is the header, which columns count, what is no data.

In: a `RawSheet`. Out: a `Table`, or None when there is nothing to read. Callers: `reading`. The surprise: titles above,
totals below, headers of two rows, merged cells and empty columns are normal; each is handled and said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from statistics import median

from chalicelib.discovery.spreadsheets.cells import Cell, Note, RawSheet
from chalicelib.discovery.spreadsheets.headers import (
    Header,
    Line,
    find_header,
    folded,
    labels_of,
)
from chalicelib.discovery.spreadsheets.limits import COLUMNS_MAX
from chalicelib.discovery.spreadsheets.plain_texts import is_placeholder, tidied

TOTALS = re.compile(r"(sub)?total(es)?\b.*|suma\b.*|sum\b.*|grand total\b.*", re.IGNORECASE)
STRAY_SHARE = 0.1
"""A column without a header and with fewer of its cells filled holds slips, not data."""


@dataclass
class Column:
    label: str
    cells: list[Cell]
    """Texts tidied up, nothing where somebody wrote «nothing»."""
    placeholders: int = 0
    """So many wrote it."""


@dataclass
class Table:
    name: str
    header_row: int
    """0: the sheet has none."""
    columns: list[Column]
    row_numbers: list[int]
    notes: list[Note]
    strays: list[tuple[int, str]]
    """Cells beside the table: row, what stands there."""


def table_of(sheet: RawSheet) -> Table | None:
    _fill_merged(sheet)
    header = find_header(sheet)
    lines = sheet.rows[header.lines_used :]
    if (not lines and len(header.texts) < 2) or (not header.row and _is_title(lines)):
        return None
    notes: list[Note] = [Note("no_header")] if not header.row else []
    lines = _data(lines, header, notes)
    width = max((len(cells) for _, cells in lines), default=0)
    labels = labels_of(header, width, notes)
    table = Table(sheet.name, header.row, [], [number for number, _ in lines], notes, [])
    for index, label in enumerate(labels):
        cells = [cells[index] if index < len(cells) else None for _, cells in lines]
        filled = sum(cell is not None for cell in cells)
        if label or filled > STRAY_SHARE * len(lines):
            placeholders = sum(map(is_placeholder, cells))
            table.columns.append(Column(label, [tidied(cell) for cell in cells], placeholders))
        elif filled:
            table.strays += [(n, str(c)) for (n, _), c in zip(lines, cells, strict=True) if c]
    _name_the_nameless(table)
    _cut(table, sheet)
    return table if table.columns else None


def _is_title(lines: list[Line]) -> bool:
    return len(lines) == 1 and _filled(lines[0][1]) == 1


def _fill_merged(sheet: RawSheet) -> None:
    """A value merged over several rows counts for each of them."""
    rows = dict(sheet.rows)
    for top, left, bottom, right in sheet.merged:
        origin = rows.get(top)
        if origin is None or left >= len(origin) or left != right or origin[left] is None:
            continue
        for number in range(top + 1, min(bottom, top + 20_000) + 1):
            below = rows.get(number)
            if below is not None:
                below.extend([None] * (left + 1 - len(below)))
                below[left] = origin[left] if below[left] is None else below[left]


def _data(lines: list[Line], header: Header, notes: list[Note]) -> list[Line]:
    """Without repeated headers, totals and remarks at the end."""
    written = [folded(text) for text in header.texts if text]
    kept: list[Line] = []
    for number, cells in lines:
        texts = [folded(cell) for cell in cells if isinstance(cell, str)]
        if written and texts == written:
            notes.append(Note("header_again", {"row": number}))
        elif texts and _is_total(cells):
            notes.append(Note("total", {"row": number}))
        else:
            kept.append((number, cells))
    return _without_remarks(kept, notes)


def _is_total(cells: list[Cell]) -> bool:
    first = next(cell for cell in cells if cell is not None)
    return isinstance(first, str) and TOTALS.fullmatch(first.strip()) is not None


def _without_remarks(lines: list[Line], notes: list[Note]) -> list[Line]:
    """Lone cells after a gap at the end of a wide table: «Fuente: …»."""
    if not lines or median(_filled(cells) for _, cells in lines) < 3:
        return lines
    while len(lines) > 1:
        number, cells = lines[-1]
        if _filled(cells) > 1 or number - lines[-2][0] == 1:
            break
        notes.append(Note("remark", {"row": number}))
        lines = lines[:-1]
    return lines


def _filled(cells: list[Cell]) -> int:
    return sum(cell is not None for cell in cells)


def _name_the_nameless(table: Table) -> None:
    for position, column in enumerate(table.columns, start=1):
        if not column.label:
            table.notes.append(Note("nameless_column", {"position": position}))


def _cut(table: Table, sheet: RawSheet) -> None:
    if len(table.columns) > COLUMNS_MAX or sheet.is_cut:
        table.notes.append(Note("columns_cut", {"limit": COLUMNS_MAX}))
        del table.columns[COLUMNS_MAX:]
