"""Stages: from a list of names to a life cycle.

In: an entity, names of stages in their order. Out: changes. Callers: `proposals`, `understanding`. The surprise: the last
name may say that something was called off; that stage can be reached from every other, and only forward moves are made
for the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from chalicelib.discovery.naming import key_of, label_of
from chalicelib.discovery.phrases import plain
from chalicelib.discovery.proposal_texts import PROPOSED
from chalicelib.discovery.records import Data
from chalicelib.mvs.spec import Entity, Locale, Mvs

CALLED_OFF: Final = (
    "cancel",
    "anula",
    "rechaz",
    "descart",
    "declin",
    "reject",
    "discard",
    "called off",
    "perdid",
    "lost",
)
STAGES_MAX: Final = 10


def stages_proposed(locale: Locale) -> list[str]:
    return [PROPOSED[locale][code] for code in ("pending", "in_progress", "done", "cancelled")]


def staged(entity: Entity, names: Sequence[str], mvs: Mvs, locale: Locale) -> list[Data]:
    """Adds a status field and its life cycle; who may change the thing may move it on."""
    options = _options(names)
    status = key_of("status", "field", [field.key for field in entity.fields])
    field = {
        "key": status,
        "label": PROPOSED[locale]["status"],
        "type": "choice",
        "options": options,
    }
    may = [role for role, actions in entity.permissions.items() if "edit" in actions]
    taken = [*(one.key for one in entity.fields), status]
    workflow = {
        "field": status,
        "initial": options[0]["key"],
        "transitions": _transitions(options, may or ["owner"], taken, locale),
    }
    return [
        {"op": "put_field", "entity": entity.key, "field": {**field, "required": True}},
        {"op": "put_workflow", "entity": entity.key, "workflow": workflow},
    ]


def _options(names: Sequence[str]) -> list[Data]:
    options: list[Data] = []
    for name in names[:STAGES_MAX]:
        taken = [option["key"] for option in options]
        options.append({"key": key_of(name, "dashboard", taken), "label": label_of(name)})
    return options


def _transitions(
    options: list[Data], roles: list[str], taken: list[str], locale: Locale
) -> list[Data]:
    ahead = [one for one in options if not is_called_off(one["label"]) or one is options[0]]
    off = [one for one in options if one not in ahead]
    moves = [
        *(([first["key"]], then) for first, then in pairwise(ahead)),
        *(([one["key"] for one in ahead[:-1]] or [ahead[0]["key"]], then) for then in off),
    ]
    made: list[Data] = []
    for sources, target in moves:
        key = key_of(f"to {target['key']}", "transition", [*taken, *(one["key"] for one in made)])
        label = PROPOSED[locale]["to_stage"].format(stage=target["label"])[:80]
        made.append(
            {
                "key": key,
                "label": label,
                "sources": sources,
                "target": target["key"],
                "roles": roles,
            }
        )
    return made


def is_called_off(label: str) -> bool:
    return plain(label).startswith(CALLED_OFF)
