"""The readable rest of a document with faulty shapes, so that one answer can name all faults.

In: data pydantic refused, and where. Out: an `Mvs` in which every refused part is a stand-in, and the paths about
which nothing more can be said; or None when too little is left. Callers: `reading`. The surprise: the result is only
good for finding further faults; nothing is ever built from it.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import ValidationError

from chalicelib.mvs.shapes import Location
from chalicelib.mvs.spec import Mvs

KEY = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
REQUIRED: dict[str, Any] = {
    "fragua": 1, "name": "?", "industry": "stand_in", "summary": "?", "problem": "?",
    "roles": [{"key": "stand_in", "label": "?"}],
}  # fmt: skip


def salvaged(data: object, faulty: Iterable[Location]) -> Mvs | None:
    if not isinstance(data, dict) or not isinstance(data.get("entities"), list):
        return None
    rest = copy.deepcopy(data)
    for loc in dict.fromkeys(faulty):
        _mend(rest, loc)
    try:
        return Mvs.model_validate(rest)
    except ValidationError:
        return None


def unsure(faulty: Iterable[Location], data: Any) -> tuple[str, ...]:
    """Beginnings of the paths about which nothing more can be said: better unsaid than wrong."""
    found: set[str] = set()
    for area in {loc[:2] if loc[:1] == ("entities",) else loc[:1] for loc in faulty}:
        found |= set(_unsure(area, data))
    return tuple(found)


def _unsure(area: Location, data: Any) -> Iterator[str]:
    if len(area) == 2 and isinstance(area[1], int):
        entity = data["entities"][area[1]]
        yield f"entities[{area[1]}]"
        yield f"demo.{entity.get('key') if isinstance(entity, dict) else ''}["
        yield "dashboards"
    elif area[:1] == ("entities",):
        yield ""
    else:
        yield from (str(part) for part in area)


def _mend(rest: dict[Any, Any], loc: Location) -> None:
    if loc[0] == "entities" and len(loc) > 1:
        _mend_entity(rest["entities"], loc)
    elif loc[0] == "roles" and len(loc) > 1:
        rest["roles"][loc[1]] = _role(rest["roles"][loc[1]], loc[1])
    elif loc[0] in REQUIRED:
        rest[loc[0]] = REQUIRED[str(loc[0])]
    elif loc[0] != "entities":
        rest.pop(loc[0], None)


def _role(role: object, index: str | int) -> dict[str, str]:
    return {"key": _key(role, f"stand_in_{index}"), "label": "?"}


def _mend_entity(entities: list[Any], loc: Location) -> None:
    index = loc[1]
    assert isinstance(index, int)
    entity = entities[index]
    if not isinstance(entity, dict):
        entities[index] = _entity(entity, index)
    elif len(loc) > 3 and loc[2] == "fields" and isinstance(entity["fields"], list):
        entity["fields"][loc[3]] = _field(entity["fields"][loc[3]], loc[3])  # type: ignore[index]
    elif len(loc) > 2 and loc[2] not in _entity(entity, index):
        entity.pop(loc[2], None)
    elif len(loc) > 2:
        entity[loc[2]] = _entity(entity, index)[str(loc[2])]


def _entity(entity: object, index: int) -> dict[str, Any]:
    fields = [_field(None, 0)]
    key = _key(entity, f"stand_in_{index}")
    return {"key": key, "label": "?", "plural": "?", "title": "stand_in_0", "fields": fields}


def _field(field: object, index: str | int) -> dict[str, str]:
    return {"key": _key(field, f"stand_in_{index}"), "label": "?", "type": "text"}


def _key(part: object, instead: str) -> str:
    key = part.get("key") if isinstance(part, dict) else None
    return key if isinstance(key, str) and len(key) <= 40 and KEY.fullmatch(key) else instead
