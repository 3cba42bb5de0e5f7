"""`/v1/organization` and `/v1/organizations` at the door."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from tests.http.walking import Stage


@pytest.fixture
def stage(world, api):
    return Stage(world, api, None)


@pytest.fixture
def owner(stage):
    """`owner(method, path, body)` as a signed-in owner."""
    stage.credentials = stage.signed_in("owner")
    return stage.send


def named(headers, key):
    return {**headers, "Idempotency-Key": key}


def test_it_shows_the_plan_what_is_left_and_ones_own_role(owner):
    status, body, _ = owner("GET", "/v1/organization", {})
    assert status == 200
    assert (body["plan"], body["role"], body["deletion_due_at"]) == ("free", "owner", None)
    assert {name: body["quota"][name] for name in ("limit", "used", "left")} == {
        "limit": 3,
        "used": 1,
        "left": 2,
    }


def test_a_change_keeps_what_is_left_out(owner):
    before = owner("GET", "/v1/organization", {})[1]
    status, body, _ = owner("PATCH", "/v1/organization", {"name": "  Sonrisa "})
    assert (status, body["name"], body["locale"]) == (200, "Sonrisa", before["locale"])


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""},
        {"name": "x" * 121},
        {"name": "Ana\u202eznA"},
        {"name": 7},
        {"locale": "fr"},
        {"plan": "scale"},
        {"id": "459a9bc7-f3af-41ca-b1c6-cbf78cc054a5"},
    ],
)
def test_what_may_not_be_is_a_precise_fault(owner, body):
    status, told, _ = owner("PATCH", "/v1/organization", body)
    assert status == 422
    assert [one["path"] for one in told["errors"]] == [f"body.{name}" for name in body]


def test_a_change_changes_something(owner):
    assert owner("PATCH", "/v1/organization", {})[0] == 422


def test_somebody_in_no_organization_makes_one_and_repeating_it_makes_no_second(stage, api):
    token = stage.signed_in(None)

    def make(key, name="Taller"):
        return api("POST", "/v1/organizations", {"name": name}, key=token, headers=named({}, key))

    first, again, second = make("one"), make("one"), make("two")
    assert (first[0], first[1]["role"], first[1]["locale"]) == (201, "owner", "en")
    assert again[1]["id"] == first[1]["id"] != second[1]["id"]
    assert make("one", "Otro")[0] == 409


def test_making_one_takes_a_key_to_repeat_it_by(stage, api):
    status, body, _ = api("POST", "/v1/organizations", {"name": "T"}, key=stage.signed_in(None))
    assert (status, body["errors"][0]["path"]) == (422, "header Idempotency-Key")


def test_deleting_takes_the_name_and_says_when(owner, world):
    assert owner("DELETE", "/v1/organization", {"name": "clinica"})[0] == 409
    status, body, _ = owner("DELETE", "/v1/organization", {"name": "Clínica"})
    due = datetime.fromisoformat(body["deletion_due_at"]) - datetime.now(UTC)
    assert status == 200
    assert timedelta(days=13, hours=23) < due <= timedelta(days=14)
    assert [letter.kind for letter in world.outbox.letters.values()] == ["deletion_scheduled"]
    assert ("mail", {}) in world.jobs.put_jobs


def test_until_then_it_works_and_can_be_taken_back(owner):
    owner("DELETE", "/v1/organization", {"name": "Clínica"})
    assert owner("GET", "/v1/organization", {})[1]["deletion_due_at"]
    status, body, _ = owner("POST", "/v1/organization/restore", {})
    assert (status, body["deletion_due_at"]) == (200, None)


def test_an_export_is_asked_for_followed_and_fetched(owner, world, stage):
    status, asked, headers = owner("POST", "/v1/organization/export", {})
    assert (status, asked["status"], asked["url"]) == (202, "pending", None)
    [(job, facts)] = world.jobs.put_jobs
    assert (job, str(facts["export_id"]), facts["tenant_id"]) == ("export", asked["id"], stage.own)
    assert owner("POST", "/v1/organization/export", {})[0] == 409
    world.exports.finish(stage.own, uuid.UUID(asked["id"]), key="exports/a/b.zip", size_bytes=42)
    status, ready, _ = owner("GET", headers["Location"], {})
    assert (ready["status"], ready["size_bytes"]) == ("ready", 42)
    assert ready["url"].startswith("https://bucket/exports/a/b.zip")
    assert world.exports.downloads == [(uuid.UUID(asked["id"]), f"user:{stage.walker}")]


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"failed_at": datetime(2026, 1, 2, tzinfo=UTC)}, "failed"),
        ({"is_late": True}, "failed"),
        (
            {"ready_at": datetime(2026, 1, 2, tzinfo=UTC), "object_key": "k", "is_gone": True},
            "expired",
        ),
    ],
)
def test_an_export_without_a_file_has_no_address(owner, world, told, status):
    asked = owner("POST", "/v1/organization/export", {})[1]
    world.exports.set(uuid.UUID(asked["id"]), **told)
    found = owner("GET", f"/v1/organization/exports/{asked['id']}", {})[1]
    assert (found["status"], found["url"], world.exports.downloads) == (status, None, [])
