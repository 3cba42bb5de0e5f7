"""The typed rules, evaluated over demo rows.

In: an entity and rows whose values all fit. Out: faults. Callers: `demo_faults`. The surprise: only here does the
platform itself compute with a rule; everywhere else a rule is compiled into the app.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from itertools import combinations

from chalicelib.mvs.demo import effective
from chalicelib.mvs.faults import Fault, fault
from chalicelib.mvs.spec import (
    Condition,
    DemoRow,
    Entity,
    InOrder,
    NoOverlap,
    Range,
    RequiredWhen,
    Rule,
)
from chalicelib.mvs.values import Misfit, Value, value_of

Values = dict[str, Value | None]


def rule_breaches(entity: Entity, rows: tuple[DemoRow, ...]) -> Iterator[Fault]:
    read = [_values(entity, row) for row in rows]
    for rule in entity.rules:
        for index, values in enumerate(read):
            for key in _broken_by(rule, values):
                where = f"demo.{entity.key}[{index}].{key}"
                yield fault(where, "demo_breaks_rule", value=values.get(key), rule=rule.text)
        if isinstance(rule, NoOverlap):
            yield from _overlaps(entity, rule, read)


def _values(entity: Entity, row: DemoRow) -> Values:
    """A default that doesn't fit is reported at the field, so here it counts as empty."""
    values: Values = {}
    raw = effective(entity, row)
    for field in entity.fields:
        value = raw[field.key]
        try:
            values[field.key] = None if value in (None, "") else value_of(field, value)
        except Misfit:
            values[field.key] = None
    return values


def _broken_by(rule: Rule, values: Values) -> Iterator[str]:
    """The fields that break a rule about one row."""
    match rule:
        case Range() if _outside(rule, values.get(rule.field)):
            yield rule.field
        case RequiredWhen() if _holds(rule.when, values) and values.get(rule.field) is None:
            yield rule.field
        case InOrder() if not _in_order(values.get(rule.first), values.get(rule.then)):
            yield rule.then


def _outside(rule: Range, value: Value | None) -> bool:
    if value is None or isinstance(value, str | date):
        return False
    below = rule.min is not None and value < rule.min
    return below or (rule.max is not None and value > rule.max)


def _holds(condition: Condition, values: Values) -> bool:
    return values.get(condition.field) in condition.one_of


def _in_order(first: Value | None, then: Value | None) -> bool:
    return first is None or then is None or _moment(first) < _moment(then)


def _moment(value: Value) -> str:
    """A sortable text for a date or datetime. Offsets are left aside: demo rows tell the business's own time."""
    return value.replace(tzinfo=None).isoformat() if isinstance(value, datetime) else str(value)


def _overlaps(entity: Entity, rule: NoOverlap, rows: list[Values]) -> Iterator[Fault]:
    counted = [
        (index, values)
        for index, values in enumerate(rows)
        if not (rule.unless and _holds(rule.unless, values))
        and None not in (values.get(rule.resource), values.get(rule.start))
    ]
    for (_, one), (index, other) in combinations(counted, 2):
        if one.get(rule.resource) == other.get(rule.resource) and _meet(rule, one, other):
            where = f"demo.{entity.key}[{index}].{rule.start}"
            yield fault(where, "demo_breaks_rule", value=other.get(rule.start), rule=rule.text)


def _meet(rule: NoOverlap, one: Values, other: Values) -> bool:
    """A missing end is later than everything, which is what `_in_order` makes of it."""
    return _in_order(one.get(rule.start), other.get(rule.end)) and _in_order(
        other.get(rule.start), one.get(rule.end)
    )
