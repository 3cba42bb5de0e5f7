"""One request of the API, done: who asks, which route, once under its key, kept as a whole.

In: `Asked`. Out: status, body, headers. Callers: `handler.py`. The surprise: an error of a route is an answer too and is
given again under the same key; what failed before the route began is not.
"""

from __future__ import annotations

import ast
import functools
import inspect
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.stripe_server import keys, renewals
from tests.stripe_server.events import API_VERSION
from tests.stripe_server.params import typed
from tests.stripe_server.routes import route
from tests.stripe_server.wire import Refused, answer, decoded, invalid

NEVER_KEPT = (409, 429)


@dataclass(frozen=True, kw_only=True)
class Asked:
    method: str
    path: str
    query: str = ""
    raw: str = ""
    is_json: bool = False
    key: str = ""
    idempotency_key: str | None = None
    version: str | None = None
    request_id: str = ""
    wait: Callable[[], object] = lambda: None
    """Called when the key is taken and nothing is done yet."""

    def later(self, wait):
        return replace(self, wait=wait)

    @property
    def params(self):
        found = decoded(self.query)
        if self.is_json and self.raw:
            try:
                return {**found, **json.loads(self.raw)}
            except ValueError as error:
                raise invalid("Invalid JSON.") from error
        return {**found, **decoded(self.raw)}

    def params_or_nothing(self):
        try:
            return self.params
        except Refused:
            return {}


def done(stripe, asked):
    account = stripe.account
    try:
        account.store.is_live = keys.admitted(stripe.keys, asked)
        function, params_type, pieces = _route(asked)
        _check_version(asked)
        params = asked.params
        answered = _begin(stripe, asked, params)
        if answered:
            return *answered, {"Idempotent-Replayed": "true", **_headers(asked, answered[0])}
    except Refused as refused:
        return refused.status, refused.body, _headers(asked, refused.status)
    try:
        asked.wait()
        account.asking.request_id = asked.request_id
        account.asking.idempotency_key = asked.idempotency_key
        status, body = _carried_out(stripe, asked, params, (function, params_type, pieces))
        return status, body, _headers(asked, status)
    finally:
        account.asking.__dict__.clear()
        if asked.idempotency_key:
            stripe.once.end(asked.idempotency_key)


def _carried_out(stripe, asked, params, found):
    """`(status, body)`, kept under the key with all that it changed."""
    account = stripe.account
    function, params_type, pieces = found
    with account.store.lock:
        renewals.catch_up(account)
        try:
            wanted = typed(params, params_type)
            expand = wanted.pop("expand", ())
        except Refused as refused:
            return refused.status, refused.body
        if asked.method == "GET":
            try:
                return 200, answer(account, _called(account, function, wanted, pieces), expand)
            except Refused as refused:
                return refused.status, refused.body
        try:
            with account.store.changing():
                body = answer(account, _called(account, function, wanted, pieces), expand)
                _keep(stripe, asked, params, 200, body)
        except Refused as refused:
            with account.store.changing():
                _keep(stripe, asked, params, refused.status, refused.body)
            return refused.status, refused.body
    stripe.deliveries.look()
    return 200, body


def _called(account, function, wanted, pieces):
    """Raises for what the double never looks at: Stripe would have done something with it."""
    found = function(account, wanted, *pieces)
    ignored = [name for name in wanted.unseen() if name not in _words(function.__module__)]
    if ignored:
        raise Refused(501, "api_error", f"The double does nothing with: {', '.join(ignored)}")
    return found


@functools.cache
def _words(module):
    """Every text of a module's source: what it only looks at sometimes is among them."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}


def _begin(stripe, asked, params):
    if not asked.idempotency_key:
        return None
    return stripe.once.begin(asked.idempotency_key, asked.method, asked.path, params)


def _keep(stripe, asked, params, status, body):
    if asked.idempotency_key and status not in NEVER_KEPT:
        stripe.once.keep(asked.idempotency_key, (asked.method, asked.path, params), status, body)


def _route(asked):
    found = route(asked.method, asked.path)
    if found is None:
        message = f"Unrecognized request URL ({asked.method}: {asked.path})."
        raise Refused(404, "invalid_request_error", message)
    return found


def _check_version(asked):
    if asked.version not in (None, API_VERSION):
        raise invalid(f"Invalid Stripe API version: {asked.version} (the double: {API_VERSION})")


def _headers(asked, status):
    headers = {"Stripe-Version": API_VERSION}
    if status in (400, 401, 402, 403, 404):
        headers["Stripe-Should-Retry"] = "false"
    if asked.idempotency_key:
        headers["Idempotency-Key"] = asked.idempotency_key
    return headers
