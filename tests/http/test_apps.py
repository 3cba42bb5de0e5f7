import copy
import uuid

import pytest


def test_an_app_is_made_from_an_mvs_and_can_be_read_again(api, mvs):
    status, app, headers = api("POST", "/v1/apps", {"mvs": mvs})
    assert (status, app["name"], app["url"]) == (201, mvs["name"], None)
    assert api("GET", headers["Location"])[1] == app


def test_its_mvs_comes_back_whole(api, mvs):
    app = api("POST", "/v1/apps", {"mvs": mvs})[1]
    kept = api("GET", f"/v1/apps/{app['id']}/mvs")[1]
    assert [e["key"] for e in kept["entities"]] == [e["key"] for e in mvs["entities"]]


def test_an_invalid_mvs_names_every_fault_and_makes_nothing(api, mvs):
    bad = copy.deepcopy(mvs)
    bad["entities"][0]["title"] = "nowhere"
    bad["entities"][1]["fields"][0]["type"] = "colour"
    status, body, headers = api("POST", "/v1/apps", {"mvs": bad})
    assert (status, body["type"]) == (422, "urn:fragua:problem:invalid-mvs")
    assert headers["Content-Type"] == "application/problem+json"
    assert {"entities[0].title", "entities[1].fields[0].type"} <= {
        e["path"] for e in body["errors"]
    }
    assert all(e["message"] and e["cure"] for e in body["errors"])
    assert api("GET", "/v1/apps")[1]["items"] == []


def test_faults_come_in_spanish_to_who_asks_in_spanish(api, mvs):
    bad = {**mvs, "roles": []}
    english = api("POST", "/v1/apps", {"mvs": bad})[1]["errors"]
    spanish = api("POST", "/v1/apps", {"mvs": bad}, headers={"Accept-Language": "es-ES"})[1][
        "errors"
    ]
    assert [e["path"] for e in english] == [e["path"] for e in spanish]
    assert english[0]["message"] != spanish[0]["message"]


def test_the_mvs_of_an_app_can_be_replaced(api, mvs):
    app = api("POST", "/v1/apps", {"mvs": mvs})[1]
    status, changed, _ = api(
        "PUT", f"/v1/apps/{app['id']}/mvs", {"mvs": {**mvs, "summary": "Otra"}}
    )
    assert status == 200
    assert changed["mvs_sha256"] != app["mvs_sha256"]


def test_validation_answers_with_faults_or_a_score_and_keeps_nothing(api, mvs):
    assert api("POST", "/v1/mvs/validate", {"mvs": mvs})[1]["completeness"]["score"] >= 80
    verdict = api("POST", "/v1/mvs/validate", {"mvs": {"fragua": 1}})[1]
    assert (verdict["valid"], bool(verdict["errors"])) == (False, True)


def test_the_schema_is_public(api):
    status, schema, _ = api("GET", "/v1/schemas/mvs", key="")
    assert (status, schema["type"]) == (200, "object")


def test_lists_come_in_pages(api, mvs):
    made = [api("POST", "/v1/apps", {"mvs": mvs})[1]["id"] for _ in range(3)]
    first = api("GET", "/v1/apps?limit=2")[1]
    second = api("GET", f"/v1/apps?limit=2&cursor={first['next_cursor']}")[1]
    assert [app["id"] for app in first["items"] + second["items"]] == made[::-1]
    assert second["next_cursor"] is None


@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "²"])
def test_a_page_size_out_of_bounds_is_a_precise_fault(api, limit):
    status, body, _ = api("GET", f"/v1/apps?limit={limit}")
    assert (status, body["errors"][0]["path"]) == (422, "query.limit")


@pytest.mark.parametrize(
    "id_", ["nope", "00000000-0000-4000-8000-000000000000", "..", "1; drop table apps"]
)
def test_an_unknown_app_is_not_found(api, id_):
    status, body, _ = api("GET", f"/v1/apps/{id_}")
    assert (status, body["status"]) == (404, 404)


@pytest.mark.parametrize("path", ["", "/mvs", "/generations"])
def test_another_tenants_app_does_not_exist(api, world, mvs, path):
    app = api("POST", "/v1/apps", {"mvs": mvs})[1]
    stranger = world.api_keys.issue(uuid.uuid4())
    assert api("GET", f"/v1/apps/{app['id']}{path}", key=stranger)[0] == 404
