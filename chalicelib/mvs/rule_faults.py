"""Typed rules and conditions: their fields exist, have fitting types, and their values are possible ones.

In: an entity and one rule or condition. Out: faults. Callers: `references`. The surprise: a rule that could never
say no, such as a range without bounds, is a fault too.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from chalicelib.mvs.faults import Fault, fault
from chalicelib.mvs.spec import (
    Condition,
    Entity,
    FieldSpec,
    InOrder,
    InWords,
    NoOverlap,
    Range,
    RequiredWhen,
    Rule,
)
from chalicelib.mvs.values import MOMENTS, NUMBERS, Misfit, value_of

DECIDING = frozenset({"choice", "boolean", *NUMBERS})
"""Types a condition can ask about."""


def rule_faults(entity: Entity, rule: Rule, path: str) -> Iterator[Fault]:
    if not rule.text:
        yield fault(f"{path}.text", "empty_text", value=rule.text)
    match rule:
        case NoOverlap():
            yield from _no_overlap_faults(entity, rule, path)
        case Range():
            yield from _range_faults(entity, rule, path)
        case RequiredWhen():
            yield from _required_when_faults(entity, rule, path)
        case InOrder():
            yield from _period_faults(entity, ("first", rule.first), ("then", rule.then), path)
        case InWords():
            pass


def _no_overlap_faults(entity: Entity, rule: NoOverlap, path: str) -> Iterator[Fault]:
    yield from _field_faults(entity, rule.resource, frozenset({"reference"}), f"{path}.resource")
    yield from _period_faults(entity, ("start", rule.start), ("end", rule.end), path)
    if rule.unless:
        yield from condition_faults(entity, rule.unless, f"{path}.unless")


def _period_faults(
    entity: Entity, first: tuple[str, str], then: tuple[str, str], path: str
) -> Iterator[Fault]:
    wrong = [
        found
        for attribute, key in (first, then)
        for found in _field_faults(entity, key, MOMENTS, f"{path}.{attribute}")
    ]
    yield from wrong
    if not wrong and first[1] == then[1]:
        yield fault(f"{path}.{then[0]}", "same_field", value=then[1])
    elif not wrong and _type(entity, first[1]) != _type(entity, then[1]):
        yield fault(f"{path}.{then[0]}", "mixed_moments", value=first[1], other=then[1])


def _range_faults(entity: Entity, rule: Range, path: str) -> Iterator[Fault]:
    wrong = [*_field_faults(entity, rule.field, NUMBERS, f"{path}.field")]
    yield from wrong
    if rule.min is None and rule.max is None:
        yield fault(path, "range_needs_bound", value=rule.field)
    field = _find(entity, rule.field)
    if wrong or field is None:
        return
    bounds = [*_bound_faults(field, rule, path)]
    yield from bounds
    if not bounds:
        yield from _bounds_against(field, rule, path)


def _bound_faults(field: FieldSpec, rule: Range, path: str) -> Iterator[Fault]:
    for attribute in ("min", "max"):
        bound: Decimal | None = getattr(rule, attribute)
        if bound is not None:
            yield from _value_faults(field, bound, f"{path}.{attribute}")


def _bounds_against(field: FieldSpec, rule: Range, path: str) -> Iterator[Fault]:
    if rule.min is not None and rule.max is not None and rule.min > rule.max:
        yield fault(f"{path}.min", "range_upside_down", value=str(rule.min), other=str(rule.max))
    elif field.default is not None and not _fits(field, rule):
        yield fault(f"{path}.field", "default_outside_range", value=field.default, field=field.key)


def _fits(field: FieldSpec, rule: Range) -> bool:
    """Whether the field's default lies inside; a default that is no number is another fault's business."""
    try:
        default = Decimal(str(value_of(field, field.default or 0)))
    except Misfit:
        return True
    above = rule.min is None or default >= rule.min
    return above and (rule.max is None or default <= rule.max)


def _required_when_faults(entity: Entity, rule: RequiredWhen, path: str) -> Iterator[Fault]:
    field = _find(entity, rule.field)
    if field is None:
        yield _unknown(entity, rule.field, f"{path}.field")
    elif field.type in ("computed", "boolean"):
        kinds = ("text", "date", "choice", "reference", "…")
        yield fault(f"{path}.field", "wrong_type", value=field.key, type=field.type, wanted=kinds)
    elif field.required:
        yield fault(f"{path}.field", "always_required", value=field.key)
    elif rule.field == rule.when.field:
        yield fault(f"{path}.when.field", "same_field", value=rule.field)
    yield from condition_faults(entity, rule.when, f"{path}.when")


def condition_faults(entity: Entity, condition: Condition, path: str) -> Iterator[Fault]:
    wrong = [*_field_faults(entity, condition.field, DECIDING, f"{path}.field")]
    yield from wrong
    field = _find(entity, condition.field)
    if wrong or field is None:
        return
    for index, value in enumerate(condition.one_of):
        where = f"{path}.one_of[{index}]"
        yield from _value_faults(field, value, where)
        if any(value == other and type(value) is type(other) for other in condition.one_of[:index]):
            yield fault(where, "repeated_value", value=value)


def _value_faults(
    field: FieldSpec, value: str | int | Decimal | bool, where: str
) -> Iterator[Fault]:
    try:
        value_of(field, value)
    except Misfit as misfit:
        known = tuple(option.key for option in field.options)
        yield fault(where, misfit.code, value=value, type=field.type, known=known)


def _field_faults(entity: Entity, key: str, wanted: frozenset[str], where: str) -> Iterator[Fault]:
    field = _find(entity, key)
    if field is None:
        yield _unknown(entity, key, where)
    elif field.type not in wanted:
        yield fault(where, "wrong_type", value=key, type=field.type, wanted=sorted(wanted))


def _unknown(entity: Entity, key: str, where: str) -> Fault:
    return fault(where, "unknown_field", value=key, known=tuple(f.key for f in entity.fields))


def _find(entity: Entity, key: str) -> FieldSpec | None:
    return next((field for field in entity.fields if field.key == key), None)


def _type(entity: Entity, key: str) -> str:
    field = _find(entity, key)
    return field.type if field else ""
