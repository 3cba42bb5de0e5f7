"""The front door: what it passes on, and what it says when there is nobody behind it."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from infra.local.front_door import BODY_BYTES_MAX, FrontDoor
from infra.local.place import Place

Ask = Callable[[TestClient[Any, Any]], Awaitable[Any]]


async def echo(request: web.Request) -> web.Response:
    told = {
        "path": request.raw_path,
        "method": request.method,
        "headers": {name.lower(): value for name, value in request.headers.items()},
        "body": (await request.text())[:100],
    }
    return web.json_response(told, status=418, headers={"X-Kept": "yes"})


def through_the_door(place: Place, ask: Ask, *, upstream: bool = True) -> Any:
    async def story() -> Any:
        gateway = web.Application(client_max_size=2 * BODY_BYTES_MAX)
        gateway.router.add_route("*", "/{path:.*}", echo)
        async with TestServer(gateway) as server, aiohttp.ClientSession() as session:
            port = server.port if upstream else 1
            there = Place(home=place.home, emulator_port=port or 1)
            door = FrontDoor(there, session)
            app = web.Application(client_max_size=BODY_BYTES_MAX)
            app.router.add_route("*", "/{path:.*}", door.pass_on)
            async with TestClient(TestServer(app)) as client:
                return await ask(client)

    return asyncio.run(story())


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(home=tmp_path)
    place.make()
    (place.run / "deployed.json").write_text(json.dumps({"outputs": {"RestAPIId": "abc"}}))
    return place


async def answer(reply: aiohttp.ClientResponse) -> tuple[int, str, Any]:
    return reply.status, reply.content_type, await reply.json(content_type=None)


def test_a_request_arrives_at_the_deployed_api_as_it_was_sent(place: Place) -> None:
    async def ask(client: TestClient[Any, Any]) -> Any:
        headers = {"Authorization": "Bearer key", "X-Twice": "a", "Connection": "keep-alive"}
        url = "/v1/apps/a%2Fb?x=1&x=%20"
        reply = await client.post(url, data="hello", headers=headers)
        return reply.headers["X-Kept"], await answer(reply)

    kept, (status, _, told) = through_the_door(place, ask)
    assert (status, kept) == (418, "yes")
    assert told["path"] == "/restapis/abc/api/_user_request_/v1/apps/a%2Fb?x=1&x=%20"
    assert (told["method"], told["body"]) == ("POST", "hello")
    assert told["headers"]["authorization"] == "Bearer key"
    assert told["headers"]["x-forwarded-proto"] == "http"


def test_without_an_emulator_it_says_what_to_do(place: Place) -> None:
    async def ask(client: TestClient[Any, Any]) -> Any:
        return await answer(await client.get("/v1/apps"))

    status, kind, told = through_the_door(place, ask, upstream=False)
    assert (status, kind) == (503, "application/problem+json")
    assert "make up" in told["detail"]


def test_before_the_first_deployment_it_says_so(tmp_path: Path) -> None:
    async def ask(client: TestClient[Any, Any]) -> Any:
        return await answer(await client.get("/v1/apps"))

    status, kind, told = through_the_door(Place(home=tmp_path), ask)
    assert (status, kind) == (503, "application/problem+json")
    assert told["title"] == "The API is not deployed yet"


def test_a_body_larger_than_the_gateway_takes_is_refused_at_once(place: Place) -> None:
    async def ask(client: TestClient[Any, Any]) -> Any:
        reply = await client.post("/v1/mvs", data=io.BytesIO(bytes(BODY_BYTES_MAX + 1)))
        return await answer(reply)

    status, kind, _ = through_the_door(place, ask)
    assert (status, kind) == (413, "application/problem+json")


def test_what_the_caller_did_not_say_is_not_said_for_it(place: Place) -> None:
    async def ask(client: TestClient[Any, Any]) -> Any:
        silent = ("Content-Type", "User-Agent", "Accept")
        return await answer(await client.post("/v1/apps", skip_auto_headers=silent))

    _, _, told = through_the_door(place, ask)
    assert not {"content-type", "user-agent", "accept"} & set(told["headers"])
