"""Every answer that a route can give, as OpenAPI has it: what it tells, and how it refuses.

In: a route, and where the models are described. Out: `responses` of its operation, and the shared ones. Callers: `openapi.py`.
The surprise: how a route may refuse follows from its declaration; only what its use case refuses stands in `refuses`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel

from chalicelib.errors import (
    Conflict,
    Forbidden,
    HeadersTooLarge,
    InvalidRequest,
    LimitReached,
    NotFound,
    PaymentRequired,
    PlatformError,
    TooLarge,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
)
from chalicelib.http.endpoint import Route
from chalicelib.http.problems import PROBLEM_TYPE
from chalicelib.http.schemas.problems import PROBLEMS, Problem
from chalicelib.tenancy.arrears import BEGINS_SOMETHING

Json = dict[str, Any]
Refs = Mapping[type[BaseModel], Json]

PROBLEM_JSON: Final = "application/problem+json"
GATEWAY_TYPE: Final = "about:blank"
GATEWAY_STATUSES: Final = frozenset({401, 403, 404, 413, 415, 429, 500, 503})
"""What the gateway may answer before it asks us."""

HEADERS: Final[Json] = {
    "Location": {"description": "Address of what was made.", "schema": {"type": "string"}},
    "ETag": {
        "description": "Send it as If-None-Match and get 304 while nothing has changed.",
        "schema": {"type": "string"},
    },
    "Retry-After": {
        "description": "Seconds to wait before the same request is worth sending.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "WWW-Authenticate": {"description": "How to authenticate.", "schema": {"type": "string"}},
    "RateLimit-Limit": {
        "description": "How many requests fit into the tightest of the caller's limits.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "RateLimit-Remaining": {
        "description": "How many of them are left now.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "RateLimit-Reset": {
        "description": "Seconds until all of them are there again.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "RateLimit-Policy": {
        "description": "Every limit that counted this request: how many, in how many seconds.",
        "schema": {"type": "string", "examples": ["100;w=60, 1000;w=3600"]},
    },
}
LIMIT_HEADERS: Final = tuple(name for name in HEADERS if name.startswith("RateLimit"))


def answers(route: Route, refs: Refs) -> Json:
    """`responses` of the route's operation, by status."""
    by_status: dict[int, list[type[PlatformError]]] = {}
    for error in refusals(route):
        by_status.setdefault(error.status, []).append(error)
    found = {str(status): answer for status, answer in _served(route, refs)}
    for status in sorted(by_status):
        found[str(status)] = _refused(by_status[status])
    return found


def refusals(route: Route) -> list[type[PlatformError]]:
    """Each error that the route may answer with, once."""
    found: list[type[PlatformError]] = [InvalidRequest, HeadersTooLarge, LimitReached, Unavailable]
    if route.needs:
        found += [Unauthenticated, Forbidden]
    if route.needs in BEGINS_SOMETHING and not route.goes_on_unpaid:
        found += [PaymentRequired]
    if "{" in route.path:
        found += [NotFound]
    if route.method != "GET":
        found += [TooLarge, UnsupportedMediaType]
    if route.creates or route.needs_idempotency_key:
        found += [Conflict]
    return list(dict.fromkeys([*found, *route.refuses, PlatformError]))


def shared_answers(errors: set[type[PlatformError]]) -> Json:
    """`components.responses`: one for each error, under the name of its class."""
    return {
        _name(error): {
            "description": _description(error),
            "headers": _headers_of_problem(error),
            "content": _problem(f"#/components/schemas/{_name(error)}"),
        }
        for error in sorted(errors, key=_name)
    }


def problem_schemas(errors: set[type[PlatformError]], refs: Refs) -> Json:
    """`components.schemas` of the same names."""
    return {_name(error): problem_schema(error, refs) for error in sorted(errors, key=_name)}


def problem_schema(error: type[PlatformError], refs: Refs) -> Json:
    types = [PROBLEM_TYPE + slug for slug in _slugs(error)]
    if error.status in GATEWAY_STATUSES:
        types.append(GATEWAY_TYPE)
    exact = {"type": {"enum": types}, "status": {"const": error.status}}
    return {"allOf": [refs[PROBLEMS.get(error, Problem)], {"properties": exact}]}


def _served(route: Route, refs: Refs) -> Iterator[tuple[int, Json]]:
    headers = {name: _header(name) for name in LIMIT_HEADERS if route.is_counted}
    if route.location:
        headers["Location"] = _header("Location", required=True)
    if route.cacheable_s:
        headers["ETag"] = _header("ETag", required=True)
        yield HTTPStatus.NOT_MODIFIED, {"description": "As you have it.", "headers": headers}
    content = _content(route, refs)
    status = route.status if content or route.status >= 300 else HTTPStatus.NO_CONTENT
    answer: Json = {"description": HTTPStatus(status).phrase, "headers": headers}
    yield status, {**answer, "content": content} if content else answer


def _content(route: Route, refs: Refs) -> Json:
    if route.gives:
        return {"application/json": {"schema": refs[route.schema(route.gives)]}}
    if route.view.__annotations__.get("return") != "Response" or route.status >= 300:
        return {}
    kind = "object" if route.media_type.endswith("json") else "string"
    return {route.media_type: {"schema": {"type": kind}}}


def _refused(errors: list[type[PlatformError]]) -> Json:
    """One error is the shared answer itself; several of one status are told apart by `type`."""
    if len(errors) == 1:
        return {"$ref": f"#/components/responses/{_name(errors[0])}"}
    return {
        "description": " Or: ".join(_description(error) for error in errors),
        "headers": {k: v for error in errors for k, v in _headers_of_problem(error).items()},
        "content": _problem(*(f"#/components/schemas/{_name(error)}" for error in errors)),
    }


def _problem(*schemas: str) -> Json:
    references = [{"$ref": schema} for schema in schemas]
    return {PROBLEM_JSON: {"schema": {"anyOf": references} if references[1:] else references[0]}}


def _headers_of_problem(error: type[PlatformError]) -> Json:
    if issubclass(error, Unavailable | LimitReached):
        return {"Retry-After": _header("Retry-After", required=True)}
    if issubclass(error, Unauthenticated):
        return {"WWW-Authenticate": _header("WWW-Authenticate")}
    return {}


def _header(name: str, *, required: bool = False) -> Json:
    shared = {"$ref": f"#/components/headers/{name}"}
    return {**HEADERS[name], "required": True} if required else shared


def _name(error: type[PlatformError]) -> str:
    return "InternalError" if error is PlatformError else error.__name__


def _description(error: type[PlatformError]) -> str:
    return f"{error.title}. `{'`, `'.join(_slugs(error))}`"


def _slugs(error: type[PlatformError]) -> list[str]:
    """Its own. Any of the world's may be busy, so those stand together; finer refusals are declared by name."""
    finer = Unavailable.__subclasses__() if error is Unavailable else []
    return [error.slug, *(each.slug for each in finer)]
