"""Changes carried out: on a copy, and judged as a whole.

In: an MVS as plain data (None at the very beginning) and changes. Out: the changed MVS, valid, as plain data; else
`InvalidMvs`, and nothing has happened. Callers: the use cases of this room. The surprise: an MVS that does not exist yet
is a skeleton without roles and entities, so changes alone can make one.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any

from chalicelib.discovery import changes as asked
from chalicelib.discovery.changes import Change, unknown
from chalicelib.discovery.records import Data
from chalicelib.discovery.removing import (
    remove_entity,
    remove_field,
    remove_role,
)
from chalicelib.mvs.reading import read_mvs
from chalicelib.mvs.spec import Mvs, Part

Missing = Callable[[str, str, Any], Exception]
"""(member, value, what there is) → the refusal."""


def applied(
    mvs: Data | None, changes: Iterable[Change], *, locale: str = "es", language: str = "en"
) -> Data:
    """Raises `InvalidMvs` (whoever asked for the changes must ask for others)."""
    draft = copy.deepcopy(mvs) if mvs is not None else skeleton(locale)
    for index, change in enumerate(changes):

        def missing(member: str, value: str, known: Any, index: int = index) -> Exception:
            return unknown(index, member, value, known, language)

        OPERATIONS[type(change)](draft, change, missing)
    return plain(read_mvs(draft, language=language))


def skeleton(locale: str) -> Data:
    return {"fragua": 1, "locales": [locale], "roles": [], "entities": []}


def plain(mvs: Mvs) -> Data:
    """Without defaults: an attribute that does not apply to a type is a fault when it stands there."""
    return mvs.model_dump(mode="json", exclude_defaults=True)


def _said(part: Part) -> Data:
    return part.model_dump(mode="json", exclude_defaults=True)


def _named(items: list[Data], key: str) -> Data | None:
    return next((one for one in items if one["key"] == key), None)


def _entity(mvs: Data, key: str, missing: Missing) -> Data:
    if found := _named(mvs["entities"], key):
        return found
    raise missing("entity", key, {one["key"]: one for one in mvs["entities"]})


def _put(items: list[Data], part: Data, by: str = "key") -> None:
    for position, one in enumerate(items):
        if one[by] == part[by]:
            items[position] = part
            return
    items.append(part)


def _merge(items: list[Data], part: Data) -> None:
    if standing := _named(items, part["key"]):
        standing.update(part)
    else:
        items.append(part)


def _drop(items: list[Data], by: str, value: str) -> None:
    items[:] = [one for one in items if one[by] != value]


def _set_text(mvs: Data, change: asked.SetText, missing: Missing) -> None:
    mvs[change.field] = change.text


def _set_industry(mvs: Data, change: asked.SetIndustry, missing: Missing) -> None:
    mvs["industry"] = change.industry


def _set_currency(mvs: Data, change: asked.SetCurrency, missing: Missing) -> None:
    mvs["currency"] = change.currency


def _set_locales(mvs: Data, change: asked.SetLocales, missing: Missing) -> None:
    mvs["locales"] = list(change.locales)


def _put_role(mvs: Data, change: asked.PutRole, missing: Missing) -> None:
    _merge(mvs["roles"], _without_op(change))


def _remove_role(mvs: Data, change: asked.RemoveRole, missing: Missing) -> None:
    _refuse_unknown(mvs["roles"], change.key, missing)
    remove_role(mvs, change.key)


def _put_entity(mvs: Data, change: asked.PutEntity, missing: Missing) -> None:
    _merge(mvs["entities"], _without_op(change))


def _remove_entity(mvs: Data, change: asked.RemoveEntity, missing: Missing) -> None:
    _refuse_unknown(mvs["entities"], change.key, missing)
    remove_entity(mvs, change.key)


def _put_field(mvs: Data, change: asked.PutField, missing: Missing) -> None:
    _put(_entity(mvs, change.entity, missing).setdefault("fields", []), _said(change.field))


def _remove_field(mvs: Data, change: asked.RemoveField, missing: Missing) -> None:
    entity = _entity(mvs, change.entity, missing)
    _refuse_unknown(entity["fields"], change.key, missing)
    remove_field(mvs, entity, change.key)


def _put_rule(mvs: Data, change: asked.PutRule, missing: Missing) -> None:
    _put(_entity(mvs, change.entity, missing).setdefault("rules", []), _said(change.rule), "text")


def _remove_rule(mvs: Data, change: asked.RemoveRule, missing: Missing) -> None:
    rules = _entity(mvs, change.entity, missing).get("rules", [])
    if not any(one["text"] == change.text for one in rules):
        raise missing("text", change.text, {one["text"]: one for one in rules})
    _drop(rules, "text", change.text)


def _put_workflow(mvs: Data, change: asked.PutWorkflow, missing: Missing) -> None:
    _entity(mvs, change.entity, missing)["workflow"] = _said(change.workflow)


def _remove_workflow(mvs: Data, change: asked.RemoveWorkflow, missing: Missing) -> None:
    _entity(mvs, change.entity, missing).pop("workflow", None)


def _set_permissions(mvs: Data, change: asked.SetPermissions, missing: Missing) -> None:
    may = _entity(mvs, change.entity, missing).setdefault("permissions", {})
    may[change.role] = list(change.actions)
    if not change.actions:
        del may[change.role]


def _put_dashboard(mvs: Data, change: asked.PutDashboard, missing: Missing) -> None:
    _put(mvs.setdefault("dashboards", []), _said(change.dashboard))


def _remove_dashboard(mvs: Data, change: asked.RemoveDashboard, missing: Missing) -> None:
    _refuse_unknown(mvs.get("dashboards", []), change.key, missing)
    _drop(mvs["dashboards"], "key", change.key)


def _put_tile(mvs: Data, change: asked.PutTile, missing: Missing) -> None:
    boards = mvs.setdefault("dashboards", [])
    if change.dashboard_label and _named(boards, change.dashboard) is None:
        boards.append({"key": change.dashboard, "label": change.dashboard_label, "tiles": []})
    _put(_dashboard(mvs, change.dashboard, missing)["tiles"], _said(change.tile), "label")


def _remove_tile(mvs: Data, change: asked.RemoveTile, missing: Missing) -> None:
    _drop(_dashboard(mvs, change.dashboard, missing)["tiles"], "label", change.label)


def _dashboard(mvs: Data, key: str, missing: Missing) -> Data:
    boards = mvs.get("dashboards", [])
    if found := _named(boards, key):
        return found
    raise missing("dashboard", key, {one["key"]: one for one in boards})


def _set_success(mvs: Data, change: asked.SetSuccess, missing: Missing) -> None:
    mvs["success"] = list(change.items)


def _set_out_of_scope(mvs: Data, change: asked.SetOutOfScope, missing: Missing) -> None:
    mvs["out_of_scope"] = list(change.items)


def _set_demo(mvs: Data, change: asked.SetDemo, missing: Missing) -> None:
    entity = _entity(mvs, change.entity, missing)
    rows = change.model_dump(mode="json", exclude_defaults=True)["rows"]
    mvs.setdefault("demo", {})[entity["key"]] = list(rows)


def _refuse_unknown(items: list[Data], key: str, missing: Missing) -> None:
    if _named(items, key) is None:
        raise missing("key", key, {one["key"]: one for one in items})


def _without_op(change: Part) -> Data:
    said = _said(change)
    del said["op"]
    return said


OPERATIONS: dict[type[Part], Callable[[Data, Any, Missing], None]] = {
    asked.SetText: _set_text,
    asked.SetIndustry: _set_industry,
    asked.SetCurrency: _set_currency,
    asked.SetLocales: _set_locales,
    asked.PutRole: _put_role,
    asked.RemoveRole: _remove_role,
    asked.PutEntity: _put_entity,
    asked.RemoveEntity: _remove_entity,
    asked.PutField: _put_field,
    asked.RemoveField: _remove_field,
    asked.PutRule: _put_rule,
    asked.RemoveRule: _remove_rule,
    asked.PutWorkflow: _put_workflow,
    asked.RemoveWorkflow: _remove_workflow,
    asked.SetPermissions: _set_permissions,
    asked.PutDashboard: _put_dashboard,
    asked.RemoveDashboard: _remove_dashboard,
    asked.PutTile: _put_tile,
    asked.RemoveTile: _remove_tile,
    asked.SetSuccess: _set_success,
    asked.SetOutOfScope: _set_out_of_scope,
    asked.SetDemo: _set_demo,
}
