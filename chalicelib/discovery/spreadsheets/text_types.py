"""Columns of texts: one of a few values, a line, or prose.

In: a label and cells. Out: `Typed`. Callers: `column_types`. The surprise: «Pagado», «PAGADO» and «pagado » are one value; the
way most people wrote it is its label.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from chalicelib.discovery.spreadsheets import hints
from chalicelib.discovery.spreadsheets.cells import Cell, Note
from chalicelib.discovery.spreadsheets.headers import folded
from chalicelib.discovery.spreadsheets.naming import unlike
from chalicelib.discovery.spreadsheets.plain_texts import text_of
from chalicelib.discovery.spreadsheets.typed import Typed
from chalicelib.mvs.shapes import suggested_key
from chalicelib.mvs.values import TEXT_LENGTH

OPTIONS_MAX = 12
NAMED_OPTIONS_MAX = 30
"""Under a name like «Estado»."""
OPTION_LENGTH = 40
ROWS_TO_TELL = 8
REPEATED = 0.34
"""At most so many different values per row."""


def text_type(label: str, cells: Sequence[Cell], filled: Sequence[Cell]) -> Typed:
    texts = [text_of(cell) for cell in cells]
    if is_choice(label, [text for text in texts if text is not None]):
        return _choice(texts)
    long = any(text and (len(text) > TEXT_LENGTH["text"] or "\n" in text) for text in texts)
    made = Typed("long_text" if long else "text", list(texts))
    if count := sum(bool(text) and str(text).startswith(("=", "@")) for text in texts):
        made.notes.append(Note("formula_text", {"count": count}))
    return made


def is_choice(label: str, texts: Sequence[str]) -> bool:
    if hints.is_identifier(label) or hints.says(label, hints.FREE_TEXT):
        return False
    is_named = hints.says(label, hints.CHOICE)
    different = len({folded(text) for text in texts})
    if not 1 < different <= (NAMED_OPTIONS_MAX if is_named else OPTIONS_MAX):
        return False
    if any(len(text) > OPTION_LENGTH or "\n" in text for text in texts):
        return False
    if is_named:
        return different < len(texts)
    return len(texts) >= ROWS_TO_TELL and different <= REPEATED * len(texts)


def _choice(texts: Sequence[str | None]) -> Typed:
    spellings: dict[str, Counter[str]] = {}
    for text in texts:
        if text:
            spellings.setdefault(folded(text), Counter())[text] += 1
    labels = {fold: counted.most_common(1)[0][0] for fold, counted in spellings.items()}
    keys: dict[str, str] = {}
    for fold in sorted(labels, key=lambda one: -spellings[one].total()):
        keys[fold] = unlike(suggested_key(labels[fold]), keys.values())
    made = Typed("choice", [keys[folded(text)] if text else None for text in texts])
    made.options = {keys[fold]: labels[fold] for fold in keys}
    merged = sum(len(counted) - 1 for counted in spellings.values())
    if merged:
        made.notes.append(Note("spellings_merged", {"count": merged}))
    return made
