"""Stripe's conventions on the wire: forms with brackets, errors, lists in pages, ids that are answered as whole objects.

In: a query or a body; objects of the store. Out: parameters as plain data; bodies of answers. Callers: `handler.py`, each
resource. The surprise: whatever begins with `_` in an object is the double's own and is left out of every answer.
"""

from __future__ import annotations

from urllib.parse import parse_qsl

DEPTH_MAX = 4
INCLUDABLE = {}
"""`(object, field)` → function(account, object): fields that are only there for who expands them."""


class Refused(Exception):
    """An answer that is an error. `is_kept`: what was changed before it stays changed (a card that was tried and declined)."""

    def __init__(self, status, type_, message, *, code=None, param=None, is_kept=False, **more):
        super().__init__(message)
        self.status, self.is_kept = status, is_kept
        said = {"code": code, "message": message, "param": param, "type": type_, **more}
        if code:
            said["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
        self.body = {"error": {name: value for name, value in said.items() if value is not None}}


def invalid(message, param=None, code=None, **more):
    return Refused(400, "invalid_request_error", message, code=code, param=param, **more)


def missing(kind, id_, param="id", *, is_elsewhere=False):
    """404, as for an object of the other mode."""
    name = NAMES.get(kind, kind.rsplit(".", 1)[-1].replace("_", " "))
    message = f"No such {name}: '{id_}'"
    if is_elsewhere:
        message += "; a similar object exists in the other mode (test or live) than your key's"
    return Refused(404, "invalid_request_error", message, code="resource_missing", param=param)


def declined(message, *, code="card_declined", decline_code=None, is_kept=True, **more):
    """402. A card that was tried leaves traces, so what changed before it is kept unless said otherwise."""
    return Refused(
        402, "card_error", message, code=code, decline_code=decline_code, is_kept=is_kept, **more
    )


NAMES = {
    "billing.meter": "billing meter",
    "test_helpers.test_clock": "test clock",
    "checkout.session": "checkout.session",
    "billing_portal.configuration": "configuration",
}


def decoded(text):
    """`a[b][0][c]=1` → `{"a": {"b": {"0": {"c": "1"}}}}`; who knows the types makes lists of it: `params.py`."""
    found = {}
    for key, value in parse_qsl(text, keep_blank_values=True):
        steps = key.replace("]", "").split("[")
        node = found
        for step in steps[:-1]:
            node = node.setdefault(step, {})
            if not isinstance(node, dict):
                raise invalid(f"Invalid hash: {key}", param=steps[0])
        last = steps[-1]
        node[last if last else str(len(node))] = value
    return found


def shown(found):
    """A copy without what is the double's own."""
    if isinstance(found, dict):
        return {name: shown(value) for name, value in found.items() if not name.startswith("_")}
    if isinstance(found, list):
        return [shown(each) for each in found]
    return found


def answer(account, found, wishes=()):
    """What is sent: a copy, with whole objects where the caller wants them."""
    copy = shown(found)
    if copy.get("deleted"):
        # Of what is gone there is nothing left to expand, and asking for it is no fault.
        return copy
    for wish in wishes or ():
        steps = wish.split(".")
        if len(steps) > DEPTH_MAX:
            raise invalid(f"You cannot expand more than {DEPTH_MAX} levels of a property", "expand")
        _expand(account, copy, steps, wish)
    return copy


def _expand(account, node, steps, wish):
    if isinstance(node, list):
        for each in node:
            _expand(account, each, steps, wish)
        return
    step, rest = steps[0], steps[1:]
    if not isinstance(node, dict):
        raise invalid(f"This property cannot be expanded ({wish}).", param="expand")
    include = INCLUDABLE.get((node.get("object"), step))
    if step not in node and include is None:
        raise invalid(f"This property cannot be expanded ({wish}).", param="expand")
    if step not in node:
        node[step] = shown(include(account, node))
    elif isinstance(node[step], str):
        whole = account.store.find(node[step])
        if whole is None:
            raise invalid(f"This property cannot be expanded ({wish}).", param="expand")
        node[step] = shown(whole)
    if rest and node[step] is not None:
        _expand(account, node[step], rest, wish)


def page(found, params, url, *, newest_first=True):
    """One page of a list of Stripe's, `found` in the order in which they came."""
    if newest_first:
        order = {id(each): number for number, each in enumerate(found)}
        found = sorted(found, key=lambda each: (each.get("created", 0), order[id(each)]))[::-1]
    found = [each for each in found if _is_within(each, params.get("created"))]
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise invalid("Invalid integer: limit must be between 1 and 100", param="limit")
    if "ending_before" in params:
        end = _place(found, params["ending_before"], "ending_before")
        chosen, has_more = found[max(0, end - limit) : end], end > limit
    else:
        begin = (
            _place(found, params["starting_after"], "starting_after") + 1
            if params.get("starting_after")
            else 0
        )
        chosen, has_more = found[begin : begin + limit], len(found) > begin + limit
    return {"object": "list", "data": chosen, "has_more": has_more, "url": url}


def whole_list(found, url):
    """A list inside an object."""
    return {"object": "list", "data": found, "has_more": False, "url": url}


def _place(found, id_, param):
    for number, each in enumerate(found):
        if each["id"] == id_:
            return number
    raise invalid(f"No such object: '{id_}'", param=param, code="resource_missing")


def _is_within(each, wanted):
    if wanted is None:
        return True
    if not isinstance(wanted, dict):
        return each["created"] == int(wanted)
    checks = {
        "gt": lambda made, bound: made > bound,
        "gte": lambda made, bound: made >= bound,
        "lt": lambda made, bound: made < bound,
        "lte": lambda made, bound: made <= bound,
    }
    return all(checks[name](each["created"], int(bound)) for name, bound in wanted.items())
