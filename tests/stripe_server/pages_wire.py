"""Pages for people: what a browser sees at Stripe.

In: a path, fields of a form or a query. Out: status, headers, HTML. Callers: `handler.py`. A page is a function(account,
fields, *pieces of the path) that answers `html(…)` or `to(url)`; each module with pages has a table `PAGES` like `ROUTES`.
"""

from __future__ import annotations

import re

from tests.stripe_server.wire import Refused

PAGES = {}
"""`(method, pattern)` → function. Filled by whoever imports `pages.py`."""


def html(text, status=200):
    return status, {}, text


def to(url):
    """Elsewhere, by GET."""
    return 303, {"Location": url}, ""


def answered(account, method, path, fields):
    for (wanted, pattern), page in PAGES.items():
        found = re.fullmatch(re.sub(r"\{\w+\}", "([^/]+)", pattern), path)
        if wanted == method and found:
            try:
                with account.store.changing():
                    return page(account, fields, *found.groups())
            except Refused as refused:
                return html(refused.body["error"]["message"], refused.status)
    return html("There is no such page.", 404)
