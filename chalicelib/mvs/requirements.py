"""What the MVS asks for, sentence by sentence, each with an id that the PRD, the tests and the trace refer to.

In: a valid `Mvs`. Out: `R1`, `R2` … in the order of the document. Callers: generation (plan, PRD, trace, review). The
surprise: ids depend on nothing but the MVS, so the same MVS has the same requirements on every machine and every run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from chalicelib.mvs.requirement_texts import sentence
from chalicelib.mvs.spec import (
    Action,
    Dashboard,
    Entity,
    FieldSpec,
    Locale,
    Mvs,
    Transition,
    Workflow,
)

Kind = Literal[
    "sign_in", "isolation", "roles", "audit", "language",
    "records", "field", "permission", "rule", "workflow", "transition",
    "dashboard", "demo", "success",
]  # fmt: skip
ACTIONS: tuple[Action, ...] = ("view", "create", "edit", "delete")


@dataclass(frozen=True)
class Requirement:
    id: str
    kind: Kind
    text: str
    """One sentence in the app's first language."""
    entity: str | None = None
    """None: no single entity fulfils it."""
    about: str = ""
    """Where the MVS says so: `entities.patient.rules[0]`."""


Draft = tuple[Kind, str | None, str, dict[str, object]]


def requirements(mvs: Mvs) -> tuple[Requirement, ...]:
    locale = mvs.locales[0]
    return tuple(
        Requirement(f"R{number}", kind, sentence(locale, words), entity, about)
        for number, (kind, entity, about, words) in enumerate(_drafts(mvs, locale), start=1)
    )


def _drafts(mvs: Mvs, locale: Locale) -> Iterator[Draft]:
    yield "sign_in", None, "", {"form": "sign_in", "name": mvs.name}
    yield "isolation", None, "", {"form": "isolation"}
    yield "roles", None, "roles", {"form": "roles", "roles": [role.label for role in mvs.roles]}
    yield "audit", None, "", {"form": "audit"}
    yield "language", None, "locales", {"form": "language", "locales": list(mvs.locales)}
    for entity in mvs.entities:
        yield from _entity(mvs, entity, f"entities.{entity.key}")
    for dashboard in mvs.dashboards:
        yield from _dashboard(mvs, dashboard, f"dashboards.{dashboard.key}")
    if any(mvs.demo.values()):
        yield "demo", None, "demo", {"form": "demo", "rows": sum(map(len, mvs.demo.values()))}
    for index, text in enumerate(mvs.success):
        yield "success", None, f"success[{index}]", {"form": "success", "text": text}


def _entity(mvs: Mvs, entity: Entity, about: str) -> Iterator[Draft]:
    words: dict[str, object] = {"form": "records", "plural": entity.plural}
    yield "records", entity.key, about, words
    for field in entity.fields:
        for draft in _field(mvs, entity, field):
            yield "field", entity.key, f"{about}.fields.{field.key}", draft
    for action in ACTIONS:
        yield _permission(mvs, entity, action, about)
    for index, rule in enumerate(entity.rules):
        form = "rule_in_words" if rule.type == "in_words" else "rule"
        words = {"form": form, "plural": entity.plural, "text": rule.text}
        yield "rule", entity.key, f"{about}.rules[{index}]", words
    if entity.workflow:
        yield from _workflow(mvs, entity, entity.workflow, f"{about}.workflow")


def _field(mvs: Mvs, entity: Entity, field: FieldSpec) -> Iterator[dict[str, object]]:
    """One sentence for each thing a field promises; a plain optional text promises nothing."""
    words: dict[str, object] = {"plural": entity.plural, "field": field.label}
    if field.required:
        yield {"form": "required", **words}
    if field.unique:
        yield {"form": "unique", **words}
    if field.type == "choice":
        yield {"form": "options", "options": [option.label for option in field.options], **words}
    if field.type == "reference":
        target = next(other.plural for other in mvs.entities if other.key == field.to)
        yield {"form": f"on_delete_{field.on_delete}", "to": target, **words}
    if field.type == "computed":
        yield {"form": "computed", "formula": field.formula, **words}


def _permission(mvs: Mvs, entity: Entity, action: Action, about: str) -> Draft:
    roles = [role.label for role in mvs.roles if action in entity.permissions.get(role.key, ())]
    words: dict[str, object] = {"form": f"may_{action}", "roles": roles, "plural": entity.plural}
    return "permission", entity.key, f"{about}.permissions", words


def _workflow(mvs: Mvs, entity: Entity, workflow: Workflow, about: str) -> Iterator[Draft]:
    field = next(field for field in entity.fields if field.key == workflow.field)
    labels = {option.key: option.label for option in field.options}
    words: dict[str, object] = {
        "form": "initial", "plural": entity.plural, "field": field.label,
        "state": labels[workflow.initial],
    }  # fmt: skip
    yield "workflow", entity.key, about, words
    for transition in workflow.transitions:
        where = f"{about}.transitions.{transition.key}"
        yield "transition", entity.key, where, _transition(mvs, entity, transition, labels)


def _transition(
    mvs: Mvs, entity: Entity, transition: Transition, labels: dict[str, str]
) -> dict[str, object]:
    return {
        "form": "transition",
        "plural": entity.plural,
        "label": transition.label,
        "sources": [labels[source] for source in transition.sources],
        "target": labels[transition.target],
        "roles": [role.label for role in mvs.roles if role.key in transition.roles],
    }


def _dashboard(mvs: Mvs, dashboard: Dashboard, about: str) -> Iterator[Draft]:
    roles = [role.label for role in mvs.roles if role.key in dashboard.roles]
    form = "dashboard" if dashboard.roles else "dashboard_for_all"
    words: dict[str, object] = {"form": form, "label": dashboard.label, "roles": roles}
    yield "dashboard", None, about, words
    for index, tile in enumerate(dashboard.tiles):
        words = {"form": "tile", "dashboard": dashboard.label, "label": tile.label}
        yield "dashboard", None, f"{about}.tiles[{index}]", words
