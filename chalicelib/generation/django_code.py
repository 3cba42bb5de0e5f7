"""Declarations a Django app needs, as source: model fields, constraints, rules, migrations.

In: the design. Out: one statement or expression a string. Callers: the templates.
The surprise: a model and its migration are written by the same functions, so that they can't disagree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from decimal import Decimal

from chalicelib.generation import formula
from chalicelib.generation.app_design import (
    AppDesign,
    EntityDesign,
    FieldDesign,
    RuleDesign,
    TileDesign,
    TransitionDesign,
    When,
)
from chalicelib.generation.python_code import call, py
from chalicelib.mvs.values import PLACES, TEXT_LENGTH, WHOLE_DIGITS

FOR_TEMPLATES = (
    "condition", "constraints", "indexes", "label", "migration_field", "model_field", "rule_calls", "transition_call",
    "computed_field", "tile_call",
)  # fmt: skip
CHOICE_LENGTH = 40
ON_DELETE = {"protect": "PROTECT", "cascade": "CASCADE", "clear": "SET_NULL"}
CLASSES = {
    "text": "models.CharField",
    "long_text": "models.TextField",
    "integer": "models.IntegerField",
    "decimal": "models.DecimalField",
    "money": "MoneyField",
    "boolean": "models.BooleanField",
    "date": "models.DateField",
    "datetime": "models.DateTimeField",
    "email": "models.EmailField",
    "phone": "PhoneField",
    "url": "models.URLField",
    "choice": "models.CharField",
    "reference": "TenantForeignKey",
    "file": "TenantFileField",
}
RUNTIME_FIELDS = ("MoneyField", "PhoneField", "TenantFileField", "TenantForeignKey")


def model_field(app: AppDesign, entity: EntityDesign, field: FieldDesign) -> str:
    """`models.CharField("Motivo", max_length=200)`"""
    facts = _facts(field)
    if field.type == "reference":
        to = target_class(app, entity, field)
        facts["on_delete"] = f"models.{ON_DELETE[field.on_delete]}"
        return call("TenantForeignKey", to, **facts)
    label = facts.pop("verbose_name")
    if field.type == "choice":
        facts["choices"] = str(field.choices_class)
        if field.default is not None:
            facts["default"] = f"{field.choices_class}.{str(field.default).upper()}"
    return call(CLASSES[field.type], label, **facts)


def migration_field(app: AppDesign, field: FieldDesign) -> str:
    """The same with full names and plain values, keywords in alphabetical order."""
    facts = _facts(field)
    if field.type == "reference":
        target = app.entity(field.target or "")
        facts["to"] = py(f"{target.module}.{target.class_name.lower()}")
        facts["on_delete"] = f"django.db.models.deletion.{ON_DELETE[field.on_delete]}"
    if field.type == "choice":
        facts["choices"] = py([(choice.value, choice.label) for choice in field.choices])
    name = CLASSES[field.type]
    path = f"workspaces.fields.{name}" if name in RUNTIME_FIELDS else name
    return call(path, **dict(sorted(facts.items())))


def _facts(field: FieldDesign) -> dict[str, str]:
    """What a model and its migration say alike."""
    facts = {
        "on_delete": "",
        "verbose_name": py(field.label),
        "related_name": py(field.related_name) if field.related_name else "",
        **_size(field),
        "choices": "",
        "null": "True" if field.is_nullable else "",
        "blank": "" if field.required or field.type == "boolean" else "True",
        "default": _default(field),
        "help_text": _help(field),
        "editable": "False" if field.is_state else "",
    }
    return facts


def target_class(app: AppDesign, entity: EntityDesign, field: FieldDesign) -> str:
    """The class where it is known already, its name where it comes later in the same file."""
    target = app.entity(field.target or "")
    if target.key == entity.key:
        return py("self")
    if target.module != entity.module:
        return target.class_name
    members = [each.key for each in app.module(entity.module).entities]
    is_above = members.index(target.key) < members.index(entity.key)
    return target.class_name if is_above else py(target.class_name)


def _size(field: FieldDesign) -> dict[str, str]:
    if field.type == "decimal":
        digits = WHOLE_DIGITS + PLACES["decimal"]
        return {"max_digits": str(digits), "decimal_places": str(PLACES["decimal"])}
    if field.type in ("text", "url"):
        return {"max_length": str(TEXT_LENGTH[field.type])}
    return {"max_length": str(CHOICE_LENGTH)} if field.type == "choice" else {}


def _help(field: FieldDesign) -> str:
    """Django prints help texts unescaped in its admin, so the signs that make markup are exchanged."""
    plain = field.help.replace("<", "‹").replace(">", "›")
    return py(plain) if plain else ""


def _default(field: FieldDesign) -> str:
    if field.type == "boolean" and field.default is None:
        return "False"
    return "" if field.default is None else value(field, field.default)


def value(field: FieldDesign, raw: object) -> str:
    """A value of this field: dates as dates, numbers with places as Decimal."""
    if field.type in ("decimal", "money"):
        number = Decimal(str(raw))
        return str(int(number)) if number == number.to_integral_value() else py(number)
    if field.type == "integer":
        return str(int(str(raw)))
    if field.type == "date":
        year, month, day = (int(part) for part in str(raw).split("-"))
        return f"dt.date({year}, {month}, {day})"
    if field.type == "datetime":
        return f"dt.datetime.fromisoformat({py(_with_zone(str(raw)))})"
    return py(raw)


def _with_zone(text: str) -> str:
    """A moment without a zone is taken as UTC, which is at least the same everywhere."""
    has_zone = text.endswith("Z") or "+" in text[10:] or "-" in text[10:]
    return text if has_zone else f"{text}+00:00"


def condition(entity: EntityDesign, when: When) -> str:
    """`models.Q(status__in=["cancelled", "no_show"])`"""
    field = entity.field(when.field)
    values = [value(field, raw) for raw in when.one_of]
    if len(values) == 1:
        return f"models.Q({when.field}={values[0]})"
    return f"models.Q({when.field}__in=[{', '.join(values)}])"


def constraints(entity: EntityDesign, prefix: str = "") -> Iterator[str]:
    """What the database itself keeps, as the model says it; `prefix` is the full path in a migration."""
    for field in entity.fields:
        if field.unique:
            yield call(
                f"{prefix}UniqueInTenant",
                fields=py([field.name]),
                condition=f"~models.Q({field.name}={py('')})" if _may_be_blank(field) else "",
                name=py(limited(f"{entity.variable}_{field.name}_unique", 63)),
            )
    for rule in entity.rules:
        if rule.type == "no_overlap":
            yield call(
                f"{prefix}NoOverlap",
                resource=py(rule.resource),
                start=py(rule.start),
                end=py(rule.end),
                unless=condition(entity, rule.when) if rule.when else "",
                name=py(limited(f"{entity.variable}_{rule.name}", 63)),
                violation_error_message=py(rule.text),
            )


def _may_be_blank(field: FieldDesign) -> bool:
    return not field.required and not field.is_nullable


def indexes(entity: EntityDesign) -> Iterator[str]:
    """The order of the list, and the state it is filtered by."""
    order = entity.ordering[0].lstrip("-")
    names = [order] if not entity.field(order).unique else []
    if entity.workflow:
        names.append(entity.workflow.field)
    for name in dict.fromkeys(names):
        if entity.field(name).type != "reference":
            index = py(limited(f"{entity.variable}_{name}_idx", 30))
            yield call("models.Index", fields=py(["tenant", name]), name=index)


def limited(name: str, length: int) -> str:
    """The name, or its beginning and a digest, in at most so many characters."""
    if len(name) <= length:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{name[: length - 7].rstrip('_')}_{digest}"


def rule_calls(entity: EntityDesign) -> Iterator[str]:
    """Of the rules that are checked row by row; no-overlap is the database's."""
    return (rule_call(entity, rule) for rule in entity.checked_rules if rule.type != "no_overlap")


def rule_call(entity: EntityDesign, rule: RuleDesign) -> str:
    """`InOrder("starts_at", "ends_at", "Una cita termina después de empezar.")`"""
    if rule.type == "in_order":
        return call("InOrder", py(rule.first), py(rule.then), message=py(rule.text))
    field = entity.field(str(rule.field))
    if rule.type == "range":
        return call(
            "Range",
            py(rule.field),
            minimum=value(field, rule.minimum) if rule.minimum else "",
            maximum=value(field, rule.maximum) if rule.maximum else "",
            message=py(rule.text),
        )
    assert rule.when is not None
    deciding = entity.field(rule.when.field)
    values = ", ".join(value(deciding, raw) for raw in rule.when.one_of)
    field_is = f"{{{py(rule.when.field)}: [{values}]}}"
    return call("RequiredWhen", py(rule.field), field_is=field_is, message=py(rule.text))


def transition_call(transition: TransitionDesign) -> str:
    return call(
        "Transition",
        py(transition.name),
        py(transition.label),
        sources=py(list(transition.sources)),
        target=py(transition.target),
        roles=py(list(transition.roles)),
    )


def label(entity: EntityDesign) -> str:
    """Under which name permissions and demo rows find it: its module, or `module.model` for the others of one."""
    return entity.module if entity.is_main else f"{entity.module}.{entity.class_name.lower()}"


def computed_field(entity: EntityDesign, field: FieldDesign) -> str:
    """What a computed value is shown as: money when money is in it."""
    fields = {each.key: each for each in entity.fields}
    if not formula.is_decimal(field, fields):
        return call("models.IntegerField", py(field.label))
    if formula.is_money(field, fields):
        return call("MoneyField", py(field.label))
    return call("models.DecimalField", py(field.label))


def tile_call(app: AppDesign, tile: TileDesign) -> str:
    """`Sum("Cobrado", Payment, "amount", group_by="method")`"""
    entity = app.entity(tile.entity)
    return call(
        "Sum" if tile.measure == "sum" else "Count",
        py(tile.label),
        entity.class_name,
        *([py(tile.field)] if tile.field else []),
        where=condition(entity, tile.when) if tile.when else "",
        group_by=py(tile.group_by) if tile.group_by else "",
    )
