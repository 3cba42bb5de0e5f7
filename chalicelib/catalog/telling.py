"""An entry of the catalogue as somebody who chooses reads it.

In: a blueprint or an overlay, a language. Out: plain data: names, and what it brings. Callers: doors. The surprise: an
organization's own entry may be half finished; whatever it lacks is left out here, and told by whoever starts from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.catalog.languages import in_language
from chalicelib.catalog.records import Blueprint, Overlay
from chalicelib.mvs.spec import Locale


def blueprint_told(entry: Blueprint, locale: Locale) -> dict[str, Any]:
    mvs = entry.body.get("mvs", {})
    return {
        "key": entry.key,
        "name": entry.name(locale),
        "summary": entry.summary(locale),
        "entities": texts(mvs.get("entities", ()), "plural", locale),
        "roles": texts(mvs.get("roles", ()), "label", locale),
        "is_shared": entry.is_shared,
    }


def overlay_told(entry: Overlay, locale: Locale) -> dict[str, Any]:
    return {
        "industry": entry.key,
        "name": entry.name(locale),
        "summary": entry.summary(locale),
        "blueprint": entry.blueprint,
        "adds": texts(entry.body.get("adds", ()), "plural", locale),
        "roles": texts(entry.body.get("roles", ()), "label", locale),
        "is_shared": entry.is_shared,
    }


def texts(parts: Iterable[Mapping[str, Any]], member: str, locale: Locale) -> list[str]:
    return [str(in_language(part[member], locale)) for part in parts if member in part]
