"""An industry laid over a blueprint: its words, roles, fields, rules, things and examples.

In: a blueprint, an overlay or None, a language. Out: a valid MVS as plain data. Callers: `blueprints.starting_mvs`, tests.
The surprise: an overlay knows no blueprint. It speaks of the parts that an entity `plays` (customer, event, thing,
staff); what it says of a part that a blueprint doesn't have is left out.
"""

from __future__ import annotations

from typing import Any, Final

from chalicelib.catalog.languages import in_language
from chalicelib.catalog.parts import named, parts_of
from chalicelib.catalog.records import Blueprint, Overlay
from chalicelib.catalog.wording import said_otherwise
from chalicelib.mvs.reading import read_mvs
from chalicelib.mvs.spec import Locale

Data = dict[str, Any]

APPENDED: Final = ("success", "out_of_scope")
OF_A_ROLE: Final = ("key", "label", "description")
REST: Final = "rest"
"""In a role's `may`: the entities it says nothing else about."""


def laid_over(
    blueprint: Blueprint, overlay: Overlay | None, locale: Locale, *, name: str | None = None
) -> Data:
    """Raises `InvalidMvs` when the two don't fit; shared entries all do, a test says so."""
    mvs: Data = in_language(blueprint.body["mvs"], locale)
    mvs = {"fragua": 1, "name": blueprint.name(locale), "locales": [locale], **mvs}
    parts = parts_of(mvs)
    if overlay:
        change(mvs, in_language(overlay.body, locale), parts)
        mvs["industry"] = overlay.key
    if name:
        mvs["name"] = name
    read_mvs(mvs, language=locale)
    return mvs


def change(mvs: Data, overlay: Data, parts: dict[str, str]) -> None:
    said_otherwise(mvs, overlay.get("calls", {}))
    for added in overlay.get("adds", ()):
        add_entity(mvs, added, parts)
    for part, key in parts.items():
        entity = next(one for one in mvs["entities"] if one["key"] == key)
        change_entity(mvs, entity, overlay.get("parts", {}).get(part, {}))
    for role in overlay.get("roles", ()):
        add_role(mvs, role, parts)
    add_tiles(mvs, overlay.get("tiles", ()), parts)
    for member in APPENDED:
        mvs[member] = [*mvs.get(member, ()), *overlay.get(member, ())]
    if sentence := overlay.get("sentence"):
        mvs["summary"] = f"{mvs['summary'].strip()} {sentence}"


def change_entity(mvs: Data, entity: Data, change: Data) -> None:
    entity.update({key: change[key] for key in ("label", "plural", "description") if key in change})
    there = {one["key"] for one in mvs["entities"]}
    fields = [one for one in change.get("fields", ()) if one.get("to", entity["key"]) in there]
    for field in fields:
        put(entity["fields"], field)
    entity["rules"] = [*entity.get("rules", ()), *change.get("rules", ())]
    cells, rest = change.get("demo", []), change.get("demo_rest", {})
    known = {field["key"] for field in fields}
    for index, row in enumerate(mvs.get("demo", {}).get(entity["key"], ())):
        filled = cells[index] if index < len(cells) else rest
        row.update({key: filled[key] for key in known & filled.keys()})


def put(fields: list[Data], field: Data) -> None:
    """In place of the one with its key, else last."""
    for index, known in enumerate(fields):
        if known["key"] == field["key"]:
            fields[index] = field
            return
    fields.append(field)


def add_entity(mvs: Data, added: Data, parts: dict[str, str]) -> None:
    """Whoever may do something with the part it is `like` may do the same with it."""
    if added["like"] not in parts:
        return
    entity = named({key: added[key] for key in added if key not in ("like", "demo")}, mvs, parts)
    model = next(one for one in mvs["entities"] if one["key"] == parts[added["like"]])
    entity["permissions"] = {role: list(may) for role, may in model["permissions"].items()}
    mvs["entities"].append(entity)
    mvs.setdefault("demo", {})[entity["key"]] = named(added.get("demo", []), mvs, parts)


def add_role(mvs: Data, role: Data, parts: dict[str, str]) -> None:
    mvs["roles"].append({key: role[key] for key in OF_A_ROLE if key in role})
    may, part_of = role["may"], {key: part for part, key in parts.items()}
    for entity in mvs["entities"]:
        known_as = part_of.get(entity["key"], entity["key"])
        if actions := may.get(known_as, may.get(REST)):
            entity.setdefault("permissions", {})[role["key"]] = list(actions)
    for transition in steps(mvs, parts.get("event")):
        if role.get("moves"):
            transition["roles"] = [*transition["roles"], role["key"]]


def steps(mvs: Data, event: str | None) -> list[Data]:
    found = [one for one in mvs["entities"] if one["key"] == event]
    return list(found[0].get("workflow", {}).get("transitions", ())) if found else []


def add_tiles(mvs: Data, tiles: list[Data], parts: dict[str, str]) -> None:
    """To the first dashboard, as far as it has what they count."""
    keys = {entity["key"] for entity in mvs["entities"]}
    for tile in tiles:
        counted = parts.get(tile["entity"].removeprefix("$"), tile["entity"])
        if counted in keys and mvs.get("dashboards"):
            mvs["dashboards"][0]["tiles"].append(tile | {"entity": counted})
