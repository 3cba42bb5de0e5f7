"""One document, several languages: what it says in one of them.

In: plain data in which a value may be given by language. Out: the same without. Callers: the room, tests. The surprise: an
object with no other members than language codes is never kept as one, so `es` and `en` are keys nobody may use.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

LANGUAGES: Final = frozenset({"es", "en"})


def in_language(value: Any, locale: str) -> Any:
    """A language that is missing is read in the other one."""
    if isinstance(value, Mapping):
        if is_by_language(value):
            return in_language(value.get(locale, next(iter(value.values()))), locale)
        return {key: in_language(part, locale) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [in_language(part, locale) for part in value]
    return value


def is_by_language(value: Mapping[str, Any]) -> bool:
    return bool(value) and value.keys() <= LANGUAGES
