"""Keys: each said once, none a word that is already taken, no two that become the same name.

In: the MVS. Out: faults. Callers: `references`. The surprise: `a1` and `a_1` differ here but not as class names, and
the reference `patient` occupies `patient_id` too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chalicelib.mvs.faults import Fault, fault
from chalicelib.mvs.spec import Entity, Mvs
from chalicelib.mvs.words import Use, another_key, is_reserved


def key_faults(mvs: Mvs) -> Iterator[Fault]:
    yield from _keys("role", "roles", (role.key for role in mvs.roles))
    yield from _keys("entity", "entities", (entity.key for entity in mvs.entities))
    for index, entity in enumerate(mvs.entities):
        yield from _entity_keys(entity, f"entities[{index}]")
    yield from _keys("dashboard", "dashboards", (board.key for board in mvs.dashboards))
    yield from _repeated("locales", mvs.locales)


def _entity_keys(entity: Entity, path: str) -> Iterator[Fault]:
    yield from _keys("field", f"{path}.fields", (field.key for field in entity.fields))
    yield from _columns(entity, path)
    for index, field in enumerate(entity.fields):
        options = f"{path}.fields[{index}].options"
        yield from _keys(None, options, (option.key for option in field.options))
    if entity.workflow:
        transitions = [transition.key for transition in entity.workflow.transitions]
        yield from _keys("transition", f"{path}.workflow.transitions", transitions)
        yield from _hidden_by_fields(entity, transitions, f"{path}.workflow.transitions")


def _keys(use: Use | None, path: str, keys: Iterable[str]) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for index, key in enumerate(keys):
        where = f"{path}[{index}].key"
        bare = key.replace("_", "")
        if use and is_reserved(use, key):
            yield fault(where, "reserved_word", value=key, suggestion=another_key(use, key))
        elif seen.get(bare) == key:
            yield fault(where, "duplicate_key", value=key)
        elif bare in seen:
            yield fault(where, "lookalike_key", value=key, other=seen[bare])
        seen.setdefault(bare, key)


def _columns(entity: Entity, path: str) -> Iterator[Fault]:
    columns = {f"{field.key}_id": field.key for field in entity.fields if field.type == "reference"}
    for index, field in enumerate(entity.fields):
        if field.key in columns:
            where = f"{path}.fields[{index}].key"
            yield fault(where, "reference_column", value=field.key, other=columns[field.key])


def _hidden_by_fields(entity: Entity, transitions: list[str], path: str) -> Iterator[Fault]:
    fields = {field.key for field in entity.fields}
    for index, key in enumerate(transitions):
        if key in fields:
            yield fault(f"{path}[{index}].key", "transition_is_field", value=key)


def _repeated(path: str, values: Iterable[str]) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, value in enumerate(values):
        if value in seen:
            yield fault(f"{path}[{index}]", "repeated_value", value=value)
        seen.add(value)
