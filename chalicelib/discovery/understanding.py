"""Answers in a person's own words to the guide's questions, as far as rules can read them.

In: what was asked about, what was said, the MVS. Out: changes, or None when it was not understood. Callers: the guide.
The surprise: a rule in words is kept as one and said to be one; the offline engine can't turn it into code.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from chalicelib.discovery import drafting
from chalicelib.discovery.naming import field_of, key_of, label_of
from chalicelib.discovery.phrases import everybody, items, lines_by_name, mentioned, plain
from chalicelib.discovery.proposals import likely_to_pass_stages
from chalicelib.discovery.records import Data
from chalicelib.discovery.stages import staged
from chalicelib.discovery.tile_proposals import tiles_of
from chalicelib.mvs.spec import Entity, Locale, Mvs

PROSE_MIN: Final = 15
SENTENCES_MAX: Final = 10
Reader = Callable[[str, Mvs, Locale], list[Data] | None]
QUOTED: Final = re.compile(r"[«“\"]([^»”\"\n]{2,60})[»”\"]")
CAPITAL: Final = r"[A-ZÁÉÍÓÚÑÜ0-9][\w'’.-]*\w"
CALLED: Final = re.compile(
    r"(?i:\b(?:se llama|nos llamamos|llamad[ao]|is called|are called|named|called))\s+"
    rf"({CAPITAL}(?:\s+(?:(?:de|del|la|el|los|las|y|&|of|the|and)\s+)*{CAPITAL})*)"
)


def understood(about: str, said: str, mvs: Mvs, locale: Locale) -> list[Data] | None:
    reader = READERS.get(about)
    return (reader(said, mvs, locale) or None) if reader else None


def entities_named(said: str, mvs: Mvs) -> list[Entity]:
    names = {entity.key: (entity.label, entity.plural) for entity in mvs.entities}
    keys = mentioned(said, names)
    return [entity for key in keys for entity in mvs.entities if entity.key == key]


def roles_named(said: str, mvs: Mvs) -> list[str]:
    if everybody(said):
        return [role.key for role in mvs.roles]
    return mentioned(said, {role.key: (role.label,) for role in mvs.roles})


def _prose(field: str) -> Reader:
    def read(said: str, mvs: Mvs, locale: Locale) -> list[Data] | None:
        if len(said.strip()) < PROSE_MIN:
            return None
        return [{"op": "set_text", "field": field, "text": said.strip()[:4000]}]

    return read


def _name(said: str, mvs: Mvs, locale: Locale) -> list[Data] | None:
    name = name_in(said) or said.strip(" .\"'«»“”")
    if not 0 < len(name) <= 60 or "\n" in name or not re.search(r"[^\W\d_]", name):
        return None
    return [{"op": "set_text", "field": "name", "text": name}]


def name_in(said: str) -> str:
    """'se llama Clínica Sol y …' → 'Clínica Sol'; empty when no name is given."""
    found = QUOTED.search(said) or CALLED.search(said)
    return found.group(1).strip() if found else ""


def _roles(said: str, mvs: Mvs, locale: Locale) -> list[Data] | None:
    taken = [role.key for role in mvs.roles]
    known = {plain(role.label) for role in mvs.roles}
    changes: list[Data] = []
    for name in [one for one in items(said) if len(one) <= 60 and plain(one) not in known][:8]:
        key = key_of(name, "role", taken)
        taken.append(key)
        changes.append({"op": "put_role", "key": key, "label": label_of(name)})
        changes += [_may(entity, key, ["view"]) for entity in mvs.entities]
    return changes


def _role_descriptions(said: str, mvs: Mvs, locale: Locale) -> list[Data] | None:
    lacking = [role for role in mvs.roles if not role.description]
    changes = []
    for name, does in lines_by_name(said):
        for key in mentioned(name, {role.key: (role.label,) for role in mvs.roles}):
            changes.append({"op": "put_role", "key": key, "description": label_of(does)[:400]})
    if not changes and len(lacking) == 1 and len(said.strip()) >= PROSE_MIN:
        changes.append({"op": "put_role", "key": lacking[0].key, "description": said.strip()[:400]})
    return changes


def _idle_roles(said: str, mvs: Mvs, locale: Locale) -> list[Data] | None:
    busy = {role for e in mvs.entities for role, may in e.permissions.items() if may}
    idle = [role.key for role in mvs.roles if role.key not in busy]
    actions = actions_in(said)
    found = mvs.entities if everybody(said) else entities_named(said, mvs)
    return [_may(entity, role, actions) for entity in found for role in idle]


def actions_in(said: str) -> list[str]:
    words = f" {plain(said)} "
    may = ["view"]
    for action, beginnings in {
        "create": (" crea", " anad", " alta", " add", " registr"),
        "edit": (" edit", " cambi", " modific", " actualiz", " chang", " updat", " correg"),
        "delete": (" borr", " elimin", " delet", " remov"),
    }.items():
        if any(beginning in words for beginning in beginnings):
            may.append(action)
    return may


def _may(entity: Entity, role: str, actions: list[str]) -> Data:
    return {"op": "set_permissions", "entity": entity.key, "role": role, "actions": actions}


def _entities(said: str, mvs: Mvs, locale: Locale) -> list[Data] | None:
    known = {entity.key: entity.label for entity in mvs.entities}
    there = {plain(name) for entity in mvs.entities for name in (entity.label, entity.plural)}
    names = [one for one in items(said) if len(one) <= 50 and plain(one) not in there]
    if not names or any(len(name.split()) > 5 for name in names):
        return None
    roles = [role.key for role in mvs.roles]
    return drafting.things(names, known=known, roles=roles, locale=locale)


def fields_named(entity: Entity, said: str, mvs: Mvs) -> list[Data]:
    taken = [field.key for field in entity.fields]
    labels = {plain(field.label) for field in entity.fields}
    others = {one.key: (one.label, one.plural) for one in mvs.entities if one.key != entity.key}
    changes: list[Data] = []
    for text in [one for one in items(said) if len(one) <= 120 and plain(one) not in labels][:20]:
        field = field_of(text, taken, others)
        taken.append(field["key"])
        changes.append({"op": "put_field", "entity": entity.key, "field": field})
    return changes


def _thin_entities(said: str, mvs: Mvs, locale: Locale) -> list[Data] | None:
    thin = [entity for entity in mvs.entities if len(entity.fields) < 3]
    by_name = [
        change
        for name, listed in lines_by_name(said)
        for entity in entities_named(name, mvs)[:1]
        for change in fields_named(entity, listed, mvs)
    ]
    if by_name or not thin or any(len(one.split()) > 6 for one in items(said)):
        return by_name
    return fields_named(thin[0], said, mvs)


def _required_fields(said: str, mvs: Mvs, locale: Locale) -> list[Data] | None:
    changes: list[Data] = []
    for entity in [e for e in mvs.entities if not any(f.required for f in e.fields)]:
        keys = mentioned(said, {field.key: (field.label,) for field in entity.fields})
        for field in [one for one in entity.fields if one.key in keys and one.type != "computed"]:
            data = {**field.model_dump(mode="json", exclude_defaults=True), "required": True}
            changes.append({"op": "put_field", "entity": entity.key, "field": data})
    return changes


def _islands(said: str, mvs: Mvs, locale: Locale) -> list[Data] | None:
    links = [
        (entity.key, field.to) for entity in mvs.entities for field in entity.fields if field.to
    ]
    linked = {key for pair in links for key in pair}
    named = entities_named(said, mvs)
    lonely = [one for one in mvs.entities if one.key not in linked]
    holder = next((one for one in named if one in lonely), lonely[0] if lonely else None)
    target = next((one for one in named if one is not holder), None)
    if holder is None or target is None:
        return None
    key = key_of(target.key, "field", [field.key for field in holder.fields])
    field = {"key": key, "label": target.label, "type": "reference", "to": target.key}
    return [{"op": "put_field", "entity": holder.key, "field": field}]


def _who_sees(said: str, mvs: Mvs, locale: Locale) -> list[Data] | None:
    unseen = [
        one for one in mvs.entities if not any("view" in may for may in one.permissions.values())
    ]
    return [_may(entity, role, ["view"]) for entity in unseen for role in roles_named(said, mvs)]


def _who_creates(said: str, mvs: Mvs, locale: Locale) -> list[Data] | None:
    found = entities_named(said, mvs) or list(mvs.entities)
    may = ["view", "create", "edit"]
    return [_may(entity, role, may) for entity in found for role in roles_named(said, mvs)]


def _workflow(said: str, mvs: Mvs, locale: Locale) -> list[Data] | None:
    named = lines_by_name(said)
    about, listed = named[0] if named else ("", said)
    stages = [one for one in items(listed) if len(one) <= 40]
    if len(stages) < 2 or any(len(one.split()) > 4 for one in stages):
        return None
    found = entities_named(about, mvs)
    entity = found[0] if found else likely_to_pass_stages(mvs)
    return staged(entity, stages, mvs, locale)


def _rules(said: str, mvs: Mvs, locale: Locale) -> list[Data] | None:
    found = entities_named(said, mvs)
    if not found or len(said.strip()) < PROSE_MIN:
        return None
    rule = {"type": "in_words", "text": said.strip()[:1000]}
    return [{"op": "put_rule", "entity": found[0].key, "rule": rule}]


def _dashboards(said: str, mvs: Mvs, locale: Locale) -> list[Data] | None:
    from chalicelib.discovery.proposal_texts import PROPOSED

    label = PROPOSED[locale]["overview"]
    tiles = [next(tiles_of(entity, locale)) for entity in entities_named(said, mvs)]
    return [
        {"op": "put_tile", "dashboard": "overview", "dashboard_label": label, "tile": tile}
        for tile in tiles
    ]


def _sentences(op: str, member: str) -> Reader:
    def read(said: str, mvs: Mvs, locale: Locale) -> list[Data] | None:
        lines = [one.strip(" -•\t") for one in said.splitlines() if one.strip(" -•\t")]
        if len(lines) == 1 and op == "set_out_of_scope":
            lines = [label_of(one) for one in items(said)]
        if not lines or min(map(len, lines)) < 3:
            return None
        return [{"op": op, "items": [*getattr(mvs, member), *lines[:SENTENCES_MAX]]}]

    return read


READERS: Final[dict[str, Reader]] = {
    "name": _name,
    "fit": _entities,
    "summary": _prose("summary"),
    "problem": _prose("problem"),
    "roles": _roles,
    "role_descriptions": _role_descriptions,
    "idle_roles": _idle_roles,
    "entities": _entities,
    "thin_entities": _thin_entities,
    "required_fields": _required_fields,
    "islands": _islands,
    "who_sees": _who_sees,
    "who_creates": _who_creates,
    "workflow": _workflow,
    "rules": _rules,
    "dashboards": _dashboards,
    "success": _sentences("set_success", "success"),
    "out_of_scope": _sentences("set_out_of_scope", "out_of_scope"),
}
