"""Every route, as everybody: what opens is what `tenancy/roles.py` says, and nothing else does.

The routes are those that are registered; none is named here. `walk_cases.py` has one rightful request for each, and a
route without one fails.
"""

from __future__ import annotations

import json
from typing import get_args

import pytest

import app as front_door
from chalicelib.http.endpoint import ROUTES
from chalicelib.tenancy.roles import PERMISSIONS, Permission, may
from tests.http.walk_cases import CASES, FOR_ANYBODY
from tests.http.walking import ROLES, STRANGERS, Stage

assert front_door.app


def name_of(route):
    return f"{route.method} {route.path}"


GUARDED = [route for route in ROUTES.values() if route.needs]
BY_PERMISSION = [route for route in GUARDED if route.needs != "person"]
BY_PERSON = [route for route in GUARDED if route.needs == "person"]
OF_SOMEBODY = [
    route
    for route in GUARDED
    if name_of(route) in CASES and ("_id}" in route.path or CASES[name_of(route)].names_somebody)
]


def walked(routes):
    return pytest.mark.parametrize("route", routes, ids=name_of)


@pytest.fixture
def stage(world, api, mvs):
    return Stage(world, api, mvs)


def opens(route, answer):
    """Whether it answered what it answers its rightful caller."""
    return answer[0] == (CASES[name_of(route)].status or usual(route))


def usual(route):
    return 204 if not route.gives and route.media_type == "application/json" else route.status


# ---- nothing is left out ----


def test_every_guarded_route_has_its_rightful_request():
    assert {name_of(route) for route in GUARDED} == set(CASES)


def test_only_these_routes_are_for_anybody():
    assert {name_of(route) for route in ROUTES.values() if not route.needs} == FOR_ANYBODY


def test_every_permission_that_a_route_asks_for_is_in_the_one_table():
    assert {route.needs for route in BY_PERMISSION} <= set(get_args(Permission))


def test_what_changes_something_needs_more_than_to_read():
    """A viewer changes nothing: validating an MVS keeps nothing."""
    changing = [route for route in BY_PERMISSION if route.method != "GET"]
    assert {name_of(r) for r in changing if may("viewer", r.needs)} == {"POST /v1/mvs/validate"}


# ---- who is nobody ----


@walked(GUARDED)
def test_nobody_gets_in_without_credentials_that_are_good_now(route, stage):
    for stranger in STRANGERS:
        status, body, headers = stage.ask(route, stranger(stage))
        assert (status, body["type"]) == (401, "urn:fragua:problem:unauthenticated"), stranger
        assert headers["WWW-Authenticate"] == "Bearer"


# ---- roles ----


@walked(BY_PERMISSION)
@pytest.mark.parametrize("role", ROLES)
def test_a_person_opens_what_the_table_says_of_their_role(route, role, stage):
    answer = stage.ask(route, stage.signed_in(role), CASES[name_of(route)])
    if may(role, route.needs):
        assert opens(route, answer), answer
    else:
        assert answer[0] == 403
        assert answer[1]["permission"] == route.needs


@walked(BY_PERMISSION)
@pytest.mark.parametrize("role", ROLES)
def test_a_key_opens_what_the_table_says_of_its_role(route, role, stage):
    answer = stage.ask(route, stage.key(role), CASES[name_of(route)])
    if may(role, route.needs):
        assert opens(route, answer), answer
    else:
        assert answer[0] == 403


@walked(BY_PERMISSION)
def test_a_key_with_other_scopes_opens_nothing_and_one_with_this_scope_opens_it(route, stage):
    others = sorted(PERMISSIONS["owner"] - {route.needs})
    assert stage.ask(route, stage.key(scopes=others))[0] == 403
    enough = {route.needs} | PERMISSIONS["viewer"]  # whoever makes a viewer may what viewers may
    answer = stage.ask(route, stage.key(scopes=sorted(enough)), CASES[name_of(route)])
    assert opens(route, answer), answer


@walked(BY_PERMISSION)
def test_a_scope_gives_nothing_that_the_role_has_not(route, stage):
    for role in ROLES:
        if not may(role, route.needs):
            assert stage.ask(route, stage.key(role, scopes=[route.needs]))[0] == 403


@walked(BY_PERMISSION)
def test_whoever_is_in_no_organization_opens_nothing_of_one(route, stage):
    assert stage.ask(route, stage.signed_in(None))[0] == 403


@walked(BY_PERMISSION)
def test_a_removal_bites_with_the_next_request(route, stage):
    token = stage.signed_in("owner")
    stage.world.standings.leave(stage.walker, stage.own)
    assert stage.ask(route, token)[0] == 403


@walked(BY_PERMISSION)
def test_another_role_bites_with_the_next_request(route, stage):
    token = stage.signed_in("owner")
    stage.world.standings.join(stage.walker, stage.own, "viewer")
    assert (stage.ask(route, token)[0] == 403) == (not may("viewer", route.needs))


# ---- people ----


@walked(BY_PERSON)
@pytest.mark.parametrize("role", ROLES)
def test_what_is_a_persons_opens_for_every_person(route, role, stage):
    case = CASES[name_of(route)]
    if role in case.roles:
        answer = stage.ask(route, stage.signed_in(role), case)
        assert opens(route, answer), answer
    else:
        assert stage.ask(route, stage.signed_in(role), case)[0] == 403


@walked(BY_PERSON)
@pytest.mark.parametrize("role", ROLES)
def test_what_is_a_persons_opens_for_no_key(route, role, stage):
    assert stage.ask(route, stage.key(role))[0] == 403


# ---- other people's things ----


@walked(OF_SOMEBODY)
def test_the_things_of_others_do_not_exist(route, stage):
    case = CASES[name_of(route)]
    for credentials in rightful(route, stage):
        status, body, _ = stage.ask(route, credentials, case, whose="foreign")
        assert status == case.foreign
        assert case.names_somebody or str(stage.foreign) not in json.dumps(body)


@walked(OF_SOMEBODY)
def test_the_things_of_others_answer_as_those_that_never_were(route, stage):
    case = CASES[name_of(route)]
    for credentials in rightful(route, stage):
        foreign = stage.ask(route, credentials, case, whose="foreign")
        never = stage.ask(route, credentials, case, whose="nobody")
        assert foreign[0] == never[0]
        assert foreign[1]["title"] == never[1]["title"]


def rightful(route, stage):
    yield stage.signed_in("owner")
    if route.needs != "person":
        yield stage.key("owner")
