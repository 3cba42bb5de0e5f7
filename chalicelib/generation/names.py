"""From keys and labels to names that are safe in Python, in Django and in an address.

In: keys of the MVS and the names already taken. Out: identifiers and slugs. Callers: `design.py`, nobody else makes one.
The surprise: this trusts nobody, not even that `mvs.references` has refused the reserved words before.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from chalicelib.errors import ForbiddenPath
from chalicelib.generation.plan import Plan
from chalicelib.mvs.spec import Entity, Mvs
from chalicelib.mvs.words import Use, is_reserved

LOCALS = frozenset(
    {"after", "answer", "api", "at", "before", "client", "created", "data", "day", "dt", "first"}
    | {"name", "one", "page", "path", "role", "rule", "states", "stranger", "tile", "values"}
)
KEY = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
DERIVED = (
    "{}Form", "New{}Form", "{}List", "{}Detail", "{}Create", "{}Edit", "{}Delete", "{}Transition", "{}Board",
    "{}Calendar", "{}In", "{}Out", "{}Admin", "{}Config",
)  # fmt: skip
"""What the templates call the classes around a model."""
IMPORTED = frozenset(
    """AppConfig BoardPage CalendarPage Count CreatePage DashboardPage Decimal DeletePage DetailPage EditPage InOrder
    ListPage Migration ModelSchema MoneyField NavItem NoOverlap Path PhoneField Range RequiredWhen SimpleTestCase Sum
    TenantAdmin TenantFileField TenantForeignKey TenantForeignKeyConstraint TenantForm TenantIsolation TenantModel
    Transition TransitionPage UniqueInTenant ValidationError Workflow WorkspaceTestCase""".lower().split()
)
"""Names that stand beside a model in some compiled file."""
OF_THE_MODEL = frozenset({"join_workspace", "route_prefix", "rules", "workflow"})
"""Attributes of every business model that a field must not replace."""
TAKEN_ADDRESSES = frozenset(
    [
        "accounts",
        "workspaces",
        "members",
        "audit",
        "files",
        "api",
        "admin",
        "healthz",
        "metrics",
        "static",
        "i18n",
        "profile",
        "dashboards",
    ]
)


@dataclass(frozen=True)
class Names:
    """Every name of an app, decided before anything is built from them."""

    modules: Mapping[str, str]
    """Entity key → its module."""
    classes: Mapping[str, str]
    addresses: Mapping[str, str]
    fields: Mapping[str, Mapping[str, str]]
    """Entity key → field key → attribute."""
    choice_classes: Mapping[str, Mapping[str, str]]
    """Entity key → field key → the class of its choices."""
    reverse: Mapping[tuple[str, str], str]
    """(entity key, field key) → what the row pointed at calls these rows."""


def names(mvs: Mvs, plan: Plan) -> Names:
    modules: dict[str, str] = {}
    for module in plan.modules:
        name = identifier(module.name, "entity", set(modules.values()))
        modules |= dict.fromkeys(module.entities, name)
    classes: dict[str, str] = {}
    addresses: dict[str, str] = {}
    for entity in mvs.entities:
        classes[entity.key] = class_name(entity.key, classes.values())
        addresses[entity.key] = slug(entity.plural, entity.key, addresses.values())
    fields = {entity.key: field_names(entity) for entity in mvs.entities}
    choices = {entity.key: choice_classes(entity) for entity in mvs.entities}
    return Names(modules, classes, addresses, fields, choices, reverse_names(mvs, fields))


def field_names(entity: Entity) -> dict[str, str]:
    """A reference takes two names, its own and its column's."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for field in entity.fields:
        found[field.key] = identifier(field.key, "field", taken)
        taken |= {found[field.key], f"{found[field.key]}_id"} if field.to else {found[field.key]}
    return found


def reverse_names(mvs: Mvs, fields: Mapping[str, Mapping[str, str]]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    taken = {key: set(own.values()) for key, own in fields.items()}
    for entity in mvs.entities:
        ways = Counter(field.to for field in entity.fields)
        for field in entity.fields:
            if field.to is None:
                continue
            short = plural(entity.key)
            is_plain = ways[field.to] == 1 and field.to != entity.key
            wanted = short if is_plain else f"{short}_as_{fields[entity.key][field.key]}"
            name = identifier(wanted[:60].rstrip("_"), "field", taken[field.to])
            taken[field.to].add(name)
            found[entity.key, field.key] = name
    return found


def identifier(key: str, use: Use, taken: Collection[str] = ()) -> str:
    """The key itself, unless it is reserved or taken: then with the first suffix that makes it free."""
    if not KEY.fullmatch(key):
        raise ForbiddenPath(f"{key[:60]!r} can't be a name")
    candidates = (key, f"{key}_{use}", *(f"{key}_{number}" for number in range(2, 1000)))
    others = {*taken, *(OF_THE_MODEL if use == "field" else ())}
    return next(name for name in candidates if name not in others and not is_reserved(use, name))


def class_name(key: str, taken: Collection[str]) -> str:
    """PascalCase; no model is called like another one's form, list, schema …, upper and lower case alike."""
    base = pascal_case(key)
    candidates = (base, f"{base}Record", *(f"{base}Record{number}" for number in range(2, 1000)))
    lowered = {name.lower() for name in taken} | IMPORTED
    return next(name for name in candidates if not _clashes(name.lower(), lowered))


def pascal_case(key: str) -> str:
    return "".join(part.capitalize() for part in key.split("_"))


def _clashes(name: str, taken: Iterable[str]) -> bool:
    around = {form.format(name).lower() for form in DERIVED}
    return any(
        name == other or other in around or name in {form.format(other).lower() for form in DERIVED}
        for other in taken
    )


def variable(key: str) -> str:
    """A local name for one row, which no other name in the compiled tests hides."""
    return f"one_{key}" if key in LOCALS else identifier(key, "entity")


def choice_classes(entity: Entity) -> dict[str, str]:
    """Field key → the class of its choices, which hides no other name inside the model's class."""
    found: dict[str, str] = {}
    for field in entity.fields:
        base = pascal_case(field.key)
        candidates = (
            base,
            f"{base}Choice",
            *(f"{base}Choice{number}" for number in range(2, 1000)),
        )
        hidden = {
            "meta",
            "none",
            "true",
            "false",
            *IMPORTED,
            *(name.lower() for name in found.values()),
        }
        if field.options:
            found[field.key] = next(name for name in candidates if name.lower() not in hidden)
    return found


def plural(key: str) -> str:
    """A plural good enough for a reverse name: `citas`, `companies`, `boxes`."""
    if re.search(r"[^aeiou]y$", key):
        return f"{key[:-1]}ies"
    return f"{key}es" if re.search(r"(s|x|z|ch|sh)$", key) else f"{key}s"


def slug(label: str, fallback: str, taken: Collection[str]) -> str:
    """A lower-case ASCII address segment out of a label, the key where the label has no letters."""
    ascii_label = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", ascii_label).strip("-")[:40].strip("-")
    base = base if re.search(r"[a-z]", base) else fallback.replace("_", "-")
    candidates = (base, *(f"{base}-{number}" for number in range(2, 1000)))
    return next(name for name in candidates if name not in taken and name not in TAKEN_ADDRESSES)
