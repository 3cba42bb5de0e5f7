"""Fields: which attribute goes with which type, references, defaults, formulas, and the circles they can form.

In: the MVS and one field. Out: faults. Callers: `references`. The surprise: two entities that *require* each other
are a fault (neither row could ever be the first), two that may know each other are not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from chalicelib.mvs import formula
from chalicelib.mvs.faults import Fault, fault
from chalicelib.mvs.spec import Entity, FieldSpec, Mvs
from chalicelib.mvs.values import MOMENTS, NUMBERS, Misfit, value_of

UNIQUE = frozenset({"text", "integer", "email", "phone", "url", "date", "datetime", "reference"})
DEFAULTED = frozenset(
    {"text", "long_text", "integer", "decimal", "money", "boolean", "date", "datetime", "choice"}
    | {"email", "phone", "url"}
)
NOT_REQUIRED = frozenset({"computed", "boolean"})


def field_faults(mvs: Mvs, entity: Entity, field: FieldSpec, path: str) -> Iterator[Fault]:
    yield from _misplaced_attributes(field, path)
    yield from _missing_attributes(field, path)
    if field.type == "reference" and field.to is not None:
        yield from _reference_faults(mvs, field, path)
    if field.default is not None and field.type in DEFAULTED:
        yield from default_faults(entity, field, path)
    if field.type == "computed" and field.formula is not None:
        yield from formula_faults(entity, field, path)


def _misplaced_attributes(field: FieldSpec, path: str) -> Iterator[Fault]:
    misplaced = {
        "options": bool(field.options) and field.type != "choice",
        "to": field.to is not None and field.type != "reference",
        "on_delete": field.on_delete != "protect" and field.type != "reference",
        "formula": field.formula is not None and field.type != "computed",
        "unique": field.unique and field.type not in UNIQUE,
        "required": field.required and field.type in NOT_REQUIRED,
        "default": field.default is not None and field.type not in DEFAULTED,
    }
    for attribute, is_misplaced in misplaced.items():
        if is_misplaced:
            yield fault(
                f"{path}.{attribute}", "attribute_does_not_apply",
                value=getattr(field, attribute), attribute=attribute, type=field.type,
            )  # fmt: skip


def _missing_attributes(field: FieldSpec, path: str) -> Iterator[Fault]:
    if field.type == "choice" and not field.options:
        yield fault(f"{path}.options", "choice_needs_options", value=field.key)
    if field.type == "reference" and field.to is None:
        yield fault(f"{path}.to", "reference_needs_to", value=field.key)
    if field.type == "computed" and field.formula is None:
        yield fault(f"{path}.formula", "computed_needs_formula", value=field.key)


def _reference_faults(mvs: Mvs, field: FieldSpec, path: str) -> Iterator[Fault]:
    known = tuple(entity.key for entity in mvs.entities)
    if field.to not in known:
        yield fault(f"{path}.to", "unknown_entity", value=field.to, known=known)
    if field.on_delete == "clear" and field.required:
        yield fault(f"{path}.on_delete", "clear_needs_optional", value=field.key)


def default_faults(entity: Entity, field: FieldSpec, path: str) -> Iterator[Fault]:
    assert field.default is not None
    try:
        value_of(field, field.default)
    except Misfit as misfit:
        options = tuple(option.key for option in field.options)
        yield fault(
            f"{path}.default", misfit.code, value=field.default, type=field.type, known=options
        )
        return
    if field.unique:
        yield fault(f"{path}.default", "default_on_unique", value=field.default)


def formula_faults(entity: Entity, field: FieldSpec, path: str) -> Iterator[Fault]:
    assert field.formula is not None
    where = f"{path}.formula"
    try:
        tree = formula.parse(field.formula)
    except formula.BadFormula as bad:
        yield fault(where, "bad_formula", value=field.formula, near=bad.near)
        return
    if formula.divides_by_zero(tree):
        yield fault(where, "divides_by_zero", value=field.formula)
    yield from _operand_faults(entity, tree, where)


def _operand_faults(entity: Entity, tree: formula.Node, where: str) -> Iterator[Fault]:
    types = {field.key: field.type for field in entity.fields}
    wanted = NUMBERS | {"computed"}
    for key in dict.fromkeys(formula.names(tree)):
        yield from _type_fault(types, key, wanted, where)
    for span in dict.fromkeys(formula.spans(tree)):
        wrong = [
            *_type_fault(types, span.start, MOMENTS, where),
            *_type_fault(types, span.end, MOMENTS, where),
        ]
        yield from wrong
        if not wrong and types[span.start] != types[span.end]:
            yield fault(where, "mixed_moments", value=span.start, other=span.end)


def _type_fault(
    types: Mapping[str, str], key: str, wanted: frozenset[str], where: str
) -> Iterator[Fault]:
    if key not in types:
        yield fault(where, "unknown_field", value=key, known=tuple(types))
    elif types[key] not in wanted:
        yield fault(where, "wrong_type", value=key, type=types[key], wanted=sorted(wanted))


def formula_circles(entity: Entity, path: str) -> Iterator[Fault]:
    links = {field.key: _operands(field) for field in entity.fields}
    for index, field in enumerate(entity.fields):
        if field.key in _reach(links, field.key):
            yield fault(f"{path}.fields[{index}].formula", "circular_formula", value=field.key)


def _operands(field: FieldSpec) -> set[str]:
    try:
        return set(formula.names(formula.parse(field.formula or "")))
    except formula.BadFormula:
        return set()


def title_circles(mvs: Mvs) -> Iterator[Fault]:
    """A title that is a reference borrows the other row's title; going round for ever is a fault."""
    links: dict[str, set[str]] = {}
    for entity in mvs.entities:
        title = next((field for field in entity.fields if field.key == entity.title), None)
        links[entity.key] = (
            {title.to} if title and title.type == "reference" and title.to else set()
        )
    for index, entity in enumerate(mvs.entities):
        if entity.key in _reach(links, entity.key):
            yield fault(f"entities[{index}].title", "circular_title", value=entity.title)


def owing_circles(mvs: Mvs) -> Iterator[Fault]:
    """Required references in a circle: no row could ever be the first."""
    links = {
        entity.key: {f.to for f in entity.fields if f.type == "reference" and f.required and f.to}
        for entity in mvs.entities
    }
    owed = {key: {key, *_reach(links, key)} for key in links}
    for index, entity in enumerate(mvs.entities):
        for position, field in enumerate(entity.fields):
            owes = field.type == "reference" and field.required
            if owes and entity.key in owed.get(field.to or "", ()):
                where = f"entities[{index}].fields[{position}].required"
                yield fault(where, "circular_requirement", value=field.key, to=field.to)


def _reach(links: Mapping[str, set[str]], start: str) -> set[str]:
    """Everything reachable from `start` by one link or more."""
    reached: set[str] = set()
    ahead = list(links.get(start, ()))
    while ahead:
        key = ahead.pop()
        if key not in reached:
            reached.add(key)
            ahead.extend(links.get(key, ()))
    return reached
