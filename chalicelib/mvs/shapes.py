"""Pydantic's errors, translated: one fault where pydantic reports several, at the path a person would point to.

In: a `ValidationError` and the data it is about. Out: faults. Callers: `reading`. The surprise: pydantic names the
branches of a union in its locations (`rules.1.no_overlap.start`); those are ours, not the writer's, and go.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from chalicelib.mvs import spec
from chalicelib.mvs.faults import Fault, fault, joined

Location = tuple[str | int, ...]

RULES: dict[str, type[BaseModel]] = {
    "no_overlap": spec.NoOverlap,
    "range": spec.Range,
    "required_when": spec.RequiredWhen,
    "in_order": spec.InOrder,
    "in_words": spec.InWords,
}
PARTS: dict[str, type[BaseModel]] = {
    "roles": spec.Role, "entities": spec.Entity, "fields": spec.FieldSpec, "options": spec.Option,
    "workflow": spec.Workflow, "transitions": spec.Transition, "dashboards": spec.Dashboard,
    "tiles": spec.Tile, "when": spec.Condition, "unless": spec.Condition, "where": spec.Condition,
}  # fmt: skip
SCALAR_BRANCHES = frozenset({"str", "int", "decimal", "bool"})

CODES = {
    "missing": "missing",
    "extra_forbidden": "unknown_attribute",
    "string_too_short": "empty_text",
    "string_too_long": "too_long",
    "string_type": "not_text",
    "string_unicode": "not_unicode",
    "literal_error": "not_one_of",
    "model_type": "not_an_object",
    "model_attributes_type": "not_an_object",
    "dict_type": "not_an_object",
    "tuple_type": "not_a_list",
    "too_short": "too_few",
    "too_long": "too_many",
    "bool_type": "not_a_boolean",
    "bool_parsing": "not_a_boolean",
    "decimal_type": "not_a_number",
    "decimal_parsing": "not_a_number",
    "finite_number": "not_a_number",
    "union_tag_invalid": "not_one_of",
    "union_tag_not_found": "missing",
}


def shape_faults(error: ValidationError) -> list[Fault]:
    found: dict[tuple[str, str], Fault] = {}
    for one in error.errors(include_url=False):
        if not _is_echo(one):
            translated = _fault(one)
            found.setdefault((translated.path, translated.code), translated)
    return list(found.values())


def places(error: ValidationError) -> Iterator[Location]:
    """Where the errors are, in the writer's terms."""
    for one in error.errors(include_url=False, include_context=False):
        yield plain_location(one["loc"])


def plain_location(loc: Location) -> Location:
    """Without the names of union branches and the mark of a dictionary's key."""
    plain: list[str | int] = []
    for index, part in enumerate(loc):
        is_branch = part in RULES and index >= 2 and loc[index - 2] == "rules"
        if not (is_branch and isinstance(loc[index - 1], int)):
            plain.append(part)
    if plain and plain[-1] == "[key]":
        return tuple(plain[:-1])
    return tuple(plain[:-1]) if _is_scalar_branch(plain) else tuple(plain)


def _is_scalar_branch(loc: list[str | int]) -> bool:
    if len(loc) < 2 or loc[-1] not in SCALAR_BRANCHES:
        return False
    in_demo = loc[0] == "demo" and len(loc) == 5
    return in_demo or loc[-2] == "default" or (len(loc) > 2 and loc[-3] == "one_of")


def _is_echo(one: Any) -> bool:
    """A list whose elements were all refused is reported once more as too short."""
    return bool(one["type"] == "too_short" and one["input"])


def _fault(one: Any) -> Fault:
    loc: Location = plain_location(one["loc"])
    kind, context = one["type"], one.get("ctx", {})
    if len(loc) < len(one["loc"]) and one["loc"][-1] in SCALAR_BRANCHES:
        return fault(joined(loc), "not_a_scalar", value=one["input"])
    if one["loc"] and one["loc"][-1] == "[key]":
        return _bad_key(loc, loc[-1])
    if kind == "string_pattern_mismatch":
        return _pattern_fault(loc, one["input"])
    if kind.startswith("union_tag"):
        loc = (*loc, "type")
        value = one["input"].get("type") if isinstance(one["input"], dict) else one["input"]
        return fault(joined(loc), CODES[kind], attribute="type", value=value, known=tuple(RULES))
    return fault(
        joined(loc), CODES.get(kind, "malformed"),
        value=loc[-1] if kind == "extra_forbidden" else one["input"],
        attribute=loc[-1] if loc else "$", known=_known(kind, loc, one),
        min=context.get("min_length"), max=context.get("max_length"),
    )  # fmt: skip


def _pattern_fault(loc: Location, value: object) -> Fault:
    if loc == ("currency",):
        return fault(joined(loc), "bad_currency", value=value)
    return _bad_key(loc, value)


def _bad_key(loc: Location, value: object) -> Fault:
    return fault(joined(loc), "bad_key", value=value, suggestion=suggested_key(value))


def suggested_key(value: object) -> str:
    """'Nº de colegiado' → 'n_de_colegiado'; something usable whatever comes."""
    text = value[:200] if isinstance(value, str) else ""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    key = re.sub(r"[^a-z0-9]+", "_", plain).strip("_0123456789")[:40].rstrip("_")
    return key or "my_key"


def _known(kind: str, loc: Location, one: Any) -> tuple[str, ...]:
    if kind == "literal_error":
        return tuple(re.findall(r"'([^']+)'", one["ctx"]["expected"])) or (one["ctx"]["expected"],)
    if kind == "extra_forbidden":
        return tuple(_model_at(loc[:-1], one["loc"]).model_fields)
    return ()


def _model_at(loc: Location, full: Location) -> type[BaseModel]:
    """The part of the spec at a location: the last name on the way that is one."""
    for index in range(len(full) - 2, -1, -1):
        part = full[index]
        if part in RULES and index >= 2 and full[index - 2] == "rules":
            return RULES[str(part)]
        if part in PARTS:
            return PARTS[str(part)]
    return spec.Mvs
