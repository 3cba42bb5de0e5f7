"""Every answer says what it is, and text says in which characters; no address carries what is secret."""

import re

import pytest

import app as front_door
from chalicelib.http.endpoint import ROUTES
from chalicelib.http.openapi import document
from tests.http.walk_cases import CASES
from tests.http.walking import Stage

assert front_door.app

OPEN = ("GET /v1/docs", "GET /v1/openapi.json", "GET /v1/schemas/mvs", "GET /v1/jwks")
SECRET = re.compile("token|secret|passw|code|state|nonce|verifier|key|mail|name|challenge|device")


def name_of(route):
    return f"{route.method} {route.path}"


GUARDED = [route for route in ROUTES.values() if route.needs]


def is_whole(content_type):
    """JSON is UTF-8 by its own definition (RFC 8259, 8.1) and has no `charset`; all other text names it."""
    kind, _, parameters = content_type.partition(";")
    is_json = kind == "application/json" or kind.endswith("+json")
    return is_json or "charset=utf-8" in parameters.replace(" ", "").split(";")


@pytest.fixture
def stage(world, api, mvs):
    return Stage(world, api, mvs)


@pytest.mark.parametrize("route", GUARDED, ids=name_of)
def test_a_good_answer_says_what_it_is(stage, route):
    case = CASES[name_of(route)]
    status, _, headers = stage.ask(route, stage.signed_in("owner"), case)
    usual = route.media_type if status < 300 else "application/problem+json"
    assert status < 300 or status == case.status
    assert headers["Content-Type"].partition(";")[0] == usual.partition(";")[0]
    assert is_whole(headers["Content-Type"])


@pytest.mark.parametrize("asked", OPEN)
def test_so_does_what_anybody_may_read(api, asked):
    status, _, headers = api(*asked.split(), key="")
    assert status == 200
    assert is_whole(headers["Content-Type"])


@pytest.mark.parametrize("route", ROUTES.values(), ids=name_of)
def test_so_does_a_refusal(api, route):
    path = re.sub(r"{\w+}", "x", route.path)
    status, body, headers = api(
        route.method, f"{path}?nobody=reads&nobody=takes_two", raw=b"{", key=""
    )
    assert 400 <= status < 500
    assert headers["Content-Type"] == "application/problem+json"
    assert body["status"] == status


def test_what_is_documented_is_what_is_sent():
    """But for its parameters, as OpenAPI has it."""
    kinds = {
        kind.partition(";")[0]
        for methods in document()["paths"].values()
        for operation in methods.values()
        for answer in operation["responses"].values()
        for kind in answer.get("content", {})
    }
    ours = {route.media_type.partition(";")[0] for route in ROUTES.values()}
    assert kinds == ours | {"application/problem+json"}


def test_no_address_carries_what_is_secret():
    """Addresses end up in logs, histories and Referer. What a route is sent in its query or path is no secret."""
    parameters = {
        (path, one["name"])
        for path, methods in document()["paths"].items()
        for operation in methods.values()
        for one in operation["parameters"]
        if one.get("in") in {"query", "path"}
    }
    assert parameters
    suspects = {one for one in parameters if SECRET.search(one[1]) and one[1] != "key_id"}
    blueprint = "/v1/blueprints/{key}"  # its key is public, the name is the new app's
    assert suspects == {(blueprint, "key"), (blueprint, "name")}
