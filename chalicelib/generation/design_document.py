"""The design as a document for people: what the app will consist of, before anything of it is written.

In: `AppDesign`. Out: Markdown, in the app's language. Callers: the Converge stage.
The surprise: every text in it came from a customer, so what Markdown would read as markup is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from chalicelib.generation.app_design import (
    AppDesign,
    EntityDesign,
    FieldDesign,
    ModuleDesign,
    RuleDesign,
)

WORDS: Final = {
    "es": {
        "title": "Documento de diseño",
        "roles": "Personas",
        "owner": "Propietario: puede todo",
        "modules": "Módulos",
        "builds_on": "Se apoya en",
        "fulfils": "Cumple",
        "field": "Campo",
        "type": "Tipo",
        "required": "Obligatorio",
        "rules": "Reglas",
        "workflow": "Ciclo de vida",
        "permissions": "Permisos",
        "dashboards": "Tableros",
        "yes": "sí",
    },
    "en": {
        "title": "Design document",
        "roles": "People",
        "owner": "Owner: may do everything",
        "modules": "Modules",
        "builds_on": "Builds on",
        "fulfils": "Fulfils",
        "field": "Field",
        "type": "Type",
        "required": "Required",
        "rules": "Rules",
        "workflow": "Life cycle",
        "permissions": "Permissions",
        "dashboards": "Dashboards",
        "yes": "yes",
    },
}


def design_document(app: AppDesign) -> str:
    return "\n".join(_lines(app, WORDS[app.language])) + "\n"


def _lines(app: AppDesign, words: dict[str, str]) -> Iterator[str]:
    yield f"# {escaped(app.name)}: {words['title']}"
    yield from ("", escaped(app.summary), "", f"## {words['roles']}", "", f"- {words['owner']}")
    for role in app.roles:
        yield f"- **{escaped(role.label)}** {escaped(role.description)}".rstrip()
    yield from ("", f"## {words['modules']}")
    for module in app.modules:
        yield from _module(module, words)
    if app.dashboards:
        yield from ("", f"## {words['dashboards']}", "")
    for dashboard in app.dashboards:
        tiles = ", ".join(escaped(tile.label) for tile in dashboard.tiles)
        yield f"- **{escaped(dashboard.label)}** ({dashboard.requirement}): {tiles}"


def _module(module: ModuleDesign, words: dict[str, str]) -> Iterator[str]:
    yield from ("", f"### {escaped(module.label)} (`business/{module.name}`)", "")
    if module.depends_on:
        yield f"{words['builds_on']}: {', '.join(f'`{name}`' for name in module.depends_on)}  "
    if module.requirements:
        yield f"{words['fulfils']}: {', '.join(module.requirements)}"
    for entity in module.entities:
        yield from _entity(entity, words)


def _entity(entity: EntityDesign, words: dict[str, str]) -> Iterator[str]:
    yield from ("", f"#### {escaped(entity.label)}", "", escaped(entity.description), "")
    yield f"| {words['field']} | {words['type']} | {words['required']} |"
    yield "|---|---|---|"
    for field in entity.fields:
        yield _field(field, words)
    if entity.rules:
        yield from ("", f"{words['rules']}:", "")
        yield from (_rule(rule) for rule in entity.rules)
    if entity.workflow:
        yield from ("", f"{words['workflow']}:", "")
        for step in entity.workflow.transitions:
            roles = ", ".join(("owner", *step.roles))
            sources = ", ".join(step.sources)
            yield f"- {step.requirement}: {escaped(step.label)}: {sources} → {step.target} ({roles})"
    yield from ("", f"{words['permissions']}:", "")
    yield from (f"- `{role}`: {', '.join(may)}" for role, may in entity.permissions.items())


def _rule(rule: RuleDesign) -> str:
    """A rule in words that becomes code says which test proves it."""
    proof = f" → `test_{rule.name}`" if rule.type == "coded" else ""
    return f"- {rule.requirement}: {escaped(rule.text)}{proof}"


def _field(field: FieldDesign, words: dict[str, str]) -> str:
    kind = f"{field.type} → {field.target}" if field.target else field.type
    return f"| {escaped(field.label)} | {kind} | {words['yes'] if field.required else ''} |"


def escaped(text: str) -> str:
    """One line that Markdown shows as it is."""
    return re.sub(r"([\\`*_{}\[\]<>#+!|&])", r"\\\1", " ".join(text.split()))
