"""What a conversation may start from: the organization's blueprints and industries, and which of them fit words.

In: entries of the catalogue. Out: offers, starting MVSs. Callers: the guide, `answering`. The surprise: an industry is
recognized by its words too, and only laid over a blueprint it was made for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from chalicelib.catalog.blueprints import matching, starting_mvs
from chalicelib.catalog.records import Blueprint, Catalogue, Overlay
from chalicelib.discovery.records import Data
from chalicelib.errors import InvalidMvs, NotFound
from chalicelib.mvs.reading import read_mvs
from chalicelib.mvs.spec import Locale

OFFERED_MAX: Final = 3


@dataclass(frozen=True)
class Shelf:
    blueprints: Sequence[Blueprint] = ()
    overlays: Sequence[Overlay] = ()

    def blueprint(self, key: str) -> Blueprint:
        for one in self.blueprints:
            if one.key == key:
                return one
        raise NotFound(f"There is no blueprint {key!r}. GET /v1/blueprints lists them.")

    def overlay(self, key: str) -> Overlay:
        for one in self.overlays:
            if one.key == key:
                return one
        raise NotFound(f"There is no industry {key!r}. GET /v1/industry-overlays lists them.")


def shelf_of(tenant_id: UUID, catalogue: Catalogue) -> Shelf:
    return Shelf(catalogue.blueprints(tenant_id), catalogue.overlays(tenant_id))


def heard(shelf: Shelf, text: str) -> list[Blueprint]:
    """The blueprints that the words sound like, the best first."""
    return [match.entry for match in matching(text, shelf.blueprints)]


def industry_heard(shelf: Shelf, text: str, blueprint: Blueprint) -> Overlay | None:
    fitting = [one for one in shelf.overlays if one.fits(blueprint)]
    found = matching(text, fitting)
    return found[0].entry if found else None


def started(
    blueprint: Blueprint, overlay: Overlay | None, locale: Locale, name: str | None = None
) -> tuple[Data, Overlay | None]:
    """The MVS to start from; without the overlay where an organization's own entries don't fit together."""
    try:
        return _plain(starting_mvs(blueprint, overlay, locale, name), locale), overlay
    except InvalidMvs:
        if overlay is None:
            raise
        return _plain(starting_mvs(blueprint, None, locale, name), locale), None


def offers(shelf: Shelf, text: str, locale: Locale) -> list[dict[str, Any]]:
    """With their MVS, for whoever answers in the background and can't ask the catalogue."""
    found = []
    for blueprint in heard(shelf, text)[:OFFERED_MAX]:
        mvs, _ = started(blueprint, industry_heard(shelf, text, blueprint), locale)
        found.append(
            {
                "key": blueprint.key,
                "name": blueprint.name(locale),
                "summary": blueprint.summary(locale),
                "mvs": mvs,
            }
        )
    return found


def _plain(mvs: Data, locale: Locale) -> Data:
    return read_mvs(mvs, language=locale).model_dump(mode="json", exclude_defaults=True)
