"""`/v1/members`, leaving and handing over, at the door."""

from __future__ import annotations

import pytest

from tests.http.walking import Stage


@pytest.fixture
def stage(world, api):
    return Stage(world, api, None)


@pytest.fixture
def owner(stage):
    stage.credentials = stage.signed_in("owner")
    return stage.send


def members(send):
    return {one["user_id"]: one for one in send("GET", "/v1/members", {})[1]["items"]}


def test_everybody_sees_who_is_there(owner, stage):
    eva = stage.person("viewer")
    found = members(owner)
    assert {one["role"] for one in found.values()} == {"owner", "viewer"}
    assert found[str(eva)]["email"].endswith("@example.org")


@pytest.mark.parametrize(
    ("role", "is_told"), [("owner", True), ("admin", True), ("builder", False), ("viewer", False)]
)
def test_who_has_no_second_factor_is_for_those_who_manage_people(stage, role, is_told):
    stage.credentials = stage.signed_in(role)
    told = {one["has_second_factor"] for one in members(stage.send).values()}
    assert told == ({False} if is_told else {None})


def test_another_role_is_given_and_bites_with_the_next_request(owner, stage, api):
    token = stage.signed_in("viewer")
    viewer, stage.credentials = stage.walker, stage.signed_in("owner")
    assert api("GET", "/v1/invitations", key=token)[0] == 403
    status, body, _ = owner("PATCH", f"/v1/members/{viewer}", {"role": "admin"})
    assert (status, body["role"]) == (200, "admin")
    assert api("GET", "/v1/invitations", key=token)[0] == 200


def test_who_is_removed_is_out_with_the_next_request_and_keeps_their_account(owner, stage, api):
    token = stage.signed_in("builder")
    assert owner("DELETE", f"/v1/members/{stage.walker}", {})[0] == 204
    assert api("GET", "/v1/organization", key=token)[0] == 403
    assert api("GET", "/v1/me", key=token)[0] == 200


@pytest.mark.parametrize(
    "role",
    ["Owner", "owner ", "оwner", "ＯＷＮＥＲ", "root", "", None, 0, ["owner"], "owner\u200b"],
)
def test_what_only_looks_like_a_role_is_none(owner, stage, role):
    status, body, _ = owner("PATCH", f"/v1/members/{stage.walker}", {"role": role})
    assert (status, body["errors"][0]["path"]) == (422, "body.role")


def test_the_last_owner_is_told_what_to_do_first(owner, stage):
    me = stage.walker
    for method, path, body in (
        ("POST", "/v1/organization/leave", {}),
        ("DELETE", f"/v1/members/{me}", {}),
        ("PATCH", f"/v1/members/{me}", {"role": "viewer"}),
    ):
        status, told, _ = owner(method, path, body)
        assert (status, "somebody else an owner first" in told["detail"]) == (409, True)


def test_leaving_is_ones_own_doing_and_needs_no_permission(stage, owner):
    stage.credentials = stage.signed_in("viewer")
    assert stage.send("POST", "/v1/organization/leave", {})[0] == 204
    assert stage.send("GET", "/v1/organization", {})[0] == 403


def test_handing_over_makes_an_admin_of_the_owner(owner, stage):
    me, eva = stage.walker, stage.person("viewer")
    status, body, _ = owner("POST", "/v1/organization/transfer", {"user_id": str(eva)})
    assert (status, body["user_id"], body["role"]) == (200, str(eva), "owner")
    assert members(owner)[str(me)]["role"] == "admin"


@pytest.mark.parametrize("user_id", ["nope", 7, None, "b207bae8-f3e8-40db-8fa3-0238bc8a5012", ""])
def test_handing_over_to_nobody_changes_nothing(owner, stage, user_id):
    assert owner("POST", "/v1/organization/transfer", {"user_id": user_id})[0] in (404, 422)
    assert members(owner)[str(stage.walker)]["role"] == "owner"


def test_in_no_organization_there_is_nothing_to_leave(stage):
    stage.credentials = stage.signed_in(None)
    assert stage.send("POST", "/v1/organization/leave", {})[0] == 403
