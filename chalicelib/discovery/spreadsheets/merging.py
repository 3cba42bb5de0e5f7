"""The fragment of a spreadsheet laid into an MVS.

In: an MVS as plain data or none yet, and a fragment. Out: a valid MVS as plain data, and where each column went.
Callers: the conversation. The surprise: what a person has said already wins; a sheet whose entity is known adds fields to
it and never takes one away.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.discovery.spreadsheets.headers import folded
from chalicelib.discovery.spreadsheets.naming import unlike
from chalicelib.mvs.reading import read_mvs
from chalicelib.mvs.spec import MAX_FIELDS

Data = dict[str, Any]
TEAM = {
    "es": ("Equipo", "Trabaja con los datos del día a día."),
    "en": ("Team", "Works with the data every day."),
}
SUMMARY = {
    "es": "Una aplicación con los datos de la hoja de cálculo: {names}.",
    "en": "An app with the data of the spreadsheet: {names}.",
}
STAFF, MAY = "staff", ["view", "create", "edit"]


@dataclass(frozen=True)
class Merged:
    mvs: Data
    """Valid: `read_mvs` takes it."""
    placed: dict[str, Data]
    """Entity key of the fragment → `{entity, fields: {field key of the fragment: field key of the MVS}}`."""


def merged(
    mvs: Mapping[str, Any] | None, fragment: Mapping[str, Any], *, language: str = "es"
) -> Merged:
    """Raises `InvalidMvs` when both together are more than an MVS may hold."""
    made = begun(fragment) if mvs is None else copy.deepcopy(dict(mvs))
    known = {entity["key"]: _known(made["entities"], entity) for entity in fragment["entities"]}
    taken = [entity["key"] for entity in made["entities"]]
    names = {}
    for key, found in known.items():
        names[key] = found["key"] if found else unlike(key, taken)
        taken.append(names[key])
    placed: dict[str, Data] = {}
    for entity in fragment["entities"]:
        found = known[entity["key"]]
        wanted = _renamed(entity, names)
        fields = _extended(found, wanted) if found else _added(made, wanted, is_first=mvs is None)
        placed[entity["key"]] = {"entity": wanted["key"], "fields": fields}
    fresh = {key for key, found in known.items() if not found}
    samples = {names[key]: fragment["demo"][key] for key in _demonstrable(fragment, fresh)}
    made["demo"] = {**made.get("demo", {}), **samples}
    valid = read_mvs(made, language=language)
    return Merged(valid.model_dump(mode="json", exclude_defaults=True), placed)


def begun(fragment: Mapping[str, Any]) -> Data:
    """An MVS that holds nothing yet but what every one must."""
    language = fragment["locale"]
    label, description = TEAM[language]
    plurals = ", ".join(entity["plural"] for entity in fragment["entities"])
    made: Data = {
        "fragua": 1,
        "name": fragment["name"],
        "locales": [language],
        "industry": "general",
        "summary": SUMMARY[language].format(names=plurals)[:1000],
        "problem": "",
        "roles": [{"key": STAFF, "label": label, "description": description}],
        "entities": [],
        "demo": {},
    }
    if fragment["currency"]:
        made["currency"] = fragment["currency"]
    return made


def _known(entities: Sequence[Data], wanted: Data) -> Data | None:
    """The same thing under the same key or name."""
    names = {folded(wanted[name]) for name in ("label", "plural")}
    for entity in entities:
        theirs = {folded(entity[name]) for name in ("label", "plural")}
        if entity["key"] == wanted["key"] or names & theirs:
            return entity
    return None


def _renamed(entity: Data, names: Mapping[str, str]) -> Data:
    fields = [
        {**field, "to": names[field["to"]]} if "to" in field else field
        for field in entity["fields"]
    ]
    return {**entity, "key": names[entity["key"]], "fields": fields}


def _added(made: Data, entity: Data, *, is_first: bool) -> dict[str, str]:
    """Who may do what with it is a question for people, unless nobody was named yet."""
    made["entities"].append({**entity, "permissions": {STAFF: MAY}} if is_first else entity)
    return {field["key"]: field["key"] for field in entity["fields"]}


def _extended(known: Data, wanted: Data) -> dict[str, str]:
    """Fields it has not yet are added, never required: rows that are there already don't have them."""
    placed: dict[str, str] = {}
    for field in wanted["fields"]:
        same = _same_field(known, field)
        if same is None:
            if len(known["fields"]) >= MAX_FIELDS:
                continue
            keys = [name for each in known["fields"] for name in (each["key"], f"{each['key']}_id")]
            same = {name: value for name, value in field.items() if name != "required"}
            same["key"] = unlike(field["key"], keys)
            known["fields"] = [*known["fields"], same]
        placed[field["key"]] = same["key"]
    return placed


def _same_field(known: Data, wanted: Data) -> Data | None:
    for field in known["fields"]:
        same_name = field["key"] == wanted["key"] or folded(field["label"]) == folded(
            wanted["label"]
        )
        if same_name and field["type"] not in ("computed", "file"):
            return dict(field)
    return None


def _demonstrable(fragment: Mapping[str, Any], fresh: set[str]) -> set[str]:
    """New things whose made-up rows need no row of anything that was there before."""
    owed = {
        entity["key"]: {
            field["to"] for field in entity["fields"] if field.get("required") and "to" in field
        }
        for entity in fragment["entities"]
    }
    found = {key for key in fresh if fragment["demo"].get(key)}
    while any(not owed[key] <= found for key in found):
        found = {key for key in found if owed[key] <= found}
    return found
