"""What every step of the design needs at hand: the MVS, all names, the requirements by their place in it.

In: an `Mvs` and its `Plan`. Out: `Asked`. Callers: `design.py`, `obligations.py`.
The surprise: numbers with places stay text from here on, so that no JSON ever rounds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.generation.app_design import Value, When
from chalicelib.generation.names import Names, names
from chalicelib.generation.plan import Plan
from chalicelib.mvs.requirements import Requirement, requirements
from chalicelib.mvs.spec import Condition, Entity, FieldSpec, Mvs, Scalar


@dataclass(frozen=True)
class Asked:
    """What every step below needs: the MVS, the names, and the requirements found by their place in the MVS."""

    mvs: Mvs
    names: Names
    requirements: tuple[Requirement, ...]
    ids: Mapping[str, str]

    def entity(self, key: str) -> Entity:
        return next(entity for entity in self.mvs.entities if entity.key == key)


def asked_for(mvs: Mvs, plan: Plan) -> Asked:
    wanted = requirements(mvs)
    ids = {each.about: each.id for each in reversed(wanted)}
    return Asked(mvs, names(mvs, plan), wanted, ids)


def value_of(field: FieldSpec, raw: Scalar) -> Value:
    """Numbers of integer fields are whole, others keep their digits as text."""
    if field.type == "integer":
        return int(raw)
    if field.type in ("decimal", "money"):
        return format(Decimal(str(raw)), "f")
    return str(raw) if isinstance(raw, Decimal) else raw


def when(entity: Entity, condition: Condition, named: Names) -> When:
    field = next(field for field in entity.fields if field.key == condition.field)
    values = tuple(value_of(field, raw) for raw in condition.one_of)
    return When(field=named.fields[entity.key][field.key], one_of=values)
