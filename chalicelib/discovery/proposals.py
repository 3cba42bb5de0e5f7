"""What the guide proposes for each question, so that a plain yes is always an answer.

In: an MVS, a language. Out: options, each in words and as changes. Callers: the guide. The surprise: an option never
does more than it says; together they must leave the MVS valid, and a test says yes to everything until the score is
reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from chalicelib.discovery import drafting
from chalicelib.discovery.examples import example_rows
from chalicelib.discovery.naming import key_of
from chalicelib.discovery.proposal_texts import PROPOSED
from chalicelib.discovery.records import Data
from chalicelib.discovery.rule_proposals import propose_rules
from chalicelib.discovery.tile_proposals import propose_tiles
from chalicelib.mvs.spec import Entity, Locale, Mvs
from chalicelib.mvs.values import MOMENTS

OWN_MAX: Final = 4
"""Options of one question: more is a catalogue, not a proposal."""


@dataclass(frozen=True)
class Option:
    words: str
    changes: list[Data]


def propose(about: str, mvs: Mvs, locale: Locale) -> list[Option]:
    """Empty when there is nothing sensible to propose."""
    maker = MAKERS.get(about)
    return maker(mvs, locale) if maker else []


def joined(names: Iterable[str], locale: Locale) -> str:
    """'citas, clientes y salas'."""
    listed = list(names)
    last = " y " if locale == "es" else " and "
    if last == " y " and listed[-1:] and listed[-1].lower().startswith(("i", "hi")):
        last = " e "
    return last.join(filter(None, [", ".join(listed[:-1]), *listed[-1:]]))


def _things(mvs: Mvs, locale: Locale) -> str:
    return joined([entity.plural.lower() for entity in mvs.entities[:4]], locale)


def _summary(mvs: Mvs, locale: Locale) -> list[Option]:
    who = joined([role.label for role in mvs.roles[:3]], locale)
    text = PROPOSED[locale]["summary"].format(who=who, things=_things(mvs, locale))
    return [Option(text, [{"op": "set_text", "field": "summary", "text": text}])]


def _problem(mvs: Mvs, locale: Locale) -> list[Option]:
    text = PROPOSED[locale]["problem"].format(things=_things(mvs, locale))
    return [Option(text, [{"op": "set_text", "field": "problem", "text": text}])]


def _roles(mvs: Mvs, locale: Locale) -> list[Option]:
    words = PROPOSED[locale]
    taken = [role.key for role in mvs.roles]
    key = key_of("manager", "role", taken)
    role = {"op": "put_role", "key": key, "label": words["manager"]}
    may = [_may(entity, key, ["view", "create", "edit", "delete"]) for entity in mvs.entities]
    described = {**role, "description": words["manager_does"]}
    return [Option(words["add_manager"], [described, *may])]


def _may(entity: Entity, role: str, actions: list[str]) -> Data:
    return {"op": "set_permissions", "entity": entity.key, "role": role, "actions": actions}


def _role_descriptions(mvs: Mvs, locale: Locale) -> list[Option]:
    words, options = PROPOSED[locale], []
    for role in [one for one in mvs.roles if not one.description]:
        keeps = _plurals(mvs, role.key, "edit") or _plurals(mvs, role.key, "create")
        sees = _plurals(mvs, role.key, "view")
        code = "does_keep" if keeps else "does_see"
        does = words[code].format(things=joined((keeps or sees)[:4], locale) or words["everything"])
        changes: list[Data] = [{"op": "put_role", "key": role.key, "description": does}]
        options.append(Option(f"{role.label}: {does}", changes))
    return options


def _plurals(mvs: Mvs, role: str, action: str) -> list[str]:
    return [
        entity.plural.lower()
        for entity in mvs.entities
        if action in entity.permissions.get(role, ())
    ]


def _idle_roles(mvs: Mvs, locale: Locale) -> list[Option]:
    busy = {role for e in mvs.entities for role, may in e.permissions.items() if may}
    options = []
    for role in [one for one in mvs.roles if one.key not in busy]:
        words = PROPOSED[locale]["sees_all"].format(role=role.label)
        options.append(Option(words, [_may(entity, role.key, ["view"]) for entity in mvs.entities]))
    return options


def _entities(mvs: Mvs, locale: Locale) -> list[Option]:
    known = {entity.key: entity.label for entity in mvs.entities}
    roles = [role.key for role in mvs.roles]
    options = []
    for name in PROPOSED[locale]["more_things"].split("|"):
        if any(name.lower() == entity.plural.lower() for entity in mvs.entities):
            continue
        changes = drafting.things([name], known=known, roles=roles, locale=locale)
        if changes[0]["key"] in [*known, *(f"{key}_2" for key in known)]:
            continue
        known[changes[0]["key"]] = changes[0]["label"]
        options.append(Option(name, changes))
        if len(options) == 3 - min(len(mvs.entities), 2):
            break
    return options


def _thin_entities(mvs: Mvs, locale: Locale) -> list[Option]:
    words, options = PROPOSED[locale], []
    for entity in [one for one in mvs.entities if len(one.fields) < 3]:
        keys = [field.key for field in entity.fields]
        wanted = [("day", words["day"], "date"), ("notes", words["notes"], "long_text"), ("reference_code", words["code"], "text")]  # fmt: skip
        new = [one for one in wanted if one[0] not in keys][: 3 - len(keys)]
        changes: list[Data] = [
            {
                "op": "put_field",
                "entity": entity.key,
                "field": {"key": key, "label": label, "type": kind},
            }
            for key, label, kind in new
        ]
        named = joined([label.lower() for _, label, _ in new], locale)
        options.append(Option(f"{entity.plural}: {named}", changes))
    return options


def _required_fields(mvs: Mvs, locale: Locale) -> list[Option]:
    options = []
    for entity in [e for e in mvs.entities if not any(f.required for f in e.fields)]:
        field = next(one for one in entity.fields if one.key == entity.title)
        data = {**field.model_dump(mode="json", exclude_defaults=True), "required": True}
        changes: list[Data] = [{"op": "put_field", "entity": entity.key, "field": data}]
        options.append(Option(f"{entity.plural}: {field.label.lower()}", changes))
    return options


def _islands(mvs: Mvs, locale: Locale) -> list[Option]:
    links = [
        (entity.key, field.to) for entity in mvs.entities for field in entity.fields if field.to
    ]
    linked = {key for source, target in links if source != target for key in (source, target)}
    islands = [entity for entity in mvs.entities if entity.key not in linked]
    hub = _hub(mvs, [target for _, target in links if target], islands)
    options = []
    for entity in [one for one in islands if one is not hub]:
        # What happens refers to what there is; of two alike, the lonely one refers.
        happens = any(field.type in MOMENTS for field in hub.fields) and not any(
            field.type in MOMENTS for field in entity.fields
        )
        holder, target = (hub, entity) if happens else (entity, hub)
        key = key_of(target.key, "field", [field.key for field in holder.fields])
        field = {"key": key, "label": target.label, "type": "reference", "to": target.key}
        changes: list[Data] = [{"op": "put_field", "entity": holder.key, "field": field}]
        words = PROPOSED[locale]["refers"].format(holder=holder.label, target=target.label.lower())
        options.append(Option(words, changes))
    return options


def _hub(mvs: Mvs, targets: Sequence[str], islands: Sequence[Entity]) -> Entity:
    """What most things refer to; with nothing but islands, the first of them."""
    most = max(targets, key=targets.count) if targets else mvs.entities[0].key
    return next(entity for entity in mvs.entities if entity.key == most)


def _who_sees(mvs: Mvs, locale: Locale) -> list[Option]:
    options = []
    for entity in [
        e for e in mvs.entities if not any("view" in may for may in e.permissions.values())
    ]:
        words = PROPOSED[locale]["all_see"].format(things=entity.plural.lower())
        changes = [_may(entity, role.key, ["view"]) for role in mvs.roles]
        options.append(Option(words, changes))
    return options


def _who_creates(mvs: Mvs, locale: Locale) -> list[Option]:
    role = mvs.roles[0]
    words = PROPOSED[locale]["keeps_all"].format(role=role.label)
    may = [_may(entity, role.key, ["view", "create", "edit"]) for entity in mvs.entities]
    return [Option(words, may)]


def _success(mvs: Mvs, locale: Locale) -> list[Option]:
    texts = PROPOSED[locale]["success"].format(things=_things(mvs, locale)).split("|")
    return [Option(" ".join(texts), [{"op": "set_success", "items": [*mvs.success, *texts]}])]


def _out_of_scope(mvs: Mvs, locale: Locale) -> list[Option]:
    texts = PROPOSED[locale]["out_of_scope"].split("|")
    items = [*mvs.out_of_scope, *texts]
    return [Option(joined(texts, locale), [{"op": "set_out_of_scope", "items": items}])]


def _demo(mvs: Mvs, locale: Locale) -> list[Option]:
    rows = example_rows(mvs, locale)
    changes: list[Data] = [
        {"op": "set_demo", "entity": key, "rows": made} for key, made in rows.items()
    ]
    names = [entity.plural.lower() for entity in mvs.entities if entity.key in rows]
    words = PROPOSED[locale]["examples"].format(things=joined(names, locale))
    return [Option(words, changes)] if changes else []


def propose_workflow(mvs: Mvs, locale: Locale) -> list[Option]:
    from chalicelib.discovery.stages import staged, stages_proposed

    entity = likely_to_pass_stages(mvs)
    labels = stages_proposed(locale)
    words = PROPOSED[locale]["stages"].format(
        things=entity.plural.lower(), stages=" → ".join(labels)
    )
    return [Option(words, staged(entity, labels, mvs, locale))]


def likely_to_pass_stages(mvs: Mvs) -> Entity:
    """What happens (has dates) and refers to other things; of equals, the last one named."""
    return max(
        mvs.entities,
        key=lambda entity: (
            sum(field.type in MOMENTS or field.type == "reference" for field in entity.fields),
            mvs.entities.index(entity),
        ),
    )


MAKERS: Final[dict[str, Callable[[Mvs, Locale], list[Option]]]] = {
    "summary": _summary,
    "problem": _problem,
    "roles": _roles,
    "role_descriptions": _role_descriptions,
    "idle_roles": _idle_roles,
    "entities": _entities,
    "thin_entities": _thin_entities,
    "required_fields": _required_fields,
    "islands": _islands,
    "who_sees": _who_sees,
    "who_creates": _who_creates,
    "workflow": propose_workflow,
    "rules": lambda mvs, locale: [Option(*one) for one in propose_rules(mvs, locale)],
    "dashboards": lambda mvs, locale: [Option(*one) for one in propose_tiles(mvs, locale)],
    "success": _success,
    "out_of_scope": _out_of_scope,
    "demo": _demo,
}
