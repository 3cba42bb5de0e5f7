"""Small MVSs for tests, and the examples, read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from chalicelib.mvs.reading import read_mvs
from chalicelib.mvs.spec import Mvs

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.yaml"))
DENTAL = "clinica-dental"


@cache
def example(name: str) -> Mvs:
    path = next(path for path in EXAMPLES if path.stem == name)
    return read_mvs(yaml.safe_load(path.read_text()))


def names() -> list[str]:
    return [path.stem for path in EXAMPLES]


def mvs(*entities: dict[str, Any], **more: Any) -> Mvs:
    """A valid MVS around these entities."""
    return read_mvs(around(*entities) | more)


def unchecked(*entities: dict[str, Any]) -> Mvs:
    """One that has the right shapes, whatever it refers to."""
    return Mvs.model_validate(around(*entities))


def around(*entities: dict[str, Any]) -> dict[str, Any]:
    return {
        "fragua": 1,
        "name": "Shop",
        "locales": ["en"],
        "industry": "shop",
        "summary": "A shop.",
        "problem": "Paper.",
        "roles": [{"key": "clerk", "label": "Clerk"}],
        "entities": list(entities),
    }


def entity(key: str, *fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An entity titled by a text field `name`."""
    name = {"key": "name", "label": "Name", "type": "text", "required": True}
    base = {
        "key": key,
        "label": key.capitalize(),
        "plural": f"{key.capitalize()}s",
        "title": "name",
    }
    return {**base, "fields": [name, *fields], "permissions": {"clerk": ["view"]}} | more


def reference(to: str, **more: Any) -> dict[str, Any]:
    return {"key": to, "label": to.capitalize(), "type": "reference", "to": to} | more


def kitchen_sink() -> Mvs:
    """Every kind of field, rule, reference and screen, in one app that makes no other sense."""
    every = [
        {"key": "plain", "label": "Plain", "type": "text", "default": "some 'text'"},
        {"key": "long", "label": "Long", "type": "long_text"},
        {"key": "whole", "label": "Whole", "type": "integer", "required": True, "unique": True},
        {"key": "exact", "label": "Exact", "type": "decimal", "default": "1.5"},
        {"key": "amount", "label": "Amount", "type": "money", "required": True, "default": "9.99"},
        {"key": "flag", "label": "Flag", "type": "boolean"},
        {"key": "on", "label": "On", "type": "date", "default": "2026-01-31"},
        {"key": "starts", "label": "Starts", "type": "datetime", "required": True},
        {"key": "ends", "label": "Ends", "type": "datetime", "required": True},
        {"key": "at", "label": "At", "type": "datetime", "default": "2026-01-31T10:00"},
        {"key": "mail", "label": "Mail", "type": "email", "unique": True},
        {"key": "call", "label": "Call", "type": "phone", "unique": True},
        {"key": "site", "label": "Site", "type": "url", "required": True},
        {
            "key": "kind",
            "label": "Kind",
            "type": "choice",
            "default": "b",
            "options": options("a", "b"),
        },
        {
            "key": "status",
            "label": "Status",
            "type": "choice",
            "options": options("new", "sent", "lost"),
        },
        {"key": "proof", "label": "Proof", "type": "file", "required": True},
        {"key": "half", "label": "Half", "type": "computed", "formula": "amount / whole"},
        {"key": "more", "label": "More", "type": "computed", "formula": "half * 2 + exact"},
        {"key": "lasts", "label": "Lasts", "type": "computed", "formula": "days(starts, ends)"},
        {"key": "why", "label": "Why", "type": "text"},
        {"key": "sent_on", "label": "Sent on", "type": "date"},
        reference("place", required=True, on_delete="cascade"),
        reference("owner_of", unique=True, on_delete="clear"),
        reference("place", key="spare", label="Spare", on_delete="clear"),
    ]
    rules = [
        {
            "type": "no_overlap",
            "resource": "place",
            "start": "starts",
            "end": "ends",
            "text": "Only one.",
        },
        {
            "type": "no_overlap",
            "resource": "spare",
            "start": "starts",
            "end": "ends",
            "unless": {"field": "status", "one_of": ["new"]},
            "text": "Only one spare.",
        },
        {"type": "in_order", "first": "starts", "then": "ends", "text": "In order."},
        {"type": "range", "field": "amount", "min": "0.5", "max": "1000", "text": "Not too much."},
        {"type": "range", "field": "whole", "max": 100000, "text": "Not too many."},
        {
            "type": "required_when",
            "field": "why",
            "when": {"field": "status", "one_of": ["lost"]},
            "text": "Why?",
        },
        {
            "type": "required_when",
            "field": "sent_on",
            "when": {"field": "status", "one_of": ["sent"]},
            "text": "When?",
        },
        {
            "type": "required_when",
            "field": "spare",
            "when": {"field": "status", "one_of": ["sent"]},
            "text": "Which spare?",
        },
        {
            "type": "required_when",
            "field": "long",
            "when": {"field": "flag", "one_of": [True]},
            "text": "Explain.",
        },
        {
            "type": "required_when",
            "field": "plain",
            "when": {"field": "exact", "one_of": ["2.5"]},
            "text": "Say.",
        },
        {"type": "in_words", "text": 'Be "nice" to {{ everybody }}.'},
    ]
    workflow = {
        "field": "status",
        "initial": "new",
        "transitions": [
            {
                "key": "send",
                "label": "Send",
                "sources": ["new"],
                "target": "sent",
                "roles": ["clerk"],
            },
            {
                "key": "lose",
                "label": "Lose",
                "sources": ["new", "sent"],
                "target": "lost",
                "roles": ["owner"],
            },
        ],
    }
    return mvs(
        entity("role", *every, rules=rules, workflow=workflow, permissions={"clerk": ["view", "create"]}),
        entity("owner_of", reference("role"), title="role"),
        entity("place", {"key": "size", "label": "Size", "type": "choice", "required": True, "options": options("s")},
               title="size", permissions={}),
        dashboards=[
            {"key": "all", "label": "All & everybody", "tiles": [
                {"label": "How <many>", "entity": "role", "group_by": "place"},
                {"label": "Sum", "entity": "role", "measure": "sum", "field": "exact",
                 "where": {"field": "exact", "one_of": ["1.5", 2]}},
                {"label": "True", "entity": "role", "where": {"field": "flag", "one_of": [True]}},
            ]},
        ],
    )  # fmt: skip


def options(*keys: str) -> list[dict[str, str]]:
    return [{"key": key, "label": key.upper()} for key in keys]
