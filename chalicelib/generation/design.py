"""From what a business asked for to what its app will be: every name, column and test decided here.

In: an `Mvs` without faults and its `Plan`. Out: `AppDesign`. Callers: the Design stage, `compile_app`.
The surprise: nothing after this looks at the MVS again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.generation import screens
from chalicelib.generation.app_design import (
    AppDesign,
    Choice,
    DashboardDesign,
    EntityDesign,
    FieldDesign,
    ModuleDesign,
    Related,
    RoleDesign,
    RuleDesign,
    TileDesign,
    TransitionDesign,
    Value,
    When,
    WorkflowDesign,
)
from chalicelib.generation.names import (
    Names,
    class_name,
    identifier,
    names,
    slug,
    variable,
)
from chalicelib.generation.plan import Plan, PlannedModule
from chalicelib.mvs.demo import NAME as ROW_NAME
from chalicelib.mvs.demo import demo_order
from chalicelib.mvs.references import OWNER
from chalicelib.mvs.requirements import Requirement, requirements
from chalicelib.mvs.spec import (
    Condition,
    DemoRow,
    Entity,
    FieldSpec,
    InOrder,
    InWords,
    Mvs,
    NoOverlap,
    Range,
    RequiredWhen,
    Rule,
    Scalar,
    Tile,
)


@dataclass(frozen=True)
class Asked:
    """What every step below needs: the MVS, the names, and the requirements found by their place in the MVS."""

    mvs: Mvs
    names: Names
    requirements: tuple[Requirement, ...]
    ids: Mapping[str, str]

    def entity(self, key: str) -> Entity:
        return next(entity for entity in self.mvs.entities if entity.key == key)


def design(mvs: Mvs, plan: Plan) -> AppDesign:
    wanted = requirements(mvs)
    ids = {each.about: each.id for each in reversed(wanted)}
    asked = Asked(mvs, names(mvs, plan), wanted, ids)
    entities = {entity.key: _entity(asked, entity) for entity in mvs.entities}
    return AppDesign(
        name=mvs.name,
        language=mvs.locales[0],
        currency=mvs.currency,
        summary=mvs.summary,
        roles=tuple(RoleDesign(**role.model_dump()) for role in mvs.roles),
        modules=tuple(_module(module, entities) for module in plan.modules),
        dashboards=tuple(_dashboards(asked)),
        navigation=tuple(entity.key for entity in mvs.entities),
        demo=_demo(asked),
        app_requirements=plan.app_requirements,
    )


def _module(module: PlannedModule, entities: Mapping[str, EntityDesign]) -> ModuleDesign:
    members = tuple(entities[key] for key in module.entities)
    homes = {entity.key: entity.module for entity in entities.values()}
    return ModuleDesign(
        name=members[0].module,
        label=members[0].plural,
        entities=members,
        depends_on=tuple(homes[name] for name in module.depends_on),
        requirements=module.requirements,
    )


def _entity(asked: Asked, entity: Entity) -> EntityDesign:
    named = asked.names
    fields = tuple(_field(entity, field, named) for field in entity.fields)
    title = named.fields[entity.key][entity.title]
    rules = tuple(_rules(asked, entity))
    workflow = _workflow(asked, entity, rules)
    titles = {other.key: _title(other, named) for other in asked.mvs.entities}
    return EntityDesign(
        key=entity.key,
        module=named.modules[entity.key],
        class_name=named.classes[entity.key],
        variable=variable(entity.key),
        label=entity.label,
        plural=entity.plural,
        description=entity.description,
        address=named.addresses[entity.key],
        is_main=_is_main(asked, entity),
        title=title,
        fields=fields,
        permissions=dict(entity.permissions),
        rules=rules,
        workflow=workflow,
        ordering=screens.ordering(fields, title),
        columns=screens.columns(fields, title),
        search_fields=screens.search_fields(fields, titles, rules),
        filters=screens.filters(fields),
        related=tuple(_related(asked, entity)),
        later_fields=screens.later_fields(fields, rules, workflow),
        calendar_field=screens.calendar_field(fields),
        calendar_fields=screens.calendar_fields(fields, title),
        card_fields=screens.card_fields(fields, title),
        icon=screens.icon(entity.key),
        requirements=tuple(each.id for each in asked.requirements if each.entity == entity.key),
    )


def _is_main(asked: Asked, entity: Entity) -> bool:
    homes = asked.names.modules
    together = (each.key for each in asked.mvs.entities if homes[each.key] == homes[entity.key])
    return next(together) == entity.key


def _title(entity: Entity, named: Names) -> FieldDesign:
    spec = next(field for field in entity.fields if field.key == entity.title)
    return _field(entity, spec, named)


def _field(entity: Entity, field: FieldSpec, named: Names) -> FieldDesign:
    name = named.fields[entity.key][field.key]
    is_state = entity.workflow is not None and entity.workflow.field == field.key
    default = entity.workflow.initial if entity.workflow and is_state else field.default
    return FieldDesign(
        name=name,
        key=field.key,
        label=field.label,
        help=field.help,
        type=field.type,
        required=field.required or is_state,
        unique=field.unique,
        default=None if default is None else _value(field, default),
        choices=tuple(Choice(value=each.key, label=each.label) for each in field.options),
        choices_class=named.choice_classes[entity.key].get(field.key),
        target=field.to,
        on_delete=field.on_delete,
        related_name=named.reverse.get((entity.key, field.key)),
        formula=field.formula,
        is_asked_for=field.required,
        is_state=is_state,
    )


def _value(field: FieldSpec, raw: Scalar) -> Value:
    """Numbers of integer fields are whole, others keep their digits as text."""
    if field.type == "integer":
        return int(raw)
    if field.type in ("decimal", "money"):
        return format(Decimal(str(raw)), "f")
    return str(raw) if isinstance(raw, Decimal) else raw


def _when(entity: Entity, condition: Condition, named: Names) -> When:
    field = next(field for field in entity.fields if field.key == condition.field)
    values = tuple(_value(field, raw) for raw in condition.one_of)
    return When(field=named.fields[entity.key][field.key], one_of=values)


def _related(asked: Asked, entity: Entity) -> Iterable[Related]:
    for (key, field), name in asked.names.reverse.items():
        if next(each.to for each in asked.entity(key).fields if each.key == field) == entity.key:
            yield Related(entity=key, field=asked.names.fields[key][field], name=name)


def _rules(asked: Asked, entity: Entity) -> Iterable[RuleDesign]:
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
            **facts,  # type: ignore[arg-type]
        )


def _rule_facts(entity: Entity, rule: Rule, named: Names) -> dict[str, object]:
    name = named.fields[entity.key]
    match rule:
        case Range():
            field = next(field for field in entity.fields if field.key == rule.field)
            return {
                "name": f"{rule.field}_in_range",
                "field": name[rule.field],
                "minimum": None if rule.min is None else str(_value(field, rule.min)),
                "maximum": None if rule.max is None else str(_value(field, rule.max)),
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
                "when": _when(entity, rule.when, named),
            }
        case NoOverlap():
            return {
                "name": f"{rule.resource}_not_twice",
                "resource": name[rule.resource],
                "start": name[rule.start],
                "end": name[rule.end],
                "when": _when(entity, rule.unless, named) if rule.unless else None,
            }
        case InWords():
            return {"name": "in_words"}


def _workflow(asked: Asked, entity: Entity, rules: tuple[RuleDesign, ...]) -> WorkflowDesign | None:
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


def _dashboards(asked: Asked) -> Iterable[DashboardDesign]:
    addresses: set[str] = set()
    classes = list(asked.names.classes.values())
    for dashboard in asked.mvs.dashboards:
        address = slug(dashboard.label, dashboard.key, addresses)
        addresses.add(address)
        yield DashboardDesign(
            requirement=asked.ids[f"dashboards.{dashboard.key}"],
            name=f"dashboard_{dashboard.key}",
            class_name=class_name(f"{dashboard.key}_dashboard", classes),
            label=dashboard.label,
            address=address,
            tiles=tuple(_tile(asked, tile) for tile in dashboard.tiles),
            roles=tuple(role for role in dashboard.roles if role != OWNER),
        )


def _tile(asked: Asked, tile: Tile) -> TileDesign:
    entity = asked.entity(tile.entity)
    name = asked.names.fields[entity.key]
    return TileDesign(
        label=tile.label,
        entity=entity.key,
        measure=tile.measure,
        field=name[tile.field] if tile.field else None,
        when=_when(entity, tile.where, asked.names) if tile.where else None,
        group_by=name[tile.group_by] if tile.group_by else None,
    )


def _demo(asked: Asked) -> dict[str, tuple[dict[str, Value | None], ...]]:
    """Rows by entity, those referred to before those that refer to them."""
    rows: dict[str, list[dict[str, Value | None]]] = {}
    for key, index in demo_order(asked.mvs):
        row = _demo_row(asked.entity(key), asked.mvs.demo[key][index], asked.names)
        rows.setdefault(key, []).append(row)
    return {key: tuple(found) for key, found in rows.items()}


def _demo_row(entity: Entity, row: DemoRow, named: Names) -> dict[str, Value | None]:
    fields = {field.key: field for field in entity.fields}
    found: dict[str, Value | None] = {}
    for key, raw in row.items():
        if key == ROW_NAME:
            found[ROW_NAME] = str(raw)
        elif raw is not None:
            found[named.fields[entity.key][key]] = _value(fields[key], raw)
    return found
