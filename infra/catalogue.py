"""The platform's own catalogue: `scaffolds/blueprints/*.yaml` and `scaffolds/overlays/*.yaml`, as entries.

In: those files. Out: `Blueprint`s and `Overlay`s. Callers: `infra/seed.py`, tests. The surprise: Lambdas never read these
files; they ask the database, so that shared entries and an organization's own come from one place.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

from chalicelib.catalog.records import Blueprint, Overlay

SCAFFOLDS: Final = Path(__file__).parent.parent / "scaffolds"
FIRST_LANGUAGE: Final = "es"


def shared_blueprints() -> tuple[Blueprint, ...]:
    return tuple(
        Blueprint(key=body.pop("key"), locale=FIRST_LANGUAGE, body=body, is_shared=True)
        for body in documents("blueprints")
    )


def shared_overlays() -> tuple[Overlay, ...]:
    return tuple(
        Overlay(
            key=body.pop("industry"),
            locale=FIRST_LANGUAGE,
            body=body,
            is_shared=True,
            blueprint=body.pop("blueprint", None),
        )
        for body in documents("overlays")
    )


def documents(folder: str) -> list[dict[str, Any]]:
    paths = sorted((SCAFFOLDS / folder).glob("*.yaml"))
    return [yaml.safe_load(path.read_text("utf-8")) for path in paths]
