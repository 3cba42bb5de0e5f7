"""Rules that a thing's own fields suggest: from before until, nothing negative, nobody twice at once.

In: an MVS, a language. Out: (words, changes) each. Callers: `proposals`. The surprise: a rule that the MVS's own examples
would break is not proposed; saying yes must never be refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from chalicelib.discovery.applying import applied, plain
from chalicelib.discovery.changes import read_changes
from chalicelib.discovery.proposal_texts import PROPOSED
from chalicelib.discovery.records import Data
from chalicelib.errors import InvalidMvs
from chalicelib.mvs.spec import Entity, FieldSpec, Locale, Mvs
from chalicelib.mvs.values import MOMENTS, NUMBERS

RULES_MAX: Final = 4
Suggested = tuple[str, list[Data]]


def propose_rules(mvs: Mvs, locale: Locale) -> list[Suggested]:
    found = (
        (rule["text"], [{"op": "put_rule", "entity": entity.key, "rule": rule}])
        for entity in mvs.entities
        for rule in _suggested(mvs, entity, locale)
    )
    return list(islice((one for one in found if _is_kept_by(mvs, one[1])), RULES_MAX))


def _is_kept_by(mvs: Mvs, changes: list[Data]) -> bool:
    try:
        applied(plain(mvs), read_changes(changes))
    except InvalidMvs:
        return False
    return True


def _suggested(mvs: Mvs, entity: Entity, locale: Locale) -> Iterator[Data]:
    words, things = PROPOSED[locale], entity.plural.lower()
    types = {rule.type for rule in entity.rules}
    if (period := _period(entity)) and "in_order" not in types:
        first, then = period
        text = words["rule_order"].format(things=things, first=first.label, then=then.label)
        yield {"type": "in_order", "text": text, "first": first.key, "then": then.key}
    if period and "no_overlap" not in types and (what := _resource(mvs, entity)):
        target = next(one for one in mvs.entities if one.key == what.to)
        text = words["rule_overlap"].format(things=things, resource=target.label.lower())
        span = {"resource": what.key, "start": period[0].key, "end": period[1].key}
        yield {"type": "no_overlap", "text": text, **span}
    if "range" not in types and (amount := _amount(entity)):
        text = words["rule_min"].format(things=things, field=amount.label)
        yield {"type": "range", "text": text, "field": amount.key, "min": 0}
    if "required_when" not in types and (needed := _needed_at_the_end(entity)):
        field, status, state = needed
        label = next(option.label for option in status.options if option.key == state)
        text = words["rule_when"].format(things=things, field=field.label, state=label)
        when = {"field": status.key, "one_of": [state]}
        yield {"type": "required_when", "text": text, "field": field.key, "when": when}


def _period(entity: Entity) -> tuple[FieldSpec, FieldSpec] | None:
    """The first two moments of one kind."""
    for kind in ("datetime", "date"):
        found = [field for field in entity.fields if field.type == kind]
        if kind in MOMENTS and len(found) > 1:
            return found[0], found[1]
    return None


def _resource(mvs: Mvs, entity: Entity) -> FieldSpec | None:
    """What can't be in two places: somebody or something booked, rather than who booked it (the first reference)."""
    references = [field for field in entity.fields if field.type == "reference"]
    return references[-1] if references else None


def _amount(entity: Entity) -> FieldSpec | None:
    found = [one for one in entity.fields if one.type in NUMBERS]
    return next((one for one in found if one.type == "money"), found[0] if found else None)


def _needed_at_the_end(entity: Entity) -> tuple[FieldSpec, FieldSpec, str] | None:
    """An optional field, the status, and a state from which nothing leads on."""
    if entity.workflow is None:
        return None
    status = next(one for one in entity.fields if one.key == entity.workflow.field)
    left = {source for move in entity.workflow.transitions for source in move.sources}
    ends = [option.key for option in status.options if option.key not in left]
    wanted = ("long_text", "money", "date", "datetime", "text")
    free = [
        field
        for kind in wanted
        for field in entity.fields
        if field.type == kind and not field.required
    ]
    return (free[0], status, ends[0]) if ends and free else None
