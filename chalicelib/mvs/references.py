"""Everything the shapes can't see: what points where, what clashes, what can't work.

In: an `Mvs` pydantic accepts. Out: every fault, in reading order of the document. Callers: `reading`, discovery, tests.
The surprise: a fault here is something that would break, or surprise people in, the finished app; taste belongs in
`completeness`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chalicelib.mvs.demo_faults import demo_faults
from chalicelib.mvs.faults import Fault, fault, joined
from chalicelib.mvs.field_faults import field_faults, formula_circles, owing_circles, title_circles
from chalicelib.mvs.key_faults import key_faults
from chalicelib.mvs.rule_faults import condition_faults, rule_faults
from chalicelib.mvs.spec import Dashboard, Entity, Mvs, Tile
from chalicelib.mvs.values import NUMBERS
from chalicelib.mvs.words import text_fault
from chalicelib.mvs.workflow_faults import workflow_faults

OWNER = "owner"
ONE_LINE = frozenset({"name", "label", "plural", "help", "formula"})
NOT_A_TITLE = frozenset({"computed", "file", "boolean", "long_text"})
GROUPABLE = frozenset({"choice", "reference"})


def faults(mvs: Mvs) -> list[Fault]:
    return [
        *text_faults(mvs.model_dump(exclude={"demo"})),
        *key_faults(mvs),
        *entities_faults(mvs),
        *dashboards_faults(mvs),
        *demo_faults(mvs),
    ]


def text_faults(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[Fault]:
    """Control characters and text that runs backwards, wherever a person may write."""
    if isinstance(value, str):
        one_line = bool(path) and path[-1] in ONE_LINE
        if code := text_fault(value, one_line=one_line):
            yield fault(joined(path), code, value=value)
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from text_faults(part, (*path, key))
    elif isinstance(value, tuple):
        for index, part in enumerate(value):
            yield from text_faults(part, (*path, index))


def entities_faults(mvs: Mvs) -> Iterator[Fault]:
    for index, entity in enumerate(mvs.entities):
        path = f"entities[{index}]"
        yield from title_faults(entity, path)
        for position, field in enumerate(entity.fields):
            yield from field_faults(mvs, entity, field, f"{path}.fields[{position}]")
        yield from formula_circles(entity, path)
        yield from permission_faults(mvs, entity, path)
        for position, rule in enumerate(entity.rules):
            yield from rule_faults(entity, rule, f"{path}.rules[{position}]")
        if entity.workflow:
            yield from workflow_faults(mvs, entity, entity.workflow, f"{path}.workflow")
    yield from title_circles(mvs)
    yield from owing_circles(mvs)


def title_faults(entity: Entity, path: str) -> Iterator[Fault]:
    fields = {field.key: field for field in entity.fields}
    if entity.title not in fields:
        yield fault(f"{path}.title", "unknown_field", value=entity.title, known=tuple(fields))
    elif fields[entity.title].type in NOT_A_TITLE:
        kind = fields[entity.title].type
        yield fault(f"{path}.title", "not_a_title", value=entity.title, type=kind)


def permission_faults(mvs: Mvs, entity: Entity, path: str) -> Iterator[Fault]:
    roles = tuple(role.key for role in mvs.roles)
    for role, actions in entity.permissions.items():
        where = f"{path}.permissions.{role}"
        if role == OWNER:
            yield fault(where, "owner_is_implicit", value=role)
        elif role not in roles:
            yield fault(where, "unknown_role", value=role, known=roles)
        elif len(set(actions)) < len(actions):
            yield fault(where, "repeated_value", value=list(actions))
        elif actions and "view" not in actions:
            yield fault(where, "acts_unseen", value=role, actions=list(actions))


def dashboards_faults(mvs: Mvs) -> Iterator[Fault]:
    known = (OWNER, *(role.key for role in mvs.roles))
    for index, dashboard in enumerate(mvs.dashboards):
        path = f"dashboards[{index}]"
        yield from dashboard_role_faults(dashboard, known, path)
        for position, tile in enumerate(dashboard.tiles):
            yield from tile_faults(mvs, tile, f"{path}.tiles[{position}]")


def dashboard_role_faults(
    dashboard: Dashboard, known: tuple[str, ...], path: str
) -> Iterator[Fault]:
    for position, role in enumerate(dashboard.roles):
        where = f"{path}.roles[{position}]"
        if role not in known:
            yield fault(where, "unknown_role", value=role, known=known)
        elif role in dashboard.roles[:position]:
            yield fault(where, "repeated_value", value=role)


def tile_faults(mvs: Mvs, tile: Tile, path: str) -> Iterator[Fault]:
    entities = {entity.key: entity for entity in mvs.entities}
    if tile.entity not in entities:
        yield fault(f"{path}.entity", "unknown_entity", value=tile.entity, known=tuple(entities))
        return
    entity = entities[tile.entity]
    yield from measure_faults(entity, tile, path)
    if tile.group_by is not None:
        yield from _typed(entity, tile.group_by, GROUPABLE, f"{path}.group_by")
    if tile.where:
        yield from condition_faults(entity, tile.where, f"{path}.where")


def measure_faults(entity: Entity, tile: Tile, path: str) -> Iterator[Fault]:
    if tile.measure == "sum" and tile.field is None:
        yield fault(f"{path}.field", "sum_needs_field", value=tile.label)
    elif tile.measure == "sum" and tile.field is not None:
        yield from _typed(entity, tile.field, NUMBERS, f"{path}.field")
    elif tile.field is not None:
        yield fault(f"{path}.field", "count_has_field", value=tile.field)


def _typed(entity: Entity, key: str, wanted: frozenset[str], path: str) -> Iterator[Fault]:
    fields = {field.key: field for field in entity.fields}
    if key not in fields:
        yield fault(path, "unknown_field", value=key, known=tuple(fields))
    elif fields[key].type not in wanted:
        yield fault(path, "wrong_type", value=key, type=fields[key].type, wanted=sorted(wanted))
