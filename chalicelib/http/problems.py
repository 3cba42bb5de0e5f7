"""problem+json, RFC 9457: the one place where an error becomes an answer.

In: an exception of the tree in `errors.py`, or a body Chalice made itself. Out: a Chalice `Response`.
Callers: `endpoint.py` for ours, the middleware in `__init__.py` for Chalice's own (404, 405, 415, 500).
The surprise: anything outside the tree is answered as a bare 500; its text stays in the log.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from chalice.app import Response

from chalicelib.errors import LimitReached, PlatformError, Unavailable
from chalicelib.log import log

PROBLEM_TYPE = "urn:fragua:problem:"
RETRY_AFTER_S = 2

_CHALICE_SLUGS = {
    400: ("bad-request", "The request can't be served as it is"),
    403: ("forbidden", "Not allowed for this principal"),
    404: ("not-found", "No such thing here"),
    405: ("method-not-allowed", "This address does not answer that method"),
    413: ("too-large", "The request is larger than allowed"),
    415: ("unsupported-media-type", "Send the body as application/json"),
}


def problem(error: PlatformError, *, instance: str = "") -> Response:
    """An error of ours, with its facts as extra members."""
    body = _body(error.status, error.slug, error.title, {**error.facts, "detail": error.detail})
    if instance:
        body["instance"] = instance
    return _response(error.status, body, _retry_headers(error))


def unexpected(error: Exception, *, instance: str = "") -> Response:
    """Our turn: nothing of it leaks, all of it is logged, and an alarm watches the log's event."""
    log.exception("unexpected_error", error_type=type(error).__name__)
    return problem(PlatformError(), instance=instance)


def chalice_bodies_as_problems(event: Any, answer: Callable[[Any], Response]) -> Response:
    """Middleware: rewrites the bodies Chalice makes without asking a view."""
    response = answer(event)
    body = response.body
    if response.status_code < 400 or not (isinstance(body, Mapping) and "Code" in body):
        return response
    status = response.status_code
    slug, title = _CHALICE_SLUGS.get(status, (PlatformError.slug, PlatformError.title))
    detail = str(body.get("Message", title)) if status < 500 else title
    kept = {k: v for k, v in response.headers.items() if k.lower() in ("allow", "retry-after")}
    return _response(status, _body(status, slug, title, {"detail": detail}), kept)


def _retry_headers(error: PlatformError) -> dict[str, str]:
    if isinstance(error, Unavailable):
        return {"Retry-After": str(RETRY_AFTER_S)}
    if isinstance(error, LimitReached):
        return {"Retry-After": str(error.facts.get("retry_after_s", RETRY_AFTER_S))}
    return {}


def _body(status: int, slug: str, title: str, members: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": PROBLEM_TYPE + slug, "title": title, "status": status, **members}


def _response(status: int, body: Mapping[str, Any], headers: Mapping[str, Any]) -> Response:
    return Response(
        body=json.dumps(body, ensure_ascii=False, default=str),
        status_code=status,
        headers={"Content-Type": "application/problem+json", **headers},
    )
