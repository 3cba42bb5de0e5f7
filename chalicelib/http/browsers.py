"""What browsers are told with every answer, should somebody open one: only over TLS, not as something else, not framed.

In: an answer of a view, or one Chalice made itself. Out: the same with the headers it lacks. Callers: the app, as
middleware. The surprise: this is an API and the headers guard pages, but an answer that is opened as a page is one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from chalice.app import Response

ALWAYS: Final = {
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def told_to_browsers(event: Any, answer: Callable[[Any], Response]) -> Response:
    response = answer(event)
    response.headers = {**ALWAYS, **response.headers}
    return response
