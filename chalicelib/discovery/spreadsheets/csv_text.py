"""A CSV as programs really write it: any of the usual encodings and separators, a BOM or not.

In: bytes. Out: `RawFile` with one sheet of texts. Callers: `kinds`. The surprise: nothing in a CSV says how it is written,
so the separator is the one that cuts most lines into the same number of parts, and bytes that are not UTF-8 are read as
Windows wrote them.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator

from chalicelib.discovery.spreadsheets.cells import Cell, RawFile, RawSheet
from chalicelib.discovery.spreadsheets.limits import (
    CELL_CHARACTERS_MAX,
    COLUMNS_LOOKED_AT,
    LINES_MAX,
    ROWS_MAX,
)
from chalicelib.discovery.spreadsheets.unreadable import Unreadable

SEPARATORS = (";", ",", "\t", "|")
SAMPLE_LINES = 50
SAMPLE_CHARACTERS = 200_000
MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def read_csv(content: bytes) -> RawFile:
    """Raises `Unreadable`."""
    text, encoding = decoded(content)
    separator, body = _announced(text)
    separator = separator or likely_separator(body)
    sheet = RawSheet("")
    for number, cells in _rows(body, separator):
        if len(cells) > COLUMNS_LOOKED_AT:
            sheet.is_cut = True
        row: list[Cell] = [_cell(cell) for cell in cells[:COLUMNS_LOOKED_AT]]
        if any(cell is not None for cell in row):
            if len(sheet.rows) >= LINES_MAX:
                raise Unreadable("too_many_rows", limit=ROWS_MAX)
            sheet.rows.append((number, row))
    return RawFile("csv", [sheet], encoding=encoding, separator=separator)


def decoded(content: bytes) -> tuple[str, str]:
    """The text and what it was written in."""
    for mark, encoding in MARKS:
        if content.startswith(mark):
            return _strictly(content, encoding)
    if encoding := _unmarked_utf_16(content):
        return _strictly(content, encoding)
    if b"\x00" in content:
        raise Unreadable("binary")
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _windows(content)


def _strictly(content: bytes, encoding: str) -> tuple[str, str]:
    try:
        return content.decode(encoding), encoding.removesuffix("-sig")
    except UnicodeDecodeError:
        raise Unreadable("encoding") from None


def _unmarked_utf_16(content: bytes) -> str:
    """Western text in UTF-16 has a zero in every second byte."""
    head = content[:2_000]
    odd, even = head[1::2], head[::2]
    if len(head) < 4:
        return ""
    if odd.count(0) > 0.7 * len(odd) and not even.count(0):
        return "utf-16-le"
    return "utf-16-be" if even.count(0) > 0.7 * len(even) and not odd.count(0) else ""


def _windows(content: bytes) -> tuple[str, str]:
    controls = sum(content.count(byte) for byte in range(32) if byte not in (9, 10, 12, 13))
    if controls > len(content) // 100:
        raise Unreadable("binary")
    try:
        return content.decode("cp1252"), "cp1252"
    except UnicodeDecodeError:
        return content.decode("latin-1"), "latin-1"


def _announced(text: str) -> tuple[str, str]:
    """Excel's own first line `sep=;`."""
    first, _, rest = text.partition("\n")
    announced = first.strip().strip('"')
    if len(announced) == 5 and announced.lower().startswith("sep="):
        return announced[4], rest
    return "", text


def likely_separator(text: str) -> str:
    """Commas lose a tie: in Spanish files they stand inside numbers."""
    best, best_score = ",", 0.0
    for separator in SEPARATORS:
        score = _score(text[:SAMPLE_CHARACTERS], separator)
        if score > best_score:
            best, best_score = separator, score
    return best


def _score(sample: str, separator: str) -> float:
    """Lines that have as many parts as most lines do, and more weight for more parts."""
    widths: Counter[int] = Counter()
    try:
        for cells in csv.reader(io.StringIO(sample, newline=""), delimiter=separator):
            if any(cell.strip() for cell in cells):
                widths[len(cells)] += 1
            if widths.total() >= SAMPLE_LINES:
                break
    except csv.Error:
        return 0.0
    wide = Counter({width: count for width, count in widths.items() if width > 1})
    if not wide:
        return 0.0
    width, count = wide.most_common(1)[0]
    return count / widths.total() + min(width, 20) / 100


def _rows(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """With the number of the row as a spreadsheet program would show it."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        yield from enumerate(reader, start=1)
    except csv.Error:
        raise Unreadable("broken_csv", line=reader.line_num) from None


def _cell(text: str) -> str | None:
    """A lone apostrophe before a number is how spreadsheets keep it a text; `="007"` is how exports do."""
    text = text[:CELL_CHARACTERS_MAX].strip()
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    return text or None
