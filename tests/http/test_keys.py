"""`/v1/api-keys`: made once, shown once, never more than their maker."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.tenancy.limits_in_process import LimitsInProcess

NEW = {"name": "Nightly build", "role": "builder"}


def in_time(**span):
    return (datetime.now(UTC) + timedelta(**span)).isoformat()


def test_a_key_is_shown_when_it_is_made_and_never_again(api):
    status, made, headers = api("POST", "/v1/api-keys", NEW)
    assert (status, made["state"], made["scopes"]) == (201, "live", [])
    assert headers["Cache-Control"] == "no-store"
    assert api("GET", "/v1/apps", key=made["key"])[0] == 200
    listed = api("GET", "/v1/api-keys")[1]["items"]
    assert listed[0]["id"] == made["id"]
    assert made["key"].split("_")[2] not in str(listed)
    assert made["prefix"] == made["key"].split("_")[1]


def test_a_stopped_key_is_refused_at_once_and_stopping_again_changes_nothing(api):
    made = api("POST", "/v1/api-keys", NEW)[1]
    for _ in range(2):
        assert api("DELETE", f"/v1/api-keys/{made['id']}")[0] == 204
    assert api("GET", "/v1/apps", key=made["key"])[0] == 401
    found = {one["id"]: one for one in api("GET", "/v1/api-keys")[1]["items"]}
    assert found[made["id"]]["state"] == "revoked"
    assert found[made["id"]]["revoked_at"]


def test_scopes_narrow_a_key(api, mvs):
    made = api("POST", "/v1/api-keys", NEW | {"scopes": ["apps:read"]})[1]
    assert api("GET", "/v1/apps", key=made["key"])[0] == 200
    assert api("POST", "/v1/apps", {"mvs": mvs}, key=made["key"])[0] == 403


@pytest.mark.parametrize("role", ["viewer", "builder"])
def test_who_may_not_manage_keys_makes_sees_and_stops_none(api, world, role):
    key = world.api_keys.issue(world.tenant, role=role)
    answers = [
        api("POST", "/v1/api-keys", NEW | {"role": role}, key=key),
        api("GET", "/v1/api-keys", key=key),
        api("DELETE", f"/v1/api-keys/{uuid.uuid4()}", key=key),
    ]
    assert [status for status, *_ in answers] == [403, 403, 403]


def test_a_keys_role_is_not_above_its_makers(api, world):
    admin = world.api_keys.issue(world.tenant, role="admin")
    assert api("POST", "/v1/api-keys", NEW | {"role": "owner"}, key=admin)[0] == 403
    assert api("POST", "/v1/api-keys", NEW | {"role": "admin"}, key=admin)[0] == 201


def test_a_narrowed_key_makes_none_that_is_wider(api, world):
    narrow = world.api_keys.issue(world.tenant, role="owner", scopes=("keys:manage", "apps:read"))
    wanted = NEW | {"role": "viewer"}
    assert api("POST", "/v1/api-keys", wanted, key=narrow)[0] == 403
    assert api("POST", "/v1/api-keys", wanted | {"scopes": ["usage:read"]}, key=narrow)[0] == 403
    assert api("POST", "/v1/api-keys", wanted | {"scopes": ["apps:read"]}, key=narrow)[0] == 201


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"name": ""}, "body.name"),
        ({"name": " \t "}, "body.name"),
        ({"name": "x" * 121}, "body.name"),
        ({"name": "evil\u202etxt"}, "body.name"),
        ({"name": 7}, "body.name"),
        ({"role": "root"}, "body.role"),
        ({"role": None}, "body.role"),
        ({"scopes": ["apps:everything"]}, "body.scopes[0]"),
        ({"scopes": ["apps:read", "audit:read"]}, "body.scopes[1]"),
        ({"scopes": "apps:read"}, "body.scopes"),
        ({"expires_at": "tomorrow"}, "body.expires_at"),
        ({"expires_at": "2099-01-01T00:00:00"}, "body.expires_at"),
        ({"expires_at": in_time(seconds=-1)}, "body.expires_at"),
        ({"expires_at": in_time(days=2 * 365 + 1)}, "body.expires_at"),
        ({"id": "459a9bc7-f3af-41ca-b1c6-cbf78cc054a5"}, "body.id"),
    ],
)
def test_a_faulty_wish_is_refused_with_its_place(api, change, path):
    status, told, _ = api("POST", "/v1/api-keys", NEW | change)
    assert (status, told["errors"][0]["path"]) == (422, path)


def test_an_end_in_two_years_is_as_far_as_it_goes(api):
    status, made, _ = api("POST", "/v1/api-keys", NEW | {"expires_at": in_time(days=729)})
    assert (status, made["state"]) == (201, "live")


def test_the_fifty_first_live_key_is_refused_and_one_stopped_makes_room(api, world):
    while api("POST", "/v1/api-keys", NEW)[0] == 201:
        world.limits = LimitsInProcess()
    listed = api("GET", "/v1/api-keys?limit=100")[1]["items"]
    assert len(listed) == 50
    status, told, _ = api("POST", "/v1/api-keys", NEW)
    assert (status, told["limit"]) == (409, 50)
    api("DELETE", f"/v1/api-keys/{listed[0]['id']}")
    assert api("POST", "/v1/api-keys", NEW)[0] == 201


def test_another_tenants_key_does_not_exist(api, world):
    made = api("POST", "/v1/api-keys", NEW)[1]
    stranger = world.api_keys.issue(uuid.uuid4())
    assert api("DELETE", f"/v1/api-keys/{made['id']}", key=stranger)[0] == 404
    assert made["id"] not in str(api("GET", "/v1/api-keys", key=stranger)[1])
    assert api("GET", "/v1/apps", key=made["key"])[0] == 200


@pytest.mark.parametrize("key_id", ["x", "00000000", "459a9bc7-f3af-41ca-b1c6-cbf78cc054a5"])
def test_what_is_no_key_is_not_found(api, key_id):
    assert api("DELETE", f"/v1/api-keys/{key_id}")[0] == 404


def test_the_list_comes_in_pages_and_says_when_a_key_was_used(api):
    for _ in range(3):
        api("POST", "/v1/api-keys", NEW)
    first = api("GET", "/v1/api-keys?limit=2")[1]
    rest = api("GET", f"/v1/api-keys?limit=2&cursor={first['next_cursor']}")[1]
    assert (len(first["items"]), len(rest["items"]), rest["next_cursor"]) == (2, 2, None)
    assert rest["items"][-1]["last_used_at"]  # the one these requests came with
    assert first["items"][0]["last_used_at"] is None
