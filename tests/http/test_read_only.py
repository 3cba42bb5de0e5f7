"""Every route while the organization is read-only for its debts: nothing begins, and everything else goes on."""

from __future__ import annotations

import uuid

import pytest

from chalicelib.errors import PaymentRequired
from chalicelib.http.answers import refusals
from tests.http.test_permissions_walk import BY_PERMISSION, name_of, opens, walked
from tests.http.walk_cases import CASES
from tests.http.walking import Stage, addressed

RESTS = {
    "POST /v1/apps",
    "PUT /v1/apps/{app_id}/mvs",
    "POST /v1/apps/{app_id}/generations",
    "POST /v1/generations/{generation_id}/resume",
    "POST /v1/discoveries",
    "POST /v1/discoveries/{discovery_id}/messages",
    "POST /v1/discoveries/{discovery_id}/turns/{number}/retry",
    "PUT /v1/discoveries/{discovery_id}/mvs",
    "POST /v1/discoveries/{discovery_id}/undo",
    "POST /v1/discoveries/{discovery_id}/approve",
    "POST /v1/discoveries/{discovery_id}/imports",
}
RESTING = [route for route in BY_PERMISSION if name_of(route) in RESTS]
INVITE = "POST /v1/invitations"
"""Managing people goes on, but nobody more is asked to join."""
GOING_ON = [route for route in BY_PERMISSION if name_of(route) not in {*RESTS, INVITE}]


@pytest.fixture
def stage(world, api, mvs):
    return Stage(world, api, mvs)


def owes(stage, state):
    stage.world.standings.owe(stage.own, state)
    stage.world.api_keys.owing[stage.own] = state


def asked(stage, route, state, *, by_key):
    """The owner's rightful request; what it names was made before."""
    case = CASES[name_of(route)]
    stage.credentials = stage.key() if by_key else stage.signed_in("owner")
    ids, body = case.ids(stage, "own"), case.body(stage, "own")
    owes(stage, state)
    return stage.send(route.method, addressed(route.path, ids), body)


def test_what_rests_is_all_there():
    assert {name_of(route) for route in RESTING} == RESTS


@pytest.mark.parametrize("by_key", [True, False], ids=["key", "person"])
@walked(RESTING)
def test_it_rests_and_says_to_pay(stage, route, by_key):
    status, body, _ = asked(stage, route, "read_only", by_key=by_key)
    assert (status, body["type"]) == (402, "urn:fragua:problem:payment-required")
    assert (body["billing_state"], "/v1/billing/portal" in body["detail"]) == ("read_only", True)


@walked(GOING_ON)
def test_it_goes_on(stage, route):
    roles = CASES[name_of(route)].roles
    if "owner" not in roles:
        pytest.skip("not the owner's")
    assert opens(route, asked(stage, route, "read_only", by_key=False))


@pytest.mark.parametrize("state", ["past_due", "grace", "lapsed"])
@walked(RESTING)
def test_nothing_rests_before_and_after(stage, route, state):
    assert opens(route, asked(stage, route, state, by_key=False))


@walked(BY_PERMISSION)
def test_the_document_says_what_rests(route):
    assert (PaymentRequired in refusals(route)) >= (name_of(route) in RESTS)


def test_nobody_is_invited(stage):
    stage.credentials = stage.signed_in("owner")
    owes(stage, "read_only")
    wish = {"email": "eva@example.org", "role": "viewer"}
    status, body, _ = stage.send("POST", "/v1/invitations", wish)
    assert (status, body["type"]) == (402, "urn:fragua:problem:payment-required")


def test_one_more_than_the_plan_has_seats_is_not_invited(stage):
    stage.credentials = stage.signed_in("owner")
    answers = [
        stage.send("POST", "/v1/invitations", {"email": f"{name}@example.org", "role": "viewer"})
        for name in ("eva", "leo", "max")
    ]
    assert [status for status, _, _ in answers] == [201, 201, 402]
    told = answers[-1][1]
    assert told["type"] == "urn:fragua:problem:seats-reached"
    facts = {name: told[name] for name in ("limit", "used", "plan", "next_plan")}
    assert facts == {"limit": 3, "used": 3, "plan": "free", "next_plan": "starter"}


def test_who_may_not_anyway_is_told_that_and_nothing_of_debts(stage):
    token = stage.signed_in("viewer")
    owes(stage, "read_only")
    stage.credentials = token
    assert stage.send("POST", "/v1/apps", {"mvs": stage.mvs})[0] == 403


def test_another_organization_of_theirs_is_not_concerned(stage):
    owes(stage, "read_only")
    stage.credentials = stage.signed_in("owner", stage.foreign)
    assert stage.send("POST", "/v1/apps", {"mvs": stage.mvs})[0] == 201


def test_the_organization_says_how_it_stands(stage):
    stage.credentials = stage.signed_in("owner")
    owes(stage, "read_only")
    assert stage.send("GET", "/v1/organization", None)[1]["billing_state"] == "read_only"


def test_the_quota_says_plan_period_overage_seats_and_runs(stage):
    stage.credentials = stage.signed_in("viewer")
    status, told, _ = stage.send("GET", "/v1/organization/quota", None)
    assert status == 200
    assert (told["plan"], told["limit"], told["used"], told["left"]) == ("free", 3, 1, 2)
    assert told["period_started_at"] < told["resets_at"]
    assert told["overage"] == {"is_offered": False, "generations_max": 0, "generations_used": 0}
    assert (told["running"], told["seats"]) == (
        {"limit": 1, "used": 0},
        {"limit": 3, "used": 2},
    )


def test_a_run_that_models_were_paid_for_stays_charged_when_it_is_cancelled(stage):
    world, here = stage.world, stage.own
    app = world.apps.create(here, name="A", locale="es", mvs=stage.mvs, by="system:test")
    stage.credentials = stage.signed_in("owner")
    charged = {}
    for engine, worst in (("claude", 5), ("claude", 0), ("offline", 5)):
        run = world.generations.start(
            here,
            app.id,
            engine=engine,
            idempotency_key=uuid.uuid4().hex,
            request_sha256="",
            by="system:test",
        ).generation
        if worst:
            world.spending.reserve(str(run.id), 100, "codegen", worst)
        status, told, _ = stage.send("POST", f"/v1/generations/{run.id}/cancel", None)
        assert (status, told["status"]) == (200, "cancelled")
        charged[engine, worst] = world.generations.read(here, run.id).is_charged
    assert charged == {("claude", 5): True, ("claude", 0): False, ("offline", 5): False}


def test_nothing_more_is_spent_by_a_run_that_is_being_cancelled(stage):
    """The books are closed before it is decided whether it has spent."""
    world, here = stage.world, stage.own
    app = world.apps.create(here, name="A", locale="es", mvs=stage.mvs, by="system:test")
    run = world.generations.start(
        here, app.id, engine="claude", idempotency_key="k", request_sha256="", by="system:test"
    ).generation
    stage.credentials = stage.signed_in("owner")
    stage.send("POST", f"/v1/generations/{run.id}/cancel", None)
    assert str(run.id) in world.spending.closed
