"""Demo rows: what each one will hold, and an order in which they can be inserted.

In: the MVS. Out: effective values, and (entity key, row index) pairs. Callers: `demo_faults`, generation. The
surprise: the order is over rows, not entities, because entities may refer to each other in a circle and rows may not.
"""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.mvs.spec import DemoRow, Entity, FieldSpec, Mvs, Scalar

Row = tuple[str, int]
NAME = "_id"


def effective(entity: Entity, row: DemoRow) -> dict[str, Scalar | None]:
    """Field key → what the row holds once defaults and the workflow's initial state are filled in."""
    values = {field.key: row.get(field.key, _default(field)) for field in entity.fields}
    if entity.workflow and entity.workflow.field not in row:
        values[entity.workflow.field] = entity.workflow.initial
    return values


def _default(field: FieldSpec) -> Scalar | None:
    """A yes/no field is never empty: without a default it is no."""
    return False if field.type == "boolean" and field.default is None else field.default


def demo_order(mvs: Mvs) -> tuple[Row, ...]:
    """Rows so that each comes after those it refers to, otherwise in the order written. Rows in a circle are left out."""
    needs = _needs(mvs)
    position = {row: number for number, row in enumerate(needs)}
    missing = {row: len(targets) for row, targets in needs.items()}
    wanted_by: dict[Row, list[Row]] = {row: [] for row in needs}
    for row, targets in needs.items():
        for target in targets:
            wanted_by[target].append(row)
    ordered: list[Row] = []
    ready = [row for row, count in missing.items() if not count]
    while ready:
        ordered += ready
        freed = []
        for row in (waiting for done in ready for waiting in wanted_by[done]):
            missing[row] -= 1
            if not missing[row]:
                freed.append(row)
        ready = sorted(freed, key=position.__getitem__)
    return tuple(ordered)


def _needs(mvs: Mvs) -> dict[Row, set[Row]]:
    """Row → rows it refers to. Entities in the order of the MVS, rows in theirs."""
    named = row_names(mvs)
    return {
        (entity.key, index): set(_targets(entity, row, named))
        for entity in mvs.entities
        for index, row in enumerate(mvs.demo.get(entity.key, ()))
    }


def _targets(entity: Entity, row: DemoRow, named: dict[tuple[str, str], Row]) -> Iterator[Row]:
    for field in entity.fields:
        value = row.get(field.key)
        is_named = field.type == "reference" and field.to and isinstance(value, str)
        if is_named and (target := named.get((str(field.to), str(value)))):
            yield target


def row_names(mvs: Mvs) -> dict[tuple[str, str], Row]:
    """(entity key, `_id`) → row."""
    return {
        (key, str(row[NAME])): (key, index)
        for key in (entity.key for entity in mvs.entities)
        for index, row in enumerate(mvs.demo.get(key, ()))
        if row.get(NAME) is not None
    }
