"""Where an app starts from: the MVS of a blueprint, and which blueprint a brief sounds like.

In: entries of the catalogue, a person's words. Out: a valid MVS as plain data; entries ranked. Callers: discovery, doors.
The surprise: matching is by words alone, so that it works without a model and always says the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from chalicelib.catalog.overlays import laid_over
from chalicelib.catalog.records import Blueprint, Entry, Overlay
from chalicelib.mvs.spec import Locale

Found = TypeVar("Found", bound=Entry)

BRIEF_CHARACTERS_MAX: Final = 20_000
PLURALS: Final = ("", "s", "es")


@dataclass(frozen=True)
class Match(Generic[Found]):
    entry: Found
    score: float
    """A word that fewer entries list weighs more."""
    words: tuple[str, ...]
    """Those that were found, as the entry lists them."""


def starting_mvs(
    blueprint: Blueprint, overlay: Overlay | None, locale: Locale, name: str | None = None
) -> dict[str, Any]:
    """Valid for `read_mvs`. Raises `InvalidMvs` for an organization's own entries that don't fit together."""
    return laid_over(blueprint, overlay, locale, name=name)


def matching(text: str, entries: Sequence[Found]) -> list[Match[Found]]:
    """Blueprints or overlays that the text mentions, the best first; none when it mentions none."""
    said = f" {plain(text[:BRIEF_CHARACTERS_MAX])} "
    listed_by = Counter(word for entry in entries for word in {plain(one) for one in entry.words})
    matches = [_match(said, entry, listed_by) for entry in entries]
    found = [match for match in matches if match.score]
    return sorted(found, key=lambda match: (-match.score, match.entry.key))


def _match(said: str, entry: Found, listed_by: Counter[str]) -> Match[Found]:
    heard = {plain(word): word for word in entry.words if is_said(plain(word), said)}
    score = sum((1 + word.count(" ")) / listed_by[word] for word in heard)
    return Match(entry, round(score, 3), tuple(heard.values()))


def is_said(word: str, said: str) -> bool:
    """As it is listed, or in the plural."""
    return bool(word) and any(f" {word}{ending} " in said for ending in PLURALS)


def plain(text: str) -> str:
    """Without case, accents and punctuation: 'Taller mecánico,' → 'taller mecanico'."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(one for one in folded if not unicodedata.combining(one))
    return " ".join(re.findall(r"\w+", letters))
