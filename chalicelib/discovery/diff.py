"""What differs between two states of an MVS, place by place, in words a person reads.

In: the MVS before (None: there was none) and after, and a language. Out: `{path, kind, before, after, words}` in reading
order. Callers: every step of a conversation. The surprise: paths name things by their keys
(`entities.patient.fields.phone`), so they mean the same after something else was added or removed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chalicelib.discovery.diff_texts import TEXTS
from chalicelib.discovery.records import Data
from chalicelib.mvs.texts import language_of

DIFF_MAX = 300
"""More are counted in the last line."""
QUOTED_CHARACTERS = 120
FIELDS_NAMED = 8

Place = tuple[str, str, Any, Any, Data]
"""(path, code of the text, before, after, facts)"""


def diff(before: Data | None, after: Data, language: str) -> list[Data]:
    texts = TEXTS[language_of(language)]
    found = [
        {
            "path": path,
            "kind": _kind(old, new),
            "before": old,
            "after": new,
            "words": texts[code].format_map(facts),
        }
        for path, code, old, new, facts in _document(before or {}, after, texts)
    ]
    if len(found) > DIFF_MAX:
        more = texts["more"].format(count=len(found) - DIFF_MAX + 1)
        rest = {"path": "$", "kind": "changed", "before": None, "after": None, "words": more}
        return [*found[: DIFF_MAX - 1], rest]
    return found


def _kind(before: Any, after: Any) -> str:
    if before is None:
        return "added"
    return "removed" if after is None else "changed"


def _document(before: Data, after: Data, texts: dict[str, str]) -> Iterator[Place]:
    for name in ("name", "summary", "problem", "industry", "currency", "locales"):
        yield from _value(name, f"set_{name}", before.get(name), after.get(name))
    for name in ("success", "out_of_scope"):
        yield from _list(name, before.get(name, []), after.get(name, []))
    yield from _roles(_by(before.get("roles")), _by(after.get("roles")))
    yield from _entities(before, after, texts)
    yield from _dashboards(_by(before.get("dashboards")), _by(after.get("dashboards")))
    yield from _demo(before, after)


def _by(items: Any, key: str = "key") -> dict[str, Data]:
    return {one[key]: one for one in items or []}


def _value(path: str, code: str, old: Any, new: Any, **facts: Any) -> Iterator[Place]:
    if old != new:
        yield path, code, old, new, {"value": _quoted(new), **facts}


def _quoted(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value or "–")
    return text if len(text) <= QUOTED_CHARACTERS else text[: QUOTED_CHARACTERS - 1] + "…"


def _list(path: str, old: list[str], new: list[str]) -> Iterator[Place]:
    for text in new:
        if text not in old:
            yield path, f"added_{path}", None, text, {"value": _quoted(text)}
    for text in old:
        if text not in new:
            yield path, f"removed_{path}", text, None, {"value": _quoted(text)}


def _roles(old: dict[str, Data], new: dict[str, Data]) -> Iterator[Place]:
    for key, role in new.items():
        if key not in old:
            yield f"roles.{key}", "added_role", None, role, role
        elif role != old[key]:
            yield f"roles.{key}", "changed_role", old[key], role, role
    for key in old.keys() - new.keys():
        yield f"roles.{key}", "removed_role", old[key], None, old[key]


def _entities(before: Data, after: Data, texts: dict[str, str]) -> Iterator[Place]:
    old, new = _by(before.get("entities")), _by(after.get("entities"))
    roles = [*before.get("roles", []), *after.get("roles", [])]
    texts = {**texts, **{f"role_{role['key']}": role["label"] for role in roles}}
    for key, entity in new.items():
        path = f"entities.{key}"
        if key not in old:
            yield path, "added_entity", None, _outline(entity), _added(entity)
            yield from _entity_parts(path, {"key": key}, entity, texts)
        elif entity != old[key]:
            yield from _entity_words(path, old[key], entity)
            yield from _fields(path, old[key], entity, texts)
            yield from _entity_parts(path, old[key], entity, texts)
    for key, entity in old.items():
        if key not in new:
            yield f"entities.{key}", "removed_entity", _outline(entity), None, entity


def _outline(entity: Data) -> Data:
    return {"label": entity["plural"], "fields": [field["key"] for field in entity["fields"]]}


def _added(entity: Data) -> Data:
    labels = [field["label"] for field in entity["fields"]]
    more = " …" if len(labels) > FIELDS_NAMED else ""
    return {"plural": entity["plural"], "fields": ", ".join(labels[:FIELDS_NAMED]) + more}


def _entity_words(path: str, old: Data, new: Data) -> Iterator[Place]:
    for name in ("label", "plural", "description", "title"):
        yield from _value(
            f"{path}.{name}",
            f"entity_{name}",
            old.get(name),
            new.get(name),
            entity=old["plural"],
        )


def _fields(path: str, old: Data, new: Data, texts: dict[str, str]) -> Iterator[Place]:
    was, is_now = _by(old["fields"]), _by(new["fields"])
    for key, field in is_now.items():
        facts = {**field, "entity": new["plural"], "type": texts[f"type_{field['type']}"]}
        if key not in was:
            yield f"{path}.fields.{key}", "added_field", None, field, facts
        elif field != was[key]:
            yield f"{path}.fields.{key}", "changed_field", was[key], field, facts
    for key, field in was.items():
        if key not in is_now:
            facts = {**field, "entity": new["plural"]}
            yield f"{path}.fields.{key}", "removed_field", field, None, facts


def _entity_parts(path: str, old: Data, new: Data, texts: dict[str, str]) -> Iterator[Place]:
    """Rules, life cycle and permissions."""
    facts = {"entity": new["plural"]}
    was, is_now = _by(old.get("rules"), "text"), _by(new.get("rules"), "text")
    for text, rule in is_now.items():
        if rule != was.get(text):
            yield f"{path}.rules", "put_rule", was.get(text), rule, {**facts, "value": text}
    for text in was.keys() - is_now.keys():
        yield f"{path}.rules", "removed_rule", was[text], None, {**facts, "value": text}
    yield from _workflow(path, old.get("workflow"), new)
    may_old, may_new = old.get("permissions", {}), new.get("permissions", {})
    for role in dict.fromkeys([*may_new, *may_old]):
        actions = [texts[f"may_{action}"] for action in may_new.get(role, [])]
        value = ", ".join(actions) or texts["may_nothing"]
        where = f"{path}.permissions.{role}"
        known = {**facts, "role": texts.get(f"role_{role}", role)}
        if may_old.get(role) != may_new.get(role):
            yield (
                where,
                "permission",
                may_old.get(role),
                may_new.get(role),
                {**known, "value": value},
            )


def _workflow(path: str, old: Data | None, entity: Data) -> Iterator[Place]:
    new = entity.get("workflow")
    if old == new:
        return
    facts = {"entity": entity["plural"], "value": ""}
    if new is None:
        yield f"{path}.workflow", "removed_workflow", old, None, facts
        return
    options = _by(_by(entity["fields"])[new["field"]].get("options"))
    facts["value"] = " → ".join(option["label"] for option in options.values())
    yield f"{path}.workflow", "put_workflow", old, new, facts


def _dashboards(old: dict[str, Data], new: dict[str, Data]) -> Iterator[Place]:
    for key, board in new.items():
        if board != old.get(key):
            tiles = ", ".join(tile["label"] for tile in board["tiles"])
            facts = {"label": board["label"], "value": tiles}
            yield f"dashboards.{key}", "put_dashboard", old.get(key), board, facts
    for key in old.keys() - new.keys():
        yield f"dashboards.{key}", "removed_dashboard", old[key], None, old[key]


def _demo(before: Data, after: Data) -> Iterator[Place]:
    old, new = before.get("demo", {}), after.get("demo", {})
    labels = {
        one["key"]: one["plural"] for one in [*before.get("entities", []), *after["entities"]]
    }
    for key in dict.fromkeys([*new, *old]):
        if old.get(key, []) != new.get(key, []):
            was, is_now = len(old.get(key, [])), len(new.get(key, []))
            facts = {"entity": labels.get(key, key), "count": is_now}
            yield f"demo.{key}", "demo", was or None, is_now or None, facts
