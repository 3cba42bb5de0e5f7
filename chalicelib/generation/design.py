"""From what a business asked for to what its app will be: every name, column and test decided here.

In: an `Mvs` without faults and its `Plan`. Out: `AppDesign`. Callers: the Design stage, `compile_app`.
The surprise: nothing after this looks at the MVS again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

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
    TileDesign,
    Value,
)
from chalicelib.generation.asked import Asked, asked_for, value_of, when
from chalicelib.generation.names import Names, class_name, slug, variable
from chalicelib.generation.obligations import rules_of, workflow_of
from chalicelib.generation.plan import Plan, PlannedModule
from chalicelib.mvs.demo import NAME as ROW_NAME
from chalicelib.mvs.demo import demo_order
from chalicelib.mvs.references import OWNER
from chalicelib.mvs.spec import (
    DemoRow,
    Entity,
    FieldSpec,
    Mvs,
    Tile,
)


def design(mvs: Mvs, plan: Plan) -> AppDesign:
    asked = asked_for(mvs, plan)
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
    rules = tuple(rules_of(asked, entity))
    workflow = workflow_of(asked, entity, rules)
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
        calendar_field=screens.calendar_field(fields, rules),
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
        default=None if default is None else value_of(field, default),
        choices=tuple(Choice(value=each.key, label=each.label) for each in field.options),
        choices_class=named.choice_classes[entity.key].get(field.key),
        target=field.to,
        on_delete=field.on_delete,
        related_name=named.reverse.get((entity.key, field.key)),
        formula=field.formula,
        is_asked_for=field.required,
        is_state=is_state,
    )


def _related(asked: Asked, entity: Entity) -> Iterable[Related]:
    for (key, field), name in asked.names.reverse.items():
        if next(each.to for each in asked.entity(key).fields if each.key == field) == entity.key:
            yield Related(entity=key, field=asked.names.fields[key][field], name=name)


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
        when=when(entity, tile.where, asked.names) if tile.where else None,
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
            found[named.fields[entity.key][key]] = value_of(fields[key], raw)
    return found
