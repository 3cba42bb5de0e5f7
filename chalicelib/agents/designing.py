"""The designer: how screens present themselves, and what becomes of each rule in words.

In: the MVS and its plan. Out: the design with what was chosen. Callers: the engine. The surprise: what can be chosen is
told by name and checked by the generation room, which also validates and designs anew whatever was typed; so a bad choice
comes back as a sentence to mend, never as a broken app.
"""

from __future__ import annotations

import json
from typing import Any

from chalicelib.agents.language import is_in
from chalicelib.agents.mending import Desk, plain
from chalicelib.agents.prompting import prompt
from chalicelib.agents.replies import DesignChoices, RuleChoice
from chalicelib.generation.app_design import AppDesign, EntityDesign
from chalicelib.generation.choices import (
    Choices,
    Look,
    chosen,
    may_be_columns,
    may_be_filters,
    rules_in_words,
)
from chalicelib.generation.design import design
from chalicelib.generation.plan import Plan
from chalicelib.generation.screens import COLUMNS_MAX, FILTERS_MAX, ICONS_OFFERED
from chalicelib.mvs.spec import Entity, Mvs, Scalar


def designed(desk: Desk, mvs: Mvs, plan: Plan) -> AppDesign:
    before = design(mvs, plan)
    system = prompt(
        "design",
        "system",
        language=before.language,
        columns_max=COLUMNS_MAX,
        filters_max=FILTERS_MAX,
        icons=sorted(ICONS_OFFERED),
    )
    task = prompt(
        "design",
        "task",
        app=json.dumps(_app(before), ensure_ascii=False),
        entities="\n".join(_entity(entity) for entity in before.entities),
        rules="\n".join(_rules(before, plan)) or "(none)",
    )
    question = desk.question("design", [plain(system)], [plain(task)], DesignChoices)
    reply = desk.answer(question, lambda given: _faults(given, mvs, plan, before))
    made, _ = chosen(mvs, plan, _choices(reply, mvs))
    assert made is not None
    return made


def _app(app: AppDesign) -> dict[str, Any]:
    roles = [{"role": role.label, "does": role.description} for role in app.roles]
    return {
        "name": app.name,
        "summary": app.summary,
        "roles": roles,
        "navigation": app.navigation,
    }


def _entity(entity: EntityDesign) -> str:
    """One line an entity."""
    told = {
        "entity": entity.key,
        "plural": entity.plural,
        "about": entity.description,
        "fields": {each.key: f"{each.label} ({each.type})" for each in entity.fields},
        "choices": {f.key: [c.value for c in f.choices] for f in entity.fields if f.choices},
        "columns": entity.columns,
        "may_be_columns": may_be_columns(entity),
        "filters": entity.filters,
        "may_be_filters": may_be_filters(entity),
        "icon": entity.icon,
    }
    return json.dumps(told, ensure_ascii=False)


def _rules(app: AppDesign, plan: Plan) -> list[str]:
    promising = {id_ for brief in plan.briefs for id_ in brief.in_code}
    return [
        json.dumps(
            {
                "requirement": id_,
                "entity": entity.key,
                "rule": rule.text,
                "lead_engineer": "can be code" if id_ in promising else "no opinion",
            },
            ensure_ascii=False,
        )
        for id_, (entity, rule) in rules_in_words(app).items()
    ]


def _faults(given: DesignChoices, mvs: Mvs, plan: Plan, before: AppDesign) -> list[str]:
    in_words = list(rules_in_words(before))
    if sorted(each.requirement for each in given.rules) != sorted(in_words):
        return [f"Decide on each of these rules exactly once: {', '.join(in_words) or 'none'}."]
    half = [
        f"{each.requirement}: {each.how} needs {'type' if each.how == 'typed' else 'test_name'}."
        for each in given.rules
        if (each.how == "typed" and not each.type) or (each.how == "coded" and not each.test_name)
    ]
    if half:
        return half
    _, faults = chosen(mvs, plan, _choices(given, mvs))
    is_spoken = is_in((each.why for each in given.rules), before.language)
    return faults if is_spoken else [*faults, f"Write `why` in the language {before.language!r}."]


def _choices(given: DesignChoices, mvs: Mvs) -> Choices:
    homes = _homes(mvs)
    typed = [each for each in given.rules if each.how == "typed"]
    coded = [each for each in given.rules if each.how == "coded"]
    return Choices(
        looks={e.entity: Look(e.columns, e.filters, e.icon) for e in given.entities},
        navigation=given.navigation,
        typed={each.requirement: _typed(each, homes[each.requirement]) for each in typed},
        coded={each.requirement: _test(each) for each in coded},
    )


def _test(choice: RuleChoice) -> str:
    return (choice.test_name or "").removeprefix("test_")


def _homes(mvs: Mvs) -> dict[str, Entity]:
    """Requirement id → its entity."""
    from chalicelib.agents.planning import rules_in_words as in_words

    entities = {entity.key: entity for entity in mvs.entities}
    return {each.id: entities[each.entity] for each in in_words(mvs) if each.entity}


def _typed(choice: RuleChoice, entity: Entity) -> dict[str, Any]:
    """As the MVS would say it; whether it may be said is found out when it is read."""
    condition = _condition(choice, entity)
    match choice.type:
        case "range":
            rule = {"field": choice.field, "min": choice.min, "max": choice.max}
        case "in_order":
            rule = {"first": choice.first, "then": choice.then}
        case "required_when":
            rule = {"field": choice.field, "when": condition}
        case _:
            rule = {"resource": choice.resource, "start": choice.start, "end": choice.end}
            rule |= {"unless": condition} if choice.when_field else {}
    given = {name: value for name, value in rule.items() if value is not None}
    return {"type": choice.type, **given}


def _condition(choice: RuleChoice, entity: Entity) -> Any:
    types = {field.key: field.type for field in entity.fields}
    kind = types.get(choice.when_field or "", "choice")
    values = [_scalar(value, kind) for value in choice.when_one_of]
    return {"field": choice.when_field, "one_of": values}


def _scalar(text: str, kind: str) -> Scalar:
    if kind == "boolean":
        return text.lower() in ("true", "yes", "sí", "si", "1")
    return int(text) if kind == "integer" and text.lstrip("-").isdigit() else text
