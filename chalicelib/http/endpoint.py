"""What every route shares: who asks, may they, how often, what do they send, one call, what goes back.

In: Chalice's current request. Out: a route made from a view, and `ROUTES`, the list that the OpenAPI document and the
tests of permissions are made from. Callers: the modules beside it. The surprise: `current_request.path` is the route's
template, so the true path is taken from the event's context.

A view's signature is its contract: `body` and `query` are annotated with models of `schemas/<module>.py`, which is
imported with the first request that needs it; `gives` names the model of the answer.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from importlib import import_module
from typing import Any, Final, Literal
from uuid import UUID

from chalice.app import Blueprint, Request, Response

from chalicelib.errors import NotFound, PlatformError
from chalicelib.http.admission import admit, by, turn_away
from chalicelib.http.caching import kept_by_caches
from chalicelib.http.call import Call, refuse_strange_headers
from chalicelib.http.once import once
from chalicelib.http.problems import problem, unexpected
from chalicelib.identity.authentication import authenticate
from chalicelib.identity.principal import Principal
from chalicelib.tenancy.origin import USER_AGENT_CHARACTERS_MAX, Origin, current_origin
from chalicelib.tenancy.roles import Permission
from chalicelib.wiring import Wires, wires

BODY_BYTES_MAX: Final = 64 * 1024
HEADERS: Final[dict[str, str | list[str]]] = {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
}

View = Callable[..., Any]
Needs = Permission | Literal["person"] | None


@dataclass(frozen=True, kw_only=True)
class Route:
    """One endpoint, as declared."""

    method: str
    path: str
    needs: Needs
    """A permission; `person`: whoever is signed in, in whatever organization; None: anybody."""
    view: View
    gives: str = ""
    """Model of the answer; empty when there is nothing to say or no model can say it."""
    status: int = HTTPStatus.OK
    location: str = ""
    """Address of what was made, filled from the answer."""
    creates: bool = False
    """Whether an `Idempotency-Key` makes it safe to repeat."""
    needs_idempotency_key: bool = False
    """The room itself makes it safe to repeat, and asks for the key."""
    refuses: tuple[type[PlatformError], ...] = ()
    """What it may refuse besides what its signature tells."""
    body_bytes_max: int = BODY_BYTES_MAX
    reads_raw: bool = False
    """The view reads the body itself, byte by byte."""
    is_counted: bool = True
    """Whether it uses up a limit. What is signed by whoever sends it admits itself."""
    goes_on_unpaid: bool = False
    """Begins nothing, although its permission does: taken while the organization is read-only for its debts."""
    media_type: str = "application/json"
    """Of an answer that the view makes itself as a `Response`."""
    cacheable_s: int = 0
    """The same for everybody: caches keep it for so long, then ask by ETag."""

    def schema(self, name: str) -> Any:
        module = self.view.__module__.replace("chalicelib.http.", "chalicelib.http.schemas.")
        return getattr(import_module(module), name)

    def annotated(self, parameter: str) -> Any:
        """The model of `body` or `query`; None when the view takes none."""
        name = self.view.__annotations__.get(parameter)
        return self.schema(name) if name else None

    @functools.cached_property
    def body_model(self) -> Any:
        return self.annotated("body")

    @functools.cached_property
    def query_model(self) -> Any:
        return self.annotated("query")

    @functools.cached_property
    def answer_model(self) -> Any:
        return self.schema(self.gives)


ROUTES: Final[dict[tuple[str, str], Route]] = {}
"""By method and path, in the order of registration."""


def endpoint(
    routes: Blueprint, path: str, *, method: str, needs: Needs, **declared: Any
) -> Callable[[View], View]:
    """Registers `view(call, **path_ids, body=…, query=…)`; `declared` are the other members of `Route`.

    Path parameters that end in `_id` arrive as UUIDs.
    """

    def register(view: View) -> View:
        route = Route(method=method, path=path, needs=needs, view=view, **declared)
        ROUTES[method, path] = route

        @functools.wraps(view)
        def answer(**params: str) -> Response:
            request: Request = routes.current_request
            asked_from = current_origin.set(origin(request))
            instance = own_path(request)
            headers: dict[str, str] = {}
            try:
                response = answered(route, request, params, wires(), headers)
            except PlatformError as error:
                response = problem(error, instance=instance)
            except Exception as error:
                response = unexpected(error, instance=instance)
            finally:
                current_origin.reset(asked_from)
            response.headers = {**headers, **response.headers}
            return response

        taken = ["*/*"] if method == "GET" else ["application/json"]
        routes.route(path, methods=[method], content_types=taken)(answer)
        return view

    return register


def answered(
    route: Route, request: Request, params: dict[str, str], wires: Wires, headers: dict[str, str]
) -> Response:
    """`headers` is filled with what the caller is told whatever the answer is."""
    credentials = str(request.headers.get("authorization", ""))
    counts_by = by(route.needs)
    if route.is_counted:
        turn_away(counts_by, route.method, credentials, wires=wires)
    refuse_strange_headers(request)
    caller = authenticate(credentials, wires=wires) if route.needs else None
    if route.is_counted:
        headers.update(admit(counts_by, route.method, caller, credentials, wires=wires))
    if caller:
        permit(caller, route)
    call = Call(request, wires, route.body_bytes_max, caller)
    sent = {name: identifier(name, text) for name, text in params.items()}
    sent |= parsed(route, call)
    make = functools.partial(carried_out, route, call, sent)
    return once(call, make) if route.creates else make()


def own_path(request: Request) -> str:
    """As the OpenAPI document writes it: the gateway puts its stage before it."""
    path, stage = (str(request.context.get(name, "")) for name in ("path", "stage"))
    return path.removeprefix(f"/{stage}") if stage else path


def permit(caller: Principal, route: Route) -> None:
    if route.needs == "person":
        _ = caller.person_id
    elif route.needs:
        caller.require(route.needs)
        if not route.goes_on_unpaid:
            caller.require_paid(route.needs)


def parsed(route: Route, call: Call) -> dict[str, Any]:
    """The body and the query, as the models the view is annotated with. Without a model, nothing may be sent."""
    found = {}
    if model := route.query_model:
        found["query"] = call.query_as(model)
    else:
        call.refuse_a_query()
    if model := route.body_model:
        found["body"] = call.body_as(model)
    elif route.method != "GET" and not route.reads_raw:
        call.refuse_a_body()
    return found


def carried_out(route: Route, call: Call, sent: dict[str, Any]) -> Response:
    response = answer_with(route, route.view(call, **sent))
    if route.cacheable_s:
        return kept_by_caches(call.request, response, route.cacheable_s)
    return response


def answer_with(route: Route, told: Any) -> Response:
    if isinstance(told, Response):
        return told
    if not route.gives:
        return Response(body="", status_code=HTTPStatus.NO_CONTENT, headers={**HEADERS})
    shown = as_shown(route.answer_model, told)
    headers = {**HEADERS}
    if route.location:
        headers["Location"] = route.location.format_map(shown.model_dump())
    return Response(body=shown.model_dump_json(), status_code=route.status, headers=headers)


def reply(body: Any, *, status: int = HTTPStatus.OK) -> Response:
    """For the few answers that go out as they are kept."""
    text = json.dumps(body, ensure_ascii=False, default=str)
    return Response(body=text, status_code=status, headers={**HEADERS})


def as_shown(model: Any, told: Any) -> Any:
    """What the view told, as the document says it: a record of a room, a dict, or the model itself."""
    return told if isinstance(told, model) else model.model_validate(told, from_attributes=True)


def origin(request: Request) -> Origin:
    identity = request.context.get("identity") or {}
    agent = str(request.headers.get("user-agent", ""))
    if not agent.isprintable():
        agent = "".join(one for one in agent if one.isprintable())
    return Origin(
        ip=identity.get("sourceIp") or None,
        user_agent=agent[:USER_AGENT_CHARACTERS_MAX] or None,
        request_id=str(request.context.get("requestId", ""))[:100] or None,
    )


def identifier(name: str, text: str) -> Any:
    if not name.endswith("_id"):
        return text
    try:
        return UUID(text)
    except ValueError:
        raise NotFound(f"There is no {name.removesuffix('_id')} {text[:60]!r}.") from None
