"""What must hold for a row, and who may move it on: rules and workflow with every name resolved.

In: an entity of the MVS. Out: `RuleDesign`s and `WorkflowDesign`. Callers: `design.py`.
The surprise: a rule about the workflow's state is also something the transition into that state asks for.
"""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.generation.app_design import RuleDesign, TransitionDesign, WorkflowDesign
from chalicelib.generation.asked import Asked, value_of, when
from chalicelib.generation.names import Names, identifier
from chalicelib.mvs.references import OWNER
from chalicelib.mvs.spec import Entity, InOrder, InWords, NoOverlap, Range, RequiredWhen, Rule


def rules_of(asked: Asked, entity: Entity) -> Iterable[RuleDesign]:
    taken: set[str] = set()
    for index, rule in enumerate(entity.rules):
        facts = _rule_facts(entity, rule, asked.names)
        name = identifier(str(facts.pop("name"))[:50].rstrip("_"), "field", taken)
        taken.add(name)
        yield RuleDesign(
            requirement=asked.ids[f"entities.{entity.key}.rules[{index}]"],
            type=rule.type,
            text=rule.text,
            name=name,
            **facts,
        )


def _rule_facts(entity: Entity, rule: Rule, named: Names) -> dict[str, object]:
    name = named.fields[entity.key]
    match rule:
        case Range():
            field = next(field for field in entity.fields if field.key == rule.field)
            return {
                "name": f"{rule.field}_in_range",
                "field": name[rule.field],
                "minimum": None if rule.min is None else str(value_of(field, rule.min)),
                "maximum": None if rule.max is None else str(value_of(field, rule.max)),
            }
        case InOrder():
            return {
                "name": f"{rule.first}_before_{rule.then}",
                "first": name[rule.first],
                "then": name[rule.then],
            }
        case RequiredWhen():
            return {
                "name": f"{rule.field}_when_{rule.when.field}",
                "field": name[rule.field],
                "when": when(entity, rule.when, named),
            }
        case NoOverlap():
            return {
                "name": f"{rule.resource}_not_twice",
                "resource": name[rule.resource],
                "start": name[rule.start],
                "end": name[rule.end],
                "when": when(entity, rule.unless, named) if rule.unless else None,
            }
        case InWords():
            return {"name": "in_words"}


def workflow_of(
    asked: Asked, entity: Entity, rules: tuple[RuleDesign, ...]
) -> WorkflowDesign | None:
    workflow = entity.workflow
    if workflow is None:
        return None
    about = f"entities.{entity.key}.workflow.transitions"
    field = asked.names.fields[entity.key][workflow.field]
    return WorkflowDesign(
        field=field,
        initial=workflow.initial,
        transitions=tuple(
            TransitionDesign(
                requirement=asked.ids[f"{about}.{transition.key}"],
                name=identifier(transition.key, "transition"),
                label=transition.label,
                sources=transition.sources,
                target=transition.target,
                roles=tuple(role for role in transition.roles if role != OWNER),
                asks=tuple(needed_in(rules, field, transition.target)),
            )
            for transition in workflow.transitions
        ),
    )


def needed_in(rules: Iterable[RuleDesign], field: str, state: str) -> Iterable[str]:
    """The fields that must be filled in when the workflow's field has this state."""
    for rule in rules:
        is_about_state = rule.type == "required_when" and rule.when and rule.when.field == field
        if is_about_state and rule.field and rule.when and state in rule.when.one_of:
            yield rule.field
