"""Plain wishes, understood whatever was asked: 'añade el campo talla a productos', 'quita salas', 'call it Sol'.

In: what was said, the MVS. Out: changes, or None when it is no such wish. Callers: the guide. The surprise: a wish that
names something which is not there is no wish, so nothing is ever guessed into being removed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from chalicelib.discovery import drafting
from chalicelib.discovery.naming import label_of
from chalicelib.discovery.phrases import items, mentioned, plain
from chalicelib.discovery.records import Data
from chalicelib.discovery.understanding import (
    entities_named,
    fields_named,
    name_in,
)
from chalicelib.mvs.spec import Locale, Mvs

ADD: Final = r"(?:añade|agrega|añadir|agregar|pon|incluye|add|include)"
REMOVE: Final = r"(?:quita|elimina|borra|quitar|eliminar|sin|remove|delete|drop)"
FIELD: Final = r"(?:el campo|los campos|campo|campos|the fields?|fields?)"
IS_FIELD: Final = re.compile(rf"{FIELD}\s", re.IGNORECASE)
TO: Final = r"(?:a|en|de|to|in|of|from)"
ROLE: Final = r"(?:el rol|los roles|rol|roles|the roles?|a role|roles?)"
CURRENCIES: Final = {"euro": "EUR", "euros": "EUR", "dolar": "USD", "dolares": "USD", "dollar": "USD", "dollars": "USD", "libra": "GBP", "libras": "GBP", "pound": "GBP", "pounds": "GBP"}  # fmt: skip
Wish = Callable[[re.Match[str], str, Mvs, Locale], list[Data] | None]


def wished(said: str, mvs: Mvs, locale: Locale) -> list[Data] | None:
    text = " ".join(said.split()).strip(" .!")
    for pattern, read in WISHES:
        found = pattern.match(text)
        if found and (changes := read(found, text, mvs, locale)):
            return changes
    return None


def _add_fields(found: re.Match[str], said: str, mvs: Mvs, locale: Locale) -> list[Data] | None:
    entities = entities_named(found["thing"], mvs)
    return fields_named(entities[0], found["what"], mvs) if entities else None


def _add_roles(found: re.Match[str], said: str, mvs: Mvs, locale: Locale) -> list[Data] | None:
    from chalicelib.discovery.understanding import understood

    return understood("roles", found["what"], mvs, locale)


def _add_things(found: re.Match[str], said: str, mvs: Mvs, locale: Locale) -> list[Data] | None:
    """'añade productos con nombre, precio y talla', or several without saying what is known of them."""
    known = {entity.key: entity.label for entity in mvs.entities}
    roles = [role.key for role in mvs.roles]
    there = {plain(name) for one in mvs.entities for name in (one.label, one.plural)}
    names = [one for one in items(found["what"]) if plain(one) not in there]
    if not names or any(len(name.split()) > 4 or is_field(name) for name in names):
        return None
    changes = drafting.things(names, known=known, roles=roles, locale=locale)
    listed = items(found["fields"] or "")
    if listed and len(names) == 1:
        changes[0] = _with_fields(changes[0], listed, mvs)
    return changes


def is_field(name: str) -> bool:
    """'el campo talla …' of something that is not there: better not understood than made a thing."""
    return IS_FIELD.match(name) is not None


def _with_fields(entity: Data, listed: list[str], mvs: Mvs) -> Data:
    from chalicelib.discovery.naming import field_of

    others = {one.key: (one.label, one.plural) for one in mvs.entities}
    standing = {plain(field["label"]): field for field in entity["fields"]}
    fields: list[Data] = []
    for text in listed[:40]:
        known = standing.get(plain(text))
        fields.append(known or field_of(text, [field["key"] for field in fields], others))
    if fields[0]["type"] in ("computed", "file", "boolean", "long_text"):
        fields.insert(0, entity["fields"][0])
    fields[0] = {**fields[0], "required": True}
    return {**entity, "fields": fields, "title": fields[0]["key"]}


def _remove_fields(found: re.Match[str], said: str, mvs: Mvs, locale: Locale) -> list[Data] | None:
    changes: list[Data] = []
    for entity in entities_named(found["thing"], mvs)[:1]:
        keys = mentioned(found["what"], {one.key: (one.label,) for one in entity.fields})
        changes = [{"op": "remove_field", "entity": entity.key, "key": key} for key in keys]
    return changes


def _remove(found: re.Match[str], said: str, mvs: Mvs, locale: Locale) -> list[Data] | None:
    """Things, roles and dashboards by their names; each part of the list must be one."""
    changes: list[Data] = []
    for name in items(found["what"]):
        matched = next(_called(name, mvs), None)
        if matched is None:
            return None
        changes.append(matched)
    return changes


def _called(name: str, mvs: Mvs) -> Iterator[Data]:
    for entity in mvs.entities:
        if mentioned(name, {"": (entity.label, entity.plural)}) and len(name.split()) <= 4:
            yield {"op": "remove_entity", "key": entity.key}
    for role in mvs.roles:
        if mentioned(name, {"": (role.label,)}):
            yield {"op": "remove_role", "key": role.key}
    for board in mvs.dashboards:
        if mentioned(name, {"": (board.label,)}):
            yield {"op": "remove_dashboard", "key": board.key}


def _rename(found: re.Match[str], said: str, mvs: Mvs, locale: Locale) -> list[Data] | None:
    """'llama socios a los clientes', 'rename customers to members'."""
    entities = entities_named(found["thing"], mvs)
    if not entities:
        return None
    from chalicelib.discovery.naming import plural, singular

    one = singular(found["what"].strip(" '\"«»").lower(), locale)
    labels = {"label": label_of(one), "plural": label_of(plural(one, locale))}
    return [{"op": "put_entity", "key": entities[0].key, **labels}]


def _call_it(found: re.Match[str], said: str, mvs: Mvs, locale: Locale) -> list[Data] | None:
    name = (name_in(said) or found["what"]).strip(" '\"«»“”.")
    return [{"op": "set_text", "field": "name", "text": name}] if 0 < len(name) <= 60 else None


def _currency(found: re.Match[str], said: str, mvs: Mvs, locale: Locale) -> list[Data] | None:
    what = plain(found["what"])
    code = CURRENCIES.get(what) or (what.upper() if re.fullmatch(r"[a-z]{3}", what) else "")
    return [{"op": "set_currency", "currency": code}] if code else None


def _languages(found: re.Match[str], said: str, mvs: Mvs, locale: Locale) -> list[Data] | None:
    words = plain(said)
    wanted = [code for code, names in (("es", ("espanol", "spanish", "castellano")), ("en", ("ingles", "english"))) if any(name in words for name in names)]  # fmt: skip
    if not wanted:
        return None
    order = sorted({*mvs.locales, *wanted}, key=lambda code: mvs.locales[0] != code)
    return [{"op": "set_locales", "locales": order}]


WISHES: Final[tuple[tuple[re.Pattern[str], Wish], ...]] = (
    (re.compile(rf"{ADD}\s+{FIELD}\s+(?P<what>.+)\s+{TO}\s+(?P<thing>.+)$", re.IGNORECASE), _add_fields),
    (re.compile(rf"{REMOVE}\s+{FIELD}\s+(?P<what>.+)\s+{TO}\s+(?P<thing>.+)$", re.IGNORECASE), _remove_fields),
    (re.compile(rf"{ADD}\s+{ROLE}\s+(?P<what>.+)$", re.IGNORECASE), _add_roles),
    (re.compile(r"(?:(?:cambia|usa|change|use)\s+)?(?:la\s+|the\s+)?(?:moneda|currency)(?:\s+(?:a|es|en|to|is))?\s+(?P<what>\S+)$", re.IGNORECASE), _currency),
    (re.compile(r"(?:también en|en|add|also in|in)\s+(?:idioma\s+)?(?P<what>inglés|español|castellano|english|spanish)(?:\s+(?:también|too|as well))?$", re.IGNORECASE), _languages),
    (re.compile(rf"{ADD}\s+(?P<what>.+?)(?:\s+(?:con|with)\s+(?P<fields>.+))?$", re.IGNORECASE), _add_things),
    (re.compile(rf"{REMOVE}\s+(?:{ROLE}\s+)?(?P<what>.+)$", re.IGNORECASE), _remove),
    (re.compile(r"(?:llama|renombra)\s+(?:a\s+)?(?P<what>.+?)\s+a\s+(?:los|las|el|la)?\s*(?P<thing>.+)$", re.IGNORECASE), _rename),
    (re.compile(r"rename\s+(?P<thing>.+?)\s+to\s+(?P<what>.+)$", re.IGNORECASE), _rename),
    (re.compile(r"(?:llámala|llámalo|llamala|llamalo|se llama|call it|it is called|its name is|the name is|el nombre es)\s+(?P<what>.+)$", re.IGNORECASE), _call_it),
)  # fmt: skip
