"""What may be chosen on top of the design by rules: how a screen presents itself, and which rules in words become code.

In: the MVS and its plan, choices of an engine. Out: `AppDesign`, or every choice that can't be. Callers: engines.
The surprise: a rule in words that a typed rule can say is put into a copy of the MVS, and the whole is validated and designed
anew; so constraints, tests and screens follow by the same rules as if the business had said it so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.errors import InvalidMvs
from chalicelib.generation.app_design import AppDesign, EntityDesign, ModuleDesign, RuleDesign
from chalicelib.generation.design import design
from chalicelib.generation.names import KEY, identifier
from chalicelib.generation.plan import Plan
from chalicelib.generation.screens import (
    COLUMNS_MAX,
    FILTERED,
    FILTERS_MAX,
    ICONS_OFFERED,
    NOT_A_COLUMN,
)
from chalicelib.mvs.reading import read_mvs
from chalicelib.mvs.requirements import requirements
from chalicelib.mvs.spec import Mvs

NAME_LENGTH_MAX = 50


@dataclass(frozen=True)
class Look:
    """None: as it is."""

    columns: tuple[str, ...] | None = None
    filters: tuple[str, ...] | None = None
    icon: str | None = None


@dataclass(frozen=True)
class Choices:
    looks: Mapping[str, Look] = field(default_factory=dict)
    """By entity key."""
    navigation: tuple[str, ...] = ()
    typed: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Requirement id → the rule as the MVS would say it, without its text."""
    coded: Mapping[str, str] = field(default_factory=dict)
    """Requirement id → the name of its test."""


def rules_in_words(app: AppDesign) -> dict[str, tuple[EntityDesign, RuleDesign]]:
    """By requirement id."""
    return {
        rule.requirement: (entity, rule)
        for entity in app.entities
        for rule in entity.rules
        if rule.type == "in_words"
    }


def may_be_columns(entity: EntityDesign) -> tuple[str, ...]:
    return tuple(each.name for each in entity.fields if each.type not in NOT_A_COLUMN)


def may_be_filters(entity: EntityDesign) -> tuple[str, ...]:
    return tuple(each.name for each in entity.fields if each.type in FILTERED)


def chosen(mvs: Mvs, plan: Plan, choices: Choices) -> tuple[AppDesign | None, list[str]]:
    """The design with the choices in it; or None and what is wrong with them."""
    before = design(mvs, plan)
    if faults := list(_faults(before, choices)):
        return None, faults
    try:
        made = design(with_typed_rules(mvs, choices.typed), plan)
    except InvalidMvs as error:
        return None, [f"{each['path']}: {each['message']}" for each in error.facts["errors"]]
    return _applied(made, choices), []


def with_typed_rules(mvs: Mvs, typed: Mapping[str, Mapping[str, Any]]) -> Mvs:
    """Raises `InvalidMvs` when a rule can't be, or the example rows don't keep it."""
    if not typed:
        return mvs
    data = mvs.model_dump(mode="json")
    entities = {entity["key"]: entity for entity in data["entities"]}
    for each in requirements(mvs):
        if each.id in typed and each.entity:
            rules = entities[each.entity]["rules"]
            place = int(each.about.rsplit("[", 1)[1].rstrip("]"))
            rules[place] = {**typed[each.id], "text": rules[place]["text"]}
    return read_mvs(data)


def _faults(app: AppDesign, choices: Choices) -> Iterator[str]:
    known = {entity.key: entity for entity in app.entities}
    for key, look in choices.looks.items():
        if key not in known:
            yield f"There is no entity {key!r}."
        else:
            yield from _look_faults(known[key], look)
    if choices.navigation and sorted(choices.navigation) != sorted(app.navigation):
        yield f"navigation names each of {', '.join(app.navigation)} once, or is empty."
    in_words = rules_in_words(app)
    for requirement in (*choices.typed, *choices.coded):
        if requirement not in in_words:
            yield f"{requirement!r} is not a rule in words."
    for requirement, name in choices.coded.items():
        if not KEY.fullmatch(name) or len(name) > NAME_LENGTH_MAX:
            yield f"{requirement}: {name!r} is no test name; lower-case words with underscores."


def _look_faults(entity: EntityDesign, look: Look) -> Iterator[str]:
    columns, filters = look.columns, look.filters
    if columns is not None and (
        columns[:1] != (entity.title,)
        or not set(columns) <= set(may_be_columns(entity))
        or not _is_short(columns, COLUMNS_MAX)
    ):
        yield f"{entity.key}: columns begin with {entity.title!r} and are some of {may_be_columns(entity)}."
    if filters is not None and (
        not set(filters) <= set(may_be_filters(entity)) or not _is_short(filters, FILTERS_MAX)
    ):
        yield f"{entity.key}: filters are at most {FILTERS_MAX} of {may_be_filters(entity)}."
    if look.icon is not None and look.icon not in ICONS_OFFERED:
        yield f"{entity.key}: there is no icon {look.icon!r}."


def _is_short(names: tuple[str, ...], most: int) -> bool:
    return len(names) <= most and len(set(names)) == len(names)


def _applied(made: AppDesign, choices: Choices) -> AppDesign:
    modules = tuple(_module(module, choices) for module in made.modules)
    navigation = choices.navigation or made.navigation
    return made.model_copy(update={"modules": modules, "navigation": navigation})


def _module(module: ModuleDesign, choices: Choices) -> ModuleDesign:
    entities = tuple(_entity(entity, choices) for entity in module.entities)
    return module.model_copy(update={"entities": entities})


def _entity(entity: EntityDesign, choices: Choices) -> EntityDesign:
    look = choices.looks.get(entity.key, Look())
    changes: dict[str, Any] = {
        name: value
        for name in ("columns", "filters", "icon")
        if (value := getattr(look, name)) is not None
    }
    return entity.model_copy(update={**changes, "rules": tuple(_rules(entity, choices))})


def _rules(entity: EntityDesign, choices: Choices) -> Iterator[RuleDesign]:
    taken = {rule.name for rule in entity.rules}
    for rule in entity.rules:
        wanted = choices.coded.get(rule.requirement)
        if wanted is None or rule.type != "in_words":
            yield rule
            continue
        name = identifier(wanted, "field", taken)
        taken.add(name)
        yield rule.model_copy(update={"type": "coded", "name": name})
