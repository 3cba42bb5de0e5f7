"""Faults in words, in the language of whoever reads them.

In: faults and a language. Out: `{path, message, cure}`, the shape every door answers with. Callers: `reading`. The
surprise: the facts are hostile until proven otherwise, so they only ever enter a message quoted and cut short.
"""

from __future__ import annotations

from typing import Any

from chalicelib.mvs import texts_en, texts_es
from chalicelib.mvs.faults import Fault, listed, quoted
from chalicelib.mvs.spec import Locale

LANGUAGES: dict[Locale, Any] = {"en": texts_en, "es": texts_es}
LISTS = frozenset({"known", "wanted", "actions"})
RULE_LENGTH = 200


def language_of(wanted: str) -> Locale:
    """'es-MX' → 'es'; anything we don't speak → 'en'."""
    return "es" if wanted.lower().startswith("es") else "en"


def headline(count: int, language: Locale) -> str:
    table = LANGUAGES[language]
    text: str = table.HEADLINE_ONE if count == 1 else table.HEADLINE
    return text.format(count=count)


def in_words(found: Fault, language: Locale) -> dict[str, str]:
    message, cure = LANGUAGES[language].MESSAGES[found.code]
    facts = {name: _fact(name, value) for name, value in found.facts.items()}
    return {
        "path": found.path,
        "message": message.format_map(facts),
        "cure": cure.format_map(facts),
    }


def _fact(name: str, value: object) -> str:
    if name in LISTS and isinstance(value, tuple | list):
        return listed(value)
    if name == "rule":
        return str(value)[:RULE_LENGTH]
    return quoted(value)
