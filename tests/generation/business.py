"""Small MVSs for tests, and the examples, read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from chalicelib.mvs.reading import read_mvs
from chalicelib.mvs.spec import Mvs

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.yaml"))
DENTAL = "clinica-dental"


@cache
def example(name: str) -> Mvs:
    path = next(path for path in EXAMPLES if path.stem == name)
    return read_mvs(yaml.safe_load(path.read_text()))


def names() -> list[str]:
    return [path.stem for path in EXAMPLES]


def mvs(*entities: dict[str, Any], **more: Any) -> Mvs:
    """A valid MVS around these entities."""
    return read_mvs(around(*entities) | more)


def unchecked(*entities: dict[str, Any]) -> Mvs:
    """One that has the right shapes, whatever it refers to."""
    return Mvs.model_validate(around(*entities))


def around(*entities: dict[str, Any]) -> dict[str, Any]:
    return {
        "fragua": 1,
        "name": "Shop",
        "locales": ["en"],
        "industry": "shop",
        "summary": "A shop.",
        "problem": "Paper.",
        "roles": [{"key": "clerk", "label": "Clerk"}],
        "entities": list(entities),
    }


def entity(key: str, *fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An entity titled by a text field `name`."""
    name = {"key": "name", "label": "Name", "type": "text", "required": True}
    base = {
        "key": key,
        "label": key.capitalize(),
        "plural": f"{key.capitalize()}s",
        "title": "name",
    }
    return {**base, "fields": [name, *fields], "permissions": {"clerk": ["view"]}} | more


def reference(to: str, **more: Any) -> dict[str, Any]:
    return {"key": to, "label": to.capitalize(), "type": "reference", "to": to} | more
