"""A business's own words for things: whoever says 'patient' never reads 'customer'.

In: an MVS as plain data and the words to say otherwise. Out: the same MVS, changed. Callers: `overlays`. The surprise: only
texts for people are changed, never a key; in examples only cells of text fields, because others may hold keys.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

Data = dict[str, Any]

TEXTS: Final = frozenset(
    {"name", "label", "plural", "help", "description", "text", "summary", "problem"}
)
LISTS_OF_TEXTS: Final = frozenset({"success", "out_of_scope"})
WORD: Final = re.compile(r"\w+")
WRITTEN: Final = frozenset({"text", "long_text"})


def said_otherwise(mvs: Data, calls: Mapping[str, str]) -> None:
    if not calls:
        return

    def spoken(text: str) -> str:
        return WORD.sub(
            lambda found: in_its_case(calls.get(found[0].lower(), found[0]), found[0]), text
        )

    for entity in mvs["entities"]:
        written = {field["key"] for field in entity["fields"] if field["type"] in WRITTEN}
        for row in mvs.get("demo", {}).get(entity["key"], ()):
            row.update({key: spoken(row[key]) for key in written & row.keys() if row[key]})
    for member in mvs.keys() - {"demo"}:
        mvs[member] = texts_changed(mvs[member], spoken, is_text=member in TEXTS | LISTS_OF_TEXTS)


def texts_changed(value: Any, spoken: Callable[[str], str], *, is_text: bool) -> Any:
    if isinstance(value, dict):
        return {key: texts_changed(one, spoken, is_text=key in TEXTS) for key, one in value.items()}
    if isinstance(value, list):
        return [texts_changed(one, spoken, is_text=is_text) for one in value]
    return spoken(value) if is_text and isinstance(value, str) else value


def in_its_case(word: str, model: str) -> str:
    return word[:1].upper() + word[1:] if model[:1].isupper() else word
