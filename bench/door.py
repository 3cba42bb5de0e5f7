"""What one authenticated request costs in the door alone: ours, bare Chalice, and FastAPI + Mangum doing the same.

In process, no network: each is called with the event API Gateway would send. The same is done by ours and the peer: find
the caller by a key, count the request, validate the body, answer a model as JSON. Finding and counting are look-ups in
memory for both, so what is left is the middleware. The quickest of many short batches counts, taken in turn: whatever
else the machine does only ever adds.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

from chalice import Chalice
from pydantic import BaseModel, ConfigDict

from bench.rows import Row, seconds
from chalicelib.http import endpoint, problems
from chalicelib.identity.api_keys import KnownKey, new_key
from chalicelib.settings import Settings
from chalicelib.tenancy.limits_in_process import LimitsInProcess
from chalicelib.tenancy.remembered import Remembered

CALLS, RUNS = 250, 40
BODY = {"name": "x", "count": 1}
KEY = new_key()


class Thing(BaseModel):
    """Sent and answered; the route's models are looked up beside its view."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    name: str
    count: int


def measure() -> Iterable[Row]:
    handlers = [ours(), bare(), fastapi_and_mangum()]
    events = [event() for _ in range(CALLS)]
    times: list[list[float]] = [[], [], []]
    for _ in range(RUNS):
        for handler, spent in zip(handlers, times, strict=True):
            spent.append(seconds(lambda handler=handler: [handler(one) for one in events]))
    door, chalice, peer = (min(spent) / CALLS * 1e6 for spent in times)
    yield Row(
        what="an authenticated request in the door (key, limit, body, answer)",
        ours=door,
        unit="µs",
        peer="FastAPI + Mangum, the same",
        theirs=peer,
    )
    yield Row(
        what="our middleware: the door without Chalice",
        ours=door - chalice,
        unit="µs",
        peer="bare Chalice",
        theirs=chalice,
        target="≤ 50 µs beyond JWT and database",
    )


def ours() -> Callable[[dict[str, Any]], Any]:
    app = Chalice("ours")
    routes = endpoint.Blueprint(__name__)

    def make(call: Any, body: Thing) -> Thing:
        return body

    make.__annotations__ = {"call": "Call", "body": "Thing"}
    register = endpoint.endpoint(routes, "/x", method="POST", needs="apps:write", gives="Thing")
    register(make)
    app.register_blueprint(routes)
    app.register_middleware(problems.chalice_bodies_as_problems, event_type="http")
    endpoint.wires = world
    return checked(lambda sent: app(sent, None))


def world() -> Any:
    return WORLD


class Keys:
    known = KnownKey(
        id=uuid.uuid4(),
        organization_id=uuid.uuid4(),
        secret_sha256=KEY.secret_sha256,
        role="builder",
        scopes=(),
    )

    def known_key(self, prefix: str) -> KnownKey | None:
        return self.known if prefix == KEY.prefix else None

    def note_use(self, tenant_id: object, key_id: object) -> None:
        pass


WORLD = SimpleNamespace(
    settings=Settings(
        stage="dev",
        artifact_bucket="none",
        run_table="none",
        writes_per_minute=10**7,
        key_requests_per_hour=10**9,
    ),
    api_keys=Keys(),
    limits=LimitsInProcess(),
    refused_callers=Remembered(10),
)


def bare() -> Callable[[dict[str, Any]], Any]:
    app = Chalice("bare")
    app.route("/x", methods=["POST"])(lambda: app.current_request.json_body)
    return checked(lambda sent: app(sent, None))


def fastapi_and_mangum() -> Callable[[dict[str, Any]], Any]:
    from bench import fastapi_door

    fastapi_door.known.add(f"Bearer {KEY.text}")
    return checked(fastapi_door.handle)


def checked(handler: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    """Measured only if it does what it should."""
    answer = handler(event())
    assert (answer["statusCode"], json.loads(answer["body"])) == (200, BODY), answer
    return handler


def event() -> dict[str, Any]:
    headers = {
        "content-type": "application/json",
        "authorization": f"Bearer {KEY.text}",
        "user-agent": "bench",
        "host": "localhost",
    }
    return {
        "resource": "/x",
        "path": "/x",
        "httpMethod": "POST",
        "requestContext": {
            "httpMethod": "POST",
            "resourcePath": "/x",
            "path": "/x",
            "requestId": "1",
            "identity": {"sourceIp": "203.0.113.9"},
        },
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "isBase64Encoded": False,
        "body": json.dumps(BODY),
    }
