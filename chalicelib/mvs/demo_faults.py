"""Demo rows obey what the app will enforce: fields, types, references, uniques and the typed rules.

In: the MVS. Out: faults. Callers: `references`. The surprise: a wrong demo row would fail the app's first start, long
after a person could have corrected it; so the rules are evaluated here too.
"""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.mvs.demo import NAME, demo_order, effective, row_names
from chalicelib.mvs.demo_rules import rule_breaches
from chalicelib.mvs.faults import Fault, fault, inside
from chalicelib.mvs.spec import DemoRow, Entity, FieldSpec, Mvs, Scalar
from chalicelib.mvs.values import STORED_TEXT, Misfit, value_of
from chalicelib.mvs.words import text_fault

NAME_LENGTH = 60


Names = dict[str, dict[str, None]]
"""Entity key → the `_id`s of its rows, in order."""


def demo_faults(mvs: Mvs) -> Iterator[Fault]:
    entities = {entity.key: entity for entity in mvs.entities}
    names: Names = {key: {} for key in entities}
    for key, name in row_names(mvs):
        names[key][name] = None
    for key, rows in mvs.demo.items():
        if key not in entities:
            yield fault(f"demo.{key}", "unknown_entity", value=key, known=tuple(entities))
            continue
        yield from _rows_faults(entities[key], rows, names)
    yield from _circles(mvs)


def _rows_faults(entity: Entity, rows: tuple[DemoRow, ...], names: Names) -> Iterator[Fault]:
    wrong = False
    for index, row in enumerate(rows):
        path = f"demo.{entity.key}[{index}]"
        found = [*_row_faults(entity, row, path), *_reference_faults(entity, row, names, path)]
        wrong = wrong or bool(found)
        yield from found
    yield from _name_clashes(entity, rows)
    yield from _unique_clashes(entity, rows)
    if not wrong:
        yield from rule_breaches(entity, rows)


def _row_faults(entity: Entity, row: DemoRow, path: str) -> Iterator[Fault]:
    fields = {field.key: field for field in entity.fields}
    for key, value in row.items():
        if key == NAME:
            yield from _name_faults(value, f"{path}.{NAME}")
        elif key not in fields:
            yield fault(inside(path, key), "unknown_field", value=key, known=tuple(fields))
        elif value is not None:
            yield from _value_faults(fields[key], value, f"{path}.{key}")
    values = effective(entity, row)
    for field in entity.fields:
        if field.required and field.type != "file" and values[field.key] in (None, ""):
            yield fault(f"{path}.{field.key}", "demo_value_missing", value=field.key)


def _name_faults(value: Scalar | None, path: str) -> Iterator[Fault]:
    fits = isinstance(value, str) and 0 < len(value) <= NAME_LENGTH
    if not fits or text_fault(str(value), one_line=True):
        yield fault(path, "not_a_row_name", value=value)


def _value_faults(field: FieldSpec, value: Scalar, path: str) -> Iterator[Fault]:
    if value == "" and field.type in STORED_TEXT:
        return
    options = tuple(option.key for option in field.options)
    try:
        value_of(field, value)
    except Misfit as misfit:
        yield fault(path, misfit.code, value=value, type=field.type, known=options)
        return
    if isinstance(value, str) and (code := text_fault(value, one_line=False)):
        yield fault(path, code, value=value)


def _reference_faults(entity: Entity, row: DemoRow, names: Names, path: str) -> Iterator[Fault]:
    """A reference to an entity that doesn't exist is the field's fault, not the row's."""
    for field in entity.fields:
        value = row.get(field.key)
        if field.type == "reference" and field.to in names and isinstance(value, str):
            known = names[field.to]
            if value not in known:
                where = f"{path}.{field.key}"
                yield fault(where, "unknown_row", value=value, to=field.to, known=tuple(known))


def _name_clashes(entity: Entity, rows: tuple[DemoRow, ...]) -> Iterator[Fault]:
    seen: set[Scalar] = set()
    for index, row in enumerate(rows):
        name = row.get(NAME)
        if name is not None and name in seen:
            yield fault(f"demo.{entity.key}[{index}].{NAME}", "duplicate_key", value=name)
        if name is not None:
            seen.add(name)


def _unique_clashes(entity: Entity, rows: tuple[DemoRow, ...]) -> Iterator[Fault]:
    held = [effective(entity, row) for row in rows]
    for field in entity.fields:
        seen: dict[str, int] = {}
        for index, values in enumerate(held if field.unique else ()):
            value = values[field.key]
            if value in (None, ""):
                continue
            if str(value) in seen:
                where = f"demo.{entity.key}[{index}].{field.key}"
                yield fault(where, "demo_value_repeated", value=value, other=seen[str(value)])
            seen.setdefault(str(value), index)


def _circles(mvs: Mvs) -> Iterator[Fault]:
    """Rows no order can insert: they need each other."""
    placed = set(demo_order(mvs))
    for entity in mvs.entities:
        for index in range(len(mvs.demo.get(entity.key, ()))):
            if (entity.key, index) not in placed:
                yield fault(f"demo.{entity.key}[{index}]", "circular_rows", value=entity.key)
