"""What goes with something that is taken out of an MVS: whatever would point at nothing.

In: a draft as plain data, changed in place. Out: nothing. Callers: `applying`. The surprise: a removal reaches far (a
field takes its rules, tiles and computed fields along), and the diff of the turn shows all of it.
"""

from __future__ import annotations

import re
from typing import Any

from chalicelib.discovery.records import Data

OWNER = "owner"
TITLES = frozenset({"text", "email", "phone", "integer", "date", "datetime", "choice", "reference"})


def remove_role(mvs: Data, key: str) -> None:
    mvs["roles"] = [role for role in mvs["roles"] if role["key"] != key]
    for entity in mvs["entities"]:
        entity.get("permissions", {}).pop(key, None)
        for transition in entity.get("workflow", {}).get("transitions", []):
            transition["roles"] = _others(transition["roles"], key)
    for dashboard in mvs.get("dashboards", []):
        if dashboard.get("roles"):
            dashboard["roles"] = _others(dashboard["roles"], key)


def _others(roles: list[str], key: str) -> list[str]:
    """What only they might do is the owner's now."""
    return [role for role in roles if role != key] or [OWNER]


def remove_entity(mvs: Data, key: str) -> None:
    mvs["entities"] = [entity for entity in mvs["entities"] if entity["key"] != key]
    mvs.get("demo", {}).pop(key, None)
    _keep_tiles(mvs, lambda tile: tile["entity"] != key)
    for entity in mvs["entities"]:
        for field in [one for one in entity["fields"] if one.get("to") == key]:
            remove_field(mvs, entity, field["key"])


def remove_field(mvs: Data, entity: Data, key: str) -> None:
    entity["fields"] = [field for field in entity["fields"] if field["key"] != key]
    entity["rules"] = [rule for rule in entity.get("rules", []) if not _names(rule, key)]
    if entity.get("workflow", {}).get("field") == key:
        del entity["workflow"]
    for row in mvs.get("demo", {}).get(entity["key"], []):
        row.pop(key, None)
    own = entity["key"]
    _keep_tiles(mvs, lambda tile: tile["entity"] != own or not _names(tile, key))
    if entity.get("title") == key:
        entity["title"] = _another_title(entity, key)
    for computed in [one for one in entity["fields"] if _computes(one, key)]:
        remove_field(mvs, entity, computed["key"])


def _another_title(entity: Data, key: str) -> str:
    """The old one where there is none: a fault that says so is better than a guess."""
    return next((one["key"] for one in entity["fields"] if one["type"] in TITLES), key)


def _names(part: Data, key: str) -> bool:
    """Whether a rule or a tile uses the field; texts and types don't count."""
    for member, value in part.items():
        if member in ("text", "type", "label", "entity", "measure", "one_of"):
            continue
        if value == key or (isinstance(value, dict) and _names(value, key)):
            return True
    return False


def _computes(field: Data, key: str) -> bool:
    return key in re.findall(r"\w+", field.get("formula") or "")


def _keep_tiles(mvs: Data, is_kept: Any) -> None:
    """A dashboard without tiles goes too."""
    for dashboard in mvs.get("dashboards", []):
        dashboard["tiles"] = [tile for tile in dashboard["tiles"] if is_kept(tile)]
    if "dashboards" in mvs:
        mvs["dashboards"] = [board for board in mvs["dashboards"] if board["tiles"]]
