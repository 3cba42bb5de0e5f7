"""A first MVS from a list of things: 'clientes, pedidos y productos' becomes three entities that know each other.

In: names of things, what was said. Out: changes. Callers: the guide. The surprise: what it can't know it leaves short
rather than invents: the completeness score then asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from chalicelib.discovery.lexicon import fields_of, thing_called
from chalicelib.discovery.naming import key_of, label_of, plural, singular
from chalicelib.discovery.records import Data
from chalicelib.mvs.spec import Locale

THINGS_MAX: Final = 12
WORDS: Final = {
    "es": {"name": "Mi negocio", "staff": "Equipo", "does": "Lleva el día a día: da de alta, consulta y actualiza.", "topic": "Gestión de {things}.", "problem": "Por contar."},
    "en": {"name": "My business", "staff": "Team", "does": "Runs the day: adds, looks up and updates.", "topic": "Keeping track of {things}.", "problem": "Yet to be told."},
}  # fmt: skip
STAFF: Final = "staff"


def first_draft(names: Sequence[str], *, name: str, locale: Locale) -> list[Data]:
    words = WORDS[locale]
    topic = words["topic"].format(things=", ".join(names[:THINGS_MAX]))
    begun: list[Data] = [
        {"op": "set_text", "field": "name", "text": name or words["name"]},
        {"op": "set_text", "field": "summary", "text": topic},
        {"op": "set_text", "field": "problem", "text": words["problem"]},
        {"op": "set_industry", "industry": "general"},
        {"op": "put_role", "key": STAFF, "label": words["staff"], "description": words["does"]},
    ]
    return begun + things(names, known={}, roles=[STAFF], locale=locale)


def things(
    names: Iterable[str], *, known: dict[str, str], roles: Sequence[str], locale: Locale
) -> list[Data]:
    """Changes that add an entity for each name. `known`: the entities there are, key → label."""
    labels, made = dict(known), []
    for name in list(names)[:THINGS_MAX]:
        entity = entity_called(name, taken=labels, locale=locale)
        labels[entity["key"]] = entity["label"]
        made.append(entity)
    changes: list[Data] = []
    for entity in made:
        _refer(entity, labels, locale)
        changes.append({"op": "put_entity", **entity})
        may = ["view", "create", "edit"]
        changes += [
            {"op": "set_permissions", "entity": entity["key"], "role": role, "actions": may}
            for role in roles
        ]
    return changes


def entity_called(name: str, *, taken: Iterable[str], locale: Locale) -> Data:
    said = name.strip().lower() if name.strip().istitle() or not name.isupper() else name.strip()
    one = singular(said, locale)
    thing = thing_called(said, locale)
    wanted = thing.key if thing.words else one
    fields = fields_of(thing, locale)
    return {
        "key": key_of(wanted if wanted not in taken else one, "entity", taken),
        "label": label_of(one),
        "plural": label_of(said if said != one else plural(one, locale)),
        "title": fields[0]["key"],
        "fields": fields,
    }


def _refer(entity: Data, labels: dict[str, str], locale: Locale) -> None:
    """Adds a field for each thing it belongs to, as far as there is one."""
    for target in thing_called(entity["label"], locale).belongs_to:
        keys = {field["key"] for field in entity["fields"]}
        if target in labels and target != entity["key"] and target not in keys:
            reference = {"key": target, "label": labels[target], "type": "reference", "to": target}
            entity["fields"].append(reference)
