"""What holds for every route."""

import pytest
from chalice import Chalice
from chalice.test import Client

from chalicelib.http import apps, problems
from chalicelib.http.problems import chalice_bodies_as_problems


@pytest.mark.parametrize(
    "header",
    ["", "Basic x", "Bearer", "Bearer fragua_00000000_" + "0" * 64, "Bearer ñ", "bearer  x y"],
)
def test_without_a_sound_key_nothing_opens(api, header):
    status, body, _ = api("GET", "/v1/apps", key="", headers={"Authorization": header})
    assert (status, body["type"]) == (401, "urn:fragua:problem:unauthenticated")


@pytest.mark.parametrize(
    ("role", "status"), [("owner", 201), ("admin", 201), ("builder", 201), ("viewer", 403)]
)
def test_a_role_opens_what_the_table_says(api, world, mvs, role, status):
    key = world.api_keys.issue(world.tenant, role=role)
    assert api("POST", "/v1/apps", {"mvs": mvs}, key=key)[0] == status


def test_a_scope_narrows_a_role(api, world, mvs):
    key = world.api_keys.issue(world.tenant, role="owner", scopes=["apps:read"])
    assert api("GET", "/v1/apps", key=key)[0] == 200
    assert api("POST", "/v1/apps", {"mvs": mvs}, key=key)[0] == 403


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"", 422),
        (b"{", 422),
        (b"[]", 422),
        (b'"x"', 422),
        (b"\xff\xfe", 422),
        (b'{"mvs": 1, "mvs": 2}', 422),
        (b'{"mvs": NaN}', 422),
        (b'{"mvs": Infinity}', 422),
        (b'{"nonsense": 1}', 422),
        (b'{"mvs": null}', 422),
        (b"[" * 100_000, 422),
        (b" " * (256 * 1024 + 1), 413),
    ],
)
def test_a_body_that_can_not_be_read_is_refused_with_a_reason(api, raw, status):
    answer, body, _ = api("POST", "/v1/apps", raw=raw)
    assert answer == status
    assert body["detail"]


def test_another_content_type_is_a_problem_too(api):
    status, body, headers = api(
        "POST", "/v1/apps", headers={"Content-Type": "text/yaml"}, raw=b"a: 1"
    )
    assert (status, body["type"]) == (415, "urn:fragua:problem:unsupported-media-type")
    assert headers["Content-Type"] == "application/problem+json"


def test_a_wrong_method_is_a_problem_and_says_which_are_right(api):
    status, body, headers = api("DELETE", "/v1/apps")
    assert (status, body["status"]) == (405, 405)
    assert "GET" in headers["Allow"]


def test_our_own_fault_leaks_nothing(api, world, monkeypatch):
    monkeypatch.setattr(world.apps, "page", lambda *_, **__: 1 / 0)
    status, body, _ = api("GET", "/v1/apps")
    assert (status, body["type"]) == (500, "urn:fragua:problem:internal-error")
    assert "division" not in str(body)


def test_a_view_is_short():
    import ast
    import inspect

    from chalicelib.http import generations, mvs

    for door in (apps, generations, mvs):
        views = [
            n
            for n in ast.parse(inspect.getsource(door)).body
            if isinstance(n, ast.FunctionDef) and n.decorator_list
        ]
        assert views
        assert all(len(view.body) <= 10 for view in views)


def test_answers_are_not_kept_by_caches(api):
    assert api("GET", "/v1/apps")[2]["Cache-Control"] == "no-store"


def test_the_middleware_leaves_task_lambdas_alone():
    app = Chalice("tasks")
    app.register_middleware(chalice_bodies_as_problems, event_type="http")

    @app.lambda_function()
    def task(event, context):
        return {"answer": event["question"]}

    with Client(app) as client:
        assert client.lambda_.invoke("task", {"question": 6}).payload == {"answer": 6}


def test_refusals_that_tell_of_somebody_trying_are_in_the_log(api, world, monkeypatch):
    told = []
    monkeypatch.setattr(problems.log, "warning", lambda event, **facts: told.append((event, facts)))
    api("GET", "/v1/apps", key="fragua_00000000_" + "0" * 64)
    api(
        "POST",
        "/v1/api-keys",
        {"name": "x", "role": "viewer"},
        key=world.api_keys.issue(world.tenant, role="viewer"),
    )
    api("GET", f"/v1/apps/{world.tenant}")
    assert [(event, facts["extra"]["slug"]) for event, facts in told] == [
        ("refused", "unauthenticated"),
        ("refused", "forbidden"),
    ]
    assert told[0][1]["extra"]["instance"] == "/v1/apps"
