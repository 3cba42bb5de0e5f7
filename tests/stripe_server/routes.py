"""Every route of the double: `(method, pattern)` → `(function, the SDK's type of its parameters)`.

The function gets the account, the parameters, then each piece of the path in braces; it answers an object of Stripe's. Where
the type is None, parameters are taken as they come. Callers: `handler.py`. Each resource brings its own `ROUTES`.
"""

from __future__ import annotations

import re

from tests.stripe_server import (
    cards,
    catalogue,
    checkout,
    clocks,
    collecting,
    customers,
    endpoints,
    events,
    invoices,
    meters,
    pages,  # noqa: F401
    payments,
    portal,
    previews,
    refunds,
    renewals,  # noqa: F401
    schedules,
    subscriptions,
)

RESOURCES = (
    customers,
    cards,
    catalogue,
    meters,
    clocks,
    events,
    endpoints,
    payments,
    subscriptions,
    schedules,
    previews,
    invoices,
    collecting,
    refunds,
    checkout,
    portal,
)
"""`pages` and `renewals` have no routes of the API: importing them fills the tables of pages and of what time brings."""
ROUTES = {key: value for resource in RESOURCES for key, value in resource.ROUTES.items()}
_PATTERNS = [
    (method, re.compile(re.sub(r"\{\w+\}", "([^/]+)", pattern)), function, params_type)
    for (method, pattern), (function, params_type) in ROUTES.items()
]


def route(method, path):
    """`(function, params_type, pieces of the path)`, or None."""
    for wanted, pattern, function, params_type in _PATTERNS:
        found = pattern.fullmatch(path) if wanted == method else None
        if found:
            return function, params_type, found.groups()
    return None
