"""A cell as the text it will be kept as: visible letters on lines, nothing that hides.

In: any cell. Out: text, or None for an empty one. Callers: `column_types`, `links`. The surprise: `-`, `N/A` and their kin
are how people write «nothing», so they are nothing.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime

from chalicelib.discovery.spreadsheets.cells import Broken, Cell, Number
from chalicelib.discovery.spreadsheets.headers import HIDDEN

NOTHING = frozenset(
    ("-", "--", "---", "–", "—", "?", "n/a", "n/d", "s/d", "n.a.", "null", "nan", "#n/a", "sin dato", "sin datos", "(vacío)", "(blank)")
)  # fmt: skip
SPACES = re.compile(r"[ \t\u00a0]+")
LINE_ENDS = re.compile(r"\r\n?|[\u2028\u2029\u0085\x0b\x0c]")


def tidied(cell: Cell) -> Cell:
    """Once, when a table is made; everything after that relies on it."""
    return _clean(cell) if isinstance(cell, str) else cell


def text_of(cell: Cell) -> str | None:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, Number):
        return format(cell.value, "f") + (" %" if cell.percent else "")
    if isinstance(cell, bool):
        return "sí" if cell else "no"
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="minutes")
    return cell.isoformat() if isinstance(cell, date) else None


def is_placeholder(cell: Cell) -> bool:
    return isinstance(cell, str) and cell.strip().lower() in NOTHING


def shown(cell: Cell) -> str:
    """For reports: one short line of what stood there."""
    text = cell.text if isinstance(cell, Broken) else str(text_of(cell) or "")
    line = " ".join(text.split())
    return line if len(line) <= 80 else f"{line[:79]}…"


def _clean(text: str) -> str | None:
    if text.strip().lower() in NOTHING:
        return None
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip() or None
    lines = LINE_ENDS.sub("\n", unicodedata.normalize("NFC", text)).split("\n")
    tidy = [SPACES.sub(" ", HIDDEN.sub(" ", line)).strip() for line in lines]
    return "\n".join(tidy).strip() or None
