"""What is to be done at Stripe, so that there is what we sell: a plan of actions, carried out elsewhere or only shown.

In: what there should be (`shelf.py`), what there is, as plain data. Out: `Action`s in order; the settings' line of price ids.
Callers: `infra/billing.py`, `adapters/stripe_catalogue.py`. The surprise: an amount never changes. Another amount is another
price, which takes the lookup key over; the old one stays for those who bought it, so the line names both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal

from chalicelib.billing.price_ids import METERS, OUR_NAME, PLANS
from chalicelib.billing.shelf import MARK, Kind, Of, Wanted
from chalicelib.errors import Conflict

Thing = Mapping[str, Any]
There = Mapping[Kind, Sequence[Thing]]
"""What Stripe has of each kind, ours and others', the newest first."""
Verb = Literal["create", "update", "reactivate", "archive"]


@dataclass(frozen=True, kw_only=True)
class Action:
    verb: Verb
    kind: Kind
    name: str
    id: str | None = None
    """Of what is changed; None for what is made."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    why: str

    def __str__(self) -> str:
        return f"{self.verb:10} {self.kind:11} {self.name:12} {self.why}"


def actions(wanted: Iterable[Wanted], there: There) -> list[Action]:
    """Nothing when all is as it should be. Raises `Conflict` for what only a person can put right."""
    wishes = list(wanted)
    found = {(one.kind, one.name): _ours(one, there) for one in wishes}
    ids = {key: str(thing["id"]) for key, thing in found.items() if thing}
    planned = [_action(one, found[one.kind, one.name], there, ids) for one in wishes]
    known = [replace(one, fields=_named(one.fields, ids)) for one in planned if one]
    return [*known, *_left_over(wishes, there)]


def line(there: There) -> str:
    """The settings' `stripe_prices`."""
    parts = []
    for name in (*PLANS, *METERS):
        sold = _holder(name, there)
        older = [
            one for one in _marked(name, there["price"]) if not sold or one["id"] != sold["id"]
        ]
        if ids := [str(one["id"]) for one in (*((sold,) if sold else ()), *older)]:
            parts.append(f"{name}={'|'.join(ids)}")
    portals = [one for one in _marked("portal", there["portal"]) if one.get("active", True)]
    return ",".join([*parts, *(f"portal={one['id']}" for one in portals[-1:])])


def _action(
    one: Wanted, found: Thing | None, there: There, ids: Mapping[tuple[Kind, str], str]
) -> Action | None:
    if one.kind == "price":
        return _price_action(one, there, ids)
    if found is None:
        return Action(verb="create", kind=one.kind, name=one.name, fields=one.fields, why=_of(one))
    changed = _changed(one.fields, found, ids)
    if one.kind == "meter" and not _is_used(found):
        return Action(
            verb="reactivate",
            kind="meter",
            name=one.name,
            id=str(found["id"]),
            why="was switched off",
        )
    if not changed:
        return None
    if stuck := sorted(one.fixed & {*changed}):
        raise Conflict(
            f"The {one.kind} {found['id']} has another {', '.join(stuck)}, which Stripe lets nobody change. "
            "Switch it off at Stripe and say sync again; a new one is made."
        )
    return Action(
        verb="update",
        kind=one.kind,
        name=one.name,
        id=str(found["id"]),
        fields=changed,
        why=f"another {', '.join(sorted(changed))}",
    )


def _price_action(one: Wanted, there: There, ids: Mapping[tuple[Kind, str], str]) -> Action | None:
    """The price of this amount: there already, known from earlier, or new."""
    amount = {name: one.fields[name] for name in one.fixed}
    same = [
        found for found in _marked(one.name, there["price"]) if not _changed(amount, found, ids)
    ]
    if not same:
        fields = {**one.fields, "transfer_lookup_key": True}
        return Action(verb="create", kind="price", name=one.name, fields=fields, why=_of(one))
    key = one.fields["lookup_key"]
    best = next((found for found in same if found.get("lookup_key") == key), same[0])
    changed = _changed({"active": True, "lookup_key": key}, best, ids)
    if not changed:
        return None
    if "lookup_key" in changed:
        changed = {**changed, "transfer_lookup_key": True}
    return Action(
        verb="update",
        kind="price",
        name=one.name,
        id=str(best["id"]),
        fields=changed,
        why="is sold again",
    )


def _left_over(wishes: Iterable[Wanted], there: There) -> Iterable[Action]:
    """Products of ours that are not sold any more; their prices stay for those who have them."""
    names = {one.name for one in wishes if one.kind == "product"}
    for found in there["product"]:
        mark = _mark(found)
        if mark and mark not in names and found["active"]:
            yield Action(
                verb="archive",
                kind="product",
                name=mark,
                id=str(found["id"]),
                fields={"active": False},
                why="is not sold any more",
            )


def _ours(one: Wanted, there: There) -> Thing | None:
    """Of several, the oldest that is in use. What was switched off is of use where it can be switched on as it is."""
    found = [thing for thing in reversed(there[one.kind]) if _is_this(one, thing)]
    used = [thing for thing in found if _is_used(thing)]
    if one.kind == "product":
        used = used or found
    if one.kind == "meter":
        fixed = {name: one.fields[name] for name in one.fixed}
        used = used or [thing for thing in found if not _changed(fixed, thing, {})]
    return next(iter(used), None)


def _is_this(one: Wanted, thing: Thing) -> bool:
    fields = one.fields
    if one.kind == "meter":
        return bool(thing["event_name"] == fields["event_name"])
    if one.kind == "endpoint":
        return bool(thing["url"] == fields["url"])
    if one.kind == "destination":
        here = {"webhook_endpoint": fields["webhook_endpoint"], "event_payload": "thin"}
        return not _changed(here, thing, {})
    return _mark(thing) == one.name


def _is_used(thing: Thing) -> bool:
    return thing.get("active", True) is True and thing.get("status", "active") in (
        "active",
        "enabled",
    )


def _holder(name: str, there: There) -> Thing | None:
    """The price that is sold now."""
    key = OUR_NAME.format(name=name)
    return next((one for one in there["price"] if one.get("lookup_key") == key), None)


def _marked(name: str, things: Sequence[Thing]) -> list[Thing]:
    return [thing for thing in things if _mark(thing) == name]


def _mark(thing: Thing) -> str | None:
    return (thing.get("metadata") or {}).get(MARK)


def _changed(
    fields: Mapping[str, Any], found: Thing, ids: Mapping[tuple[Kind, str], str]
) -> dict[str, Any]:
    return {
        name: value
        for name, value in fields.items()
        if not _is_so(value, found.get(name), ids, name)
    }


def _is_so(value: Any, found: Any, ids: Mapping[tuple[Kind, str], str], name: str) -> bool:
    """What Stripe adds to what was asked for is no difference."""
    if isinstance(value, Of):
        return bool(found == ids.get((value.kind, value.name)))
    if isinstance(value, Mapping):
        return isinstance(found, Mapping) and not _changed(value, found, ids)
    if isinstance(value, list):
        return isinstance(found, list) and {*value} == {*found}
    if name == "unit_amount_decimal":
        return found is not None and Decimal(str(found)) == Decimal(value)
    return bool(value == found)


def _named(value: Any, ids: Mapping[tuple[Kind, str], str]) -> Any:
    """With the ids that are known; those of what is made before are filled in then."""
    if isinstance(value, Of):
        return ids.get((value.kind, value.name), value)
    if isinstance(value, Mapping):
        return {name: _named(one, ids) for name, one in value.items()}
    return value


def _of(one: Wanted) -> str:
    """What is made, in a few words."""
    fields = one.fields
    if one.kind == "price":
        amount, currency = fields["unit_amount_decimal"], fields["currency"]
        return f"{amount} minor units of {currency}, monthly"
    return str(
        fields.get("name") or fields.get("display_name") or fields.get("url") or "is missing"
    )
