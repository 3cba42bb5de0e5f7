"""The typed rules, evaluated over demo rows.

In: an entity and rows whose values all fit. Out: faults. Callers: `demo_faults`. The surprise: only here does the
platform itself compute with a rule; everywhere else a rule is compiled into the app.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from chalicelib.mvs.demo import effective
from chalicelib.mvs.faults import Fault, fault
from chalicelib.mvs.spec import (
    DemoRow,
    Entity,
    FieldSpec,
    InOrder,
    NoOverlap,
    Range,
    RequiredWhen,
    Rule,
    Scalar,
)
from chalicelib.mvs.values import Misfit, Value, value_of

Values = dict[str, Value | None]
Deciding = tuple[str, tuple[Value | None, ...]]
FOR_EVER = "9999"


def rule_breaches(entity: Entity, rows: tuple[DemoRow, ...]) -> Iterator[Fault]:
    read = [_values(entity, row) for row in rows]
    for rule in entity.rules:
        deciding = _deciding(entity, rule)
        for index, values in enumerate(read):
            for key in _broken_by(rule, deciding, values):
                where = f"demo.{entity.key}[{index}].{key}"
                yield fault(where, "demo_breaks_rule", value=values.get(key), rule=rule.text)
        if isinstance(rule, NoOverlap):
            for index in _overlapping(rule, deciding, read):
                where = f"demo.{entity.key}[{index}].{rule.start}"
                value = read[index].get(rule.start)
                yield fault(where, "demo_breaks_rule", value=value, rule=rule.text)


def _values(entity: Entity, row: DemoRow) -> Values:
    """A default that doesn't fit is reported at the field, so here it counts as empty."""
    raw = effective(entity, row)
    return {field.key: _fitting(field, raw[field.key]) for field in entity.fields}


def _fitting(field: FieldSpec, raw: Scalar | None) -> Value | None:
    try:
        return None if raw in (None, "") else value_of(field, raw)
    except Misfit:
        return None


def _deciding(entity: Entity, rule: Rule) -> Deciding:
    """The field of the rule's condition and the values that make it hold; nothing holds without a condition."""
    condition = rule.when if isinstance(rule, RequiredWhen) else getattr(rule, "unless", None)
    field = next((f for f in entity.fields if condition and f.key == condition.field), None)
    if condition is None or field is None:
        return "", ()
    return field.key, tuple(_fitting(field, raw) for raw in condition.one_of)


def _holds(deciding: Deciding, values: Values) -> bool:
    key, wanted = deciding
    return values.get(key) in wanted


def _broken_by(rule: Rule, deciding: Deciding, values: Values) -> Iterator[str]:
    """The fields that break a rule about one row."""
    match rule:
        case Range() if _outside(rule, values.get(rule.field)):
            yield rule.field
        case RequiredWhen() if _holds(deciding, values) and values.get(rule.field) is None:
            yield rule.field
        case InOrder() if not _in_order(values.get(rule.first), values.get(rule.then)):
            yield rule.then


def _outside(rule: Range, value: Value | None) -> bool:
    if value is None or isinstance(value, str | date):
        return False
    below = rule.min is not None and value < rule.min
    return below or (rule.max is not None and value > rule.max)


def _in_order(first: Value | None, then: Value | None) -> bool:
    return first is None or then is None or _moment(first) < _moment(then)


def _moment(value: Value) -> str:
    """A sortable text for a date or datetime. Offsets are left aside: demo rows tell the business's own time."""
    return value.replace(tzinfo=None).isoformat() if isinstance(value, datetime) else str(value)


def _overlapping(rule: NoOverlap, deciding: Deciding, rows: list[Values]) -> Iterator[int]:
    """Rows that begin while an earlier one with the same resource goes on: one pass in the order of their starts."""
    counted = [
        (str(values[rule.resource]), _moment(start), index, _until(rule, values))
        for index, values in enumerate(rows)
        if not _holds(deciding, values)
        and values.get(rule.resource) is not None
        and (start := values.get(rule.start)) is not None
    ]
    busy_until: dict[str, str] = {}
    for resource, start, index, end in sorted(counted):
        if start < end:
            if start < busy_until.get(resource, ""):
                yield index
            busy_until[resource] = max(end, busy_until.get(resource, ""))


def _until(rule: NoOverlap, values: Values) -> str:
    end = values.get(rule.end)
    return FOR_EVER if end is None else _moment(end)
