"""Idempotency-Key at the door: the same request answers the same, another one is refused. Crashes: tests/database/test_once.py."""

from __future__ import annotations

import uuid

import pytest

from chalicelib.http.endpoint import ROUTES

NEW = {"name": "Nightly build", "role": "builder"}
ONCE = {"Idempotency-Key": "one"}


def keys_of(api):
    return len(api("GET", "/v1/api-keys?limit=100")[1]["items"])


def test_a_repeated_request_answers_the_same_and_makes_nothing(api):
    before = keys_of(api)
    first = api("POST", "/v1/api-keys", NEW, headers=ONCE)
    again = api("POST", "/v1/api-keys", NEW, headers=ONCE)
    assert first[0] == 201
    assert again[:2] == first[:2]
    assert keys_of(api) == before + 1


def test_the_address_of_what_was_made_is_repeated_too(api, mvs):
    first = api("POST", "/v1/apps", {"mvs": mvs}, headers=ONCE)[2]
    again = api("POST", "/v1/apps", {"mvs": mvs}, headers=ONCE)[2]
    assert again["Location"] == first["Location"]
    assert again["Content-Type"] == "application/json"


def test_another_body_under_the_same_key_is_refused(api):
    api("POST", "/v1/api-keys", NEW, headers=ONCE)
    status, told, _ = api("POST", "/v1/api-keys", NEW | {"name": "Other"}, headers=ONCE)
    assert (status, told["type"]) == (409, "urn:fragua:problem:conflict")


def test_another_address_under_the_same_key_is_refused(api, mvs):
    api("POST", "/v1/api-keys", NEW, headers=ONCE)
    assert api("POST", "/v1/apps", {"mvs": mvs}, headers=ONCE)[0] == 409


@pytest.mark.parametrize("tenant", ["the same", "another"])
def test_somebody_elses_same_key_is_theirs(api, world, tenant):
    other = world.api_keys.issue(world.tenant if tenant == "the same" else uuid.uuid4())
    first = api("POST", "/v1/api-keys", NEW, headers=ONCE)[1]
    theirs = api("POST", "/v1/api-keys", NEW | {"name": "Other"}, headers=ONCE, key=other)[1]
    assert theirs["id"] != first["id"]


def test_without_a_key_each_request_counts(api):
    made = {api("POST", "/v1/api-keys", NEW)[1]["id"] for _ in range(2)}
    assert len(made) == 2


def test_a_refused_request_may_be_sent_again_under_its_key(api):
    assert api("POST", "/v1/api-keys", NEW | {"role": "root"}, headers=ONCE)[0] == 422
    assert api("POST", "/v1/api-keys", NEW, headers=ONCE)[0] == 201


@pytest.mark.parametrize("key", ["x" * 201, "a\x7fb"])
def test_a_malformed_key_is_refused(api, key):
    status, told, _ = api("POST", "/v1/api-keys", NEW, headers={"Idempotency-Key": key})
    assert (status, told["errors"][0]["path"]) == (422, "header Idempotency-Key")


def test_who_lost_the_permission_is_not_told_the_answer_again(api, world):
    admin = world.api_keys.issue(world.tenant, role="admin")
    made = api("POST", "/v1/api-keys", NEW, headers=ONCE, key=admin)[1]
    for one in api("GET", "/v1/api-keys")[1]["items"]:
        if one["role"] == "admin":
            api("DELETE", f"/v1/api-keys/{one['id']}")
    status, told, _ = api("POST", "/v1/api-keys", NEW, headers=ONCE, key=admin)
    assert status == 401
    assert made["key"] not in str(told)


def test_every_creating_route_can_be_repeated(app):
    makes = [
        route
        for route in ROUTES.values()
        if route.method == "POST" and route.needs and route.status in (201, 202)
    ]
    assert makes
    assert [
        route.path for route in makes if not (route.creates or route.needs_idempotency_key)
    ] == []
