"""Two plausible rows of each thing, so that a new app is not empty.

In: an MVS, a language. Out: entity key → rows. Callers: `proposals`. The surprise: rows are tried against the MVS's own
rules one entity after the other; where made-up rows would break one, that entity gets none rather than the yes a refusal.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final

from chalicelib.discovery.applying import applied, plain
from chalicelib.discovery.changes import read_changes
from chalicelib.discovery.records import Data
from chalicelib.errors import InvalidMvs
from chalicelib.mvs.demo import NAME
from chalicelib.mvs.spec import Entity, FieldSpec, InOrder, Locale, Mvs, NoOverlap, Range

ROWS: Final = 2
FIRST_DAY: Final = date(2026, 3, 2)
PEOPLE: Final = {"es": ("Lucía Romero", "Mateo Vidal"), "en": ("Lucy Parker", "Matthew Hill")}
OWN_NAMES: Final = frozenset({"customer", "patient", "student", "employee", "teacher", "contact", "supplier"})  # fmt: skip
TEXTS: Final = {
    "es": {"long_text": ("Sin novedad.", "Llamar antes de ir."), "address": ("Calle Mayor 12", "Avenida del Puerto 48")},
    "en": {"long_text": ("Nothing to note.", "Call before going."), "address": ("12 High Street", "48 Harbour Road")},
}  # fmt: skip


def example_rows(mvs: Mvs, locale: Locale) -> dict[str, list[Data]]:
    """For the entities that have fewer than two rows; what they had stays."""
    standing = plain(mvs)
    made: dict[str, list[Data]] = {}
    for entity in _referred_first(mvs):
        if len(mvs.demo.get(entity.key, ())) >= ROWS:
            continue
        names = _row_names(mvs, made)
        rows = [_row(entity, number, names, locale) for number in range(ROWS)]
        changes = [{"op": "set_demo", "entity": entity.key, "rows": rows}]
        try:
            standing = applied(standing, read_changes(changes))
        except InvalidMvs:
            continue
        made[entity.key] = rows
    return made


def _referred_first(mvs: Mvs) -> list[Entity]:
    ordered: list[Entity] = []
    waiting = list(mvs.entities)
    while waiting:
        known = {one.key for one in ordered}
        ready = [
            one
            for one in waiting
            if all(not f.to or f.to in known or f.to == one.key for f in one.fields)
        ]
        for entity in ready or waiting[:1]:
            ordered.append(entity)
            waiting.remove(entity)
    return ordered


def _row_names(mvs: Mvs, made: dict[str, list[Data]]) -> dict[str, list[Any]]:
    """Entity key → what its rows are called by others."""
    rows = {
        entity.key: made.get(entity.key) or mvs.demo.get(entity.key, ()) for entity in mvs.entities
    }
    return {key: [row[NAME] for row in some if row.get(NAME)] for key, some in rows.items()}


def _row(entity: Entity, number: int, names: dict[str, list[Any]], locale: Locale) -> Data:
    row: Data = {NAME: f"{entity.key}{number + 1}"}
    for field in entity.fields:
        moves_by_itself = entity.workflow and field.key == entity.workflow.field
        if field.type in ("computed", "file") or moves_by_itself:
            continue
        if field.type == "reference":
            known = names.get(str(field.to), [])
            value = known[number % len(known)] if known else None
        else:
            value = _value(entity, field, number, locale)
        if value is not None:
            row[field.key] = value
    return row


def _value(entity: Entity, field: FieldSpec, number: int, locale: Locale) -> Any:
    if field.type == "choice":
        return field.options[number % len(field.options)].key
    if field.type in ("date", "datetime"):
        return _moment(entity, field, number)
    if field.type in ("integer", "decimal", "money"):
        return _number(entity, field, number)
    return _text(entity, field, number, locale)


def _moment(entity: Entity, field: FieldSpec, number: int) -> str:
    """Later fields are later, whatever order the rules put them in; rows are weeks apart and never overlap."""
    place = _places(entity).index(field.key)
    day = FIRST_DAY + timedelta(days=14 * number)
    if field.type == "date":
        return (day + timedelta(days=place)).isoformat()
    return f"{day.isoformat()}T{9 + min(place, 13):02d}:00"


def _places(entity: Entity) -> list[str]:
    keys = [field.key for field in entity.fields]
    for rule in [one for one in entity.rules if isinstance(one, InOrder | NoOverlap)]:
        first, then = (
            (rule.first, rule.then) if isinstance(rule, InOrder) else (rule.start, rule.end)
        )
        if keys.index(first) > keys.index(then):
            keys.remove(first)
            keys.insert(keys.index(then), first)
    return keys


def _number(entity: Entity, field: FieldSpec, number: int) -> int | float:
    ranges = [one for one in entity.rules if isinstance(one, Range) and one.field == field.key]
    low = max([int(one.min) for one in ranges if one.min is not None], default=0)
    high = min([int(one.max) for one in ranges if one.max is not None], default=low + 1000)
    wanted = (30, 45) if field.type == "integer" else (120, 85)
    return max(low, min(high, low + wanted[number]))


def _text(entity: Entity, field: FieldSpec, number: int, locale: Locale) -> Any:
    person = PEOPLE[locale][number]
    if field.key == "name" and entity.key in OWN_NAMES:
        return person
    if field.key in TEXTS[locale] or field.type in TEXTS[locale]:
        return TEXTS[locale].get(field.key, TEXTS[locale].get(field.type, ("", "")))[number]
    made: dict[str, Callable[[], Any]] = {
        "email": lambda: f"{entity.key.replace('_', '.')}{number + 1}@example.com",
        "phone": lambda: (
            f"+34 600 100 10{number}" if locale == "es" else f"+44 20 7946 010{number}"
        ),
        "url": lambda: f"https://example.com/{number + 1}",
        "boolean": lambda: number == 0,
        "text": lambda: (
            f"{entity.label if field.key == entity.title else field.label} {number + 1}"
        ),
    }
    return made[field.type]()
