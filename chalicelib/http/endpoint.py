"""What every route shares: parse, ask the caller who they are, one call, reply.

In: Chalice's current request. Out: `Call`, what a view reads; and the decorator that turns a view into a route.
Callers: the modules beside it. The surprise: `current_request.path` is the route's template, so the true path is taken
from the event's context.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn
from uuid import UUID

from chalice.app import Blueprint, Request, Response

from chalicelib.errors import InvalidRequest, NotFound, PlatformError, TooLarge
from chalicelib.http.problems import problem, unexpected
from chalicelib.identity.api_keys import authenticate
from chalicelib.identity.principal import Principal
from chalicelib.tenancy.roles import Permission
from chalicelib.wiring import Wires, wires

PAGE_DEFAULT = 20
PAGE_MAX = 100
HEADER_MAX = 200

View = Callable[..., Any]


@dataclass(frozen=True)
class Call:
    """One request as a view sees it."""

    request: Request
    wires: Wires
    _principal: Principal | None

    @property
    def principal(self) -> Principal:
        if self._principal is None:
            raise LookupError("a public route asked who the caller is")
        return self._principal

    @property
    def language(self) -> str:
        """`es` when the caller prefers Spanish, else `en`."""
        wanted = str(self.request.headers.get("accept-language", "")).lower()
        return "es" if wanted.startswith("es") else "en"

    @property
    def idempotency_key(self) -> str:
        key = str(self.request.headers.get("idempotency-key", "")).strip()
        if not key or len(key) > HEADER_MAX or not key.isprintable():
            fault(
                "header Idempotency-Key",
                "is missing or malformed",
                "send any unique text, e.g. a UUID",
            )
        return key

    @property
    def query(self) -> dict[str, str]:
        return dict(self.request.query_params or {})

    @property
    def page(self) -> dict[str, Any]:
        """`limit` and `cursor` of a list."""
        query = self.query
        text = query.get("limit", str(PAGE_DEFAULT))
        if not (text.isascii() and text.isdigit() and 1 <= int(text) <= PAGE_MAX):
            fault("query limit", f"is {text[:20]!r}", f"give a whole number from 1 to {PAGE_MAX}")
        return {"limit": int(text), "cursor": query.get("cursor", "")[:HEADER_MAX] or None}

    def body(self) -> dict[str, Any]:
        """The JSON object sent. Duplicate keys, NaN and anything but an object are faults."""
        raw = _as_bytes(self.request.raw_body)
        limit = self.wires.settings.mvs_bytes_max
        if len(raw) > limit:
            raise TooLarge(
                f"The body has {len(raw)} bytes; at most {limit} are read.", limit_bytes=limit
            )
        try:
            data = json.loads(raw, object_pairs_hook=_no_duplicates, parse_constant=_no_constants)
        except (ValueError, RecursionError) as error:
            fault("body", f"is not JSON we can read: {error}", "send one JSON object in UTF-8")
        if not isinstance(data, dict):
            fault("body", f"is a {type(data).__name__}", "send one JSON object")
        return data


def endpoint(
    routes: Blueprint, path: str, *, method: str, needs: Permission | None
) -> Callable[[View], View]:
    """Registers `view(call, **path_ids)`. `needs` is the permission it takes, None for a public route.

    Path parameters that end in `_id` arrive as UUIDs.
    """

    def register(view: View) -> View:
        @functools.wraps(view)
        def answer(**params: str) -> Any:
            instance = ""
            try:
                request: Request = routes.current_request
                instance = str(request.context.get("path", ""))
                caller = _permitted(request, needs) if needs else None
                ids = {name: _id(name, text) for name, text in params.items()}
                return view(Call(request, wires(), caller), **ids)
            except PlatformError as error:
                return problem(error, instance=instance)
            except Exception as error:
                return unexpected(error, instance=instance)

        routes.route(path, methods=[method], content_types=["application/json"])(answer)
        return view

    return register


def reply(body: Any, *, status: int = 200, location: str = "") -> Response:
    headers: dict[str, str | list[str]] = {
        "Content-Type": "application/json",
        "Cache-Control": "no-store",
    }
    if location:
        headers["Location"] = location
    return Response(
        body=json.dumps(body, ensure_ascii=False, default=str), status_code=status, headers=headers
    )


def fault(path: str, message: str, cure: str) -> NoReturn:
    """Refuses the request with one precise fault."""
    raise InvalidRequest(
        f"{path} {message}; {cure}.", errors=[{"path": path, "message": message, "cure": cure}]
    )


def only(body: dict[str, Any], *allowed: str) -> None:
    """Unknown members are faults: a typo must not pass silently."""
    for name in body:
        if name not in allowed:
            cure = f"use {', '.join(allowed)}" if allowed else "leave it out"
            fault(f"body.{name[:40]}", "is not known here", cure)


def _permitted(request: Request, needs: Permission) -> Principal:
    caller = authenticate(str(request.headers.get("authorization", "")), keys=wires().api_keys)
    caller.require(needs)
    return caller


def _id(name: str, text: str) -> Any:
    if not name.endswith("_id"):
        return text
    try:
        return UUID(text)
    except ValueError:
        raise NotFound(f"There is no {name.removesuffix('_id')} {text[:60]!r}.") from None


def _as_bytes(body: str | bytes | None) -> bytes:
    return body.encode() if isinstance(body, str) else body or b""


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _no_constants(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")
