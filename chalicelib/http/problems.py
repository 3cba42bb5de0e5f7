"""problem+json, RFC 9457: the one place where an error becomes an answer.

In: an exception of the tree in `errors.py`, or a body Chalice made itself. Out: a Chalice `Response`.
Callers: `endpoint.py` for ours, the middleware in `__init__.py` for Chalice's own (404, 405, 415, 500).
The surprise: anything outside the tree is answered as a bare 500; its text stays in the log.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from chalice.app import Response

from chalicelib.errors import (
    Forbidden,
    LimitReached,
    MethodNotAllowed,
    NotFound,
    PlatformError,
    Refused,
    TooLarge,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
)
from chalicelib.log import log
from chalicelib.tenancy.origin import current_origin

PROBLEM_TYPE = "urn:fragua:problem:"
RETRY_AFTER_S = 2
BUSY = "Send the same again in a moment; the header Retry-After says in how many seconds."
"""What a service of ours said to us is for the log: it names tables, addresses and keys."""

WORTH_A_LINE: Final = (Unauthenticated, Forbidden, LimitReached)
"""Refusals that tell of somebody trying."""

_CHALICE_ERRORS: Final[dict[int, type[PlatformError]]] = {
    error.status: error
    for error in (Refused, Forbidden, NotFound, MethodNotAllowed, TooLarge, UnsupportedMediaType)
}


def problem(error: PlatformError, *, instance: str = "") -> Response:
    """An error of ours, with its facts as extra members."""
    detail = error.detail
    if isinstance(error, Unavailable):
        log.warning("unavailable", slug=error.slug, reason=error.detail)
        detail = BUSY
    if isinstance(error, WORTH_A_LINE):
        log.warning("refused", extra={"slug": error.slug, "instance": instance, **asked_from()})
    body = _body(error.status, error.slug, error.title, {**error.facts, "detail": detail})
    if instance:
        body["instance"] = instance
    return _response(error.status, body, _headers(error))


def asked_from() -> dict[str, str | None]:
    origin = current_origin.get()
    return {"request_id": origin.request_id, "ip": origin.ip}


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
    error = _CHALICE_ERRORS.get(status, PlatformError)
    detail = str(body.get("Message", error.title)) if status < 500 else error.title
    kept = {k: v for k, v in response.headers.items() if k.lower() in ("allow", "retry-after")}
    return _response(status, _body(status, error.slug, error.title, {"detail": detail}), kept)


def _headers(error: PlatformError) -> dict[str, str]:
    if isinstance(error, Unavailable):
        return {"Retry-After": str(RETRY_AFTER_S)}
    if isinstance(error, LimitReached):
        return _limit_headers(error.facts)
    if isinstance(error, Unauthenticated):
        return {"WWW-Authenticate": "Bearer"}
    return {}


def _limit_headers(facts: Mapping[str, Any]) -> dict[str, str]:
    """Of the bucket that is empty; facts as `tenancy.limits.refusal` gives them."""
    headers = {"Retry-After": str(facts.get("retry_after_s", RETRY_AFTER_S))}
    if "window_s" in facts:
        headers |= {
            "RateLimit-Limit": str(facts["limit"]),
            "RateLimit-Remaining": "0",
            "RateLimit-Reset": str(facts["full_after_s"]),
            "RateLimit-Policy": f"{facts['limit']};w={facts['window_s']}",
        }
    return headers


def _body(status: int, slug: str, title: str, members: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": PROBLEM_TYPE + slug, "title": title, "status": status, **members}


def _response(status: int, body: Mapping[str, Any], headers: Mapping[str, Any]) -> Response:
    return Response(
        body=json.dumps(body, ensure_ascii=False, default=str),
        status_code=status,
        headers={"Content-Type": "application/problem+json", **headers},
    )
