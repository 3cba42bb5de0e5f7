"""What the catalogue holds, and the port through which it is read.

In: rows of the database, or files of `scaffolds/`. Out: `Blueprint` and `Overlay`. Callers: discovery, doors, the seed.
The surprise: one document holds every language: a text is a string, or `{es: …, en: …}`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from chalicelib.catalog.languages import in_language
from chalicelib.mvs.spec import Locale


@dataclass(frozen=True, kw_only=True)
class Entry:
    """`body` has `name`, `summary`, `words` and what `blueprints.py` or `overlays.py` make of the rest."""

    key: str
    locale: Locale
    """The language of the texts that aren't given by language."""
    body: Mapping[str, Any]
    is_shared: bool
    """Of the platform; else the organization's own."""

    def name(self, locale: Locale) -> str:
        return str(in_language(self.body["name"], locale))

    def summary(self, locale: Locale) -> str:
        return str(in_language(self.body.get("summary", ""), locale))

    @property
    def words(self) -> tuple[str, ...]:
        """By which a brief is recognized, in all languages: people mix them."""
        listed = self.body.get("words", ())
        by_language = listed.values() if isinstance(listed, Mapping) else [listed]
        return tuple(str(word) for words in by_language for word in words)


@dataclass(frozen=True, kw_only=True)
class Blueprint(Entry):
    """A kind of business: an MVS to begin with."""


@dataclass(frozen=True, kw_only=True)
class Overlay(Entry):
    """An industry: what it adds to and changes in a blueprint. Its key is the industry's."""

    blueprint: str | None = None
    """The only one it is for; None: any."""

    def fits(self, blueprint: Blueprint) -> bool:
        return self.blueprint in (None, blueprint.key)


class Catalogue(Protocol):
    """An organization's own entries hide shared ones of the same key."""

    def blueprints(self, tenant_id: UUID) -> Sequence[Blueprint]: ...

    def blueprint(self, tenant_id: UUID, key: str) -> Blueprint:
        """Raises `NotFound`."""
        ...

    def overlays(self, tenant_id: UUID) -> Sequence[Overlay]: ...

    def overlay(self, tenant_id: UUID, key: str) -> Overlay:
        """Raises `NotFound`."""
        ...
