"""`/v1/invitations` at the door: asking, sending again, taking back, joining with and without an account."""

from __future__ import annotations

import uuid

import pytest

from tests.http.walking import Stage
from tests.people import PASSWORD

EVA = "eva@example.org"


@pytest.fixture
def stage(world, api):
    return Stage(world, api, None)


@pytest.fixture
def owner(stage):
    stage.credentials = stage.signed_in("owner")
    return stage.send


@pytest.fixture
def invite(owner):
    def invited(email=EVA, role="builder"):
        return owner("POST", "/v1/invitations", {"email": email, "role": role})

    return invited


@pytest.fixture
def link(invite, world, stage):
    """The token in the letter."""

    def sent(*args):
        made = invite(*args)[1]
        return world.invitations.mint_for_invitation(stage.own, uuid.UUID(made["id"]))

    return sent


def test_an_invitation_posts_a_letter_and_nudges_whoever_sends(invite, world):
    status, body, _ = invite(" Eva@Example.ORG ")
    assert (status, body["email"], body["status"]) == (201, EVA, "open")
    assert "token" not in str(body)
    assert [letter.kind for letter in world.outbox.letters.values()] == ["invitation"]
    assert world.jobs.put_jobs == [("mail", {})]


def test_the_same_request_again_invites_once(stage, api, owner, world):
    body, headers = {"email": EVA, "role": "viewer"}, {"Idempotency-Key": "one"}
    first, again = (
        api("POST", "/v1/invitations", body, key=stage.credentials, headers=headers)
        for _ in range(2)
    )
    assert first[:2] == again[:2]
    assert len(world.outbox.letters) == 1


def test_one_address_is_invited_once_and_the_cure_is_named(invite):
    first = invite()[1]
    status, body, _ = invite()
    assert (status, body["invitation_id"]) == (409, first["id"])
    assert body["cure"] == f"POST /v1/invitations/{first['id']}/resend"


@pytest.mark.parametrize(
    "email", ["eva", "eva@localhost", "еva@example.org", "eva@example.org\nBcc: x@y.org", "", None]
)
def test_what_is_no_address_is_a_precise_fault(invite, email):
    status, body, _ = invite(email)
    assert (status, body["errors"][0]["path"]) == (422, "body.email")


def test_an_admin_makes_no_owner(stage):
    stage.credentials = stage.signed_in("admin")
    status, body, _ = stage.send("POST", "/v1/invitations", {"email": EVA, "role": "owner"})
    assert (status, "above their own role" in body["detail"]) == (403, True)


def test_open_and_past_ones_are_listed_in_pages(invite, owner, stage):
    stage.world.organizations.buys(stage.own, "starter")
    made = [invite(f"{name}@example.org")[1]["id"] for name in "abc"]
    owner("DELETE", f"/v1/invitations/{made[0]}", {})
    first = owner("GET", "/v1/invitations?limit=2", {})[1]
    second = owner("GET", f"/v1/invitations?limit=2&cursor={first['next_cursor']}", {})[1]
    found = first["items"] + second["items"]
    assert [one["id"] for one in found] == made[::-1]
    assert [one["status"] for one in found] == ["open", "open", "revoked"]


def test_whoever_holds_the_link_sees_what_it_leads_to(api, link):
    status, body, _ = api("POST", "/v1/invitations/preview", {"token": link()}, key="")
    assert (status, body["organization_name"], body["email"]) == (200, "Clínica", EVA)
    assert set(body) == {"organization_name", "email", "role", "locale", "expires_at"}


def test_only_the_invited_address_joins_and_others_learn_nothing(stage, link, api, world):
    token, stranger = link(), stage.signed_in(None)
    answers = [
        api("POST", "/v1/invitations/accept", {"token": one}, key=stranger)
        for one in (token, "never-was-one")
    ]
    assert [status for status, *_ in answers] == [403, 403]
    assert answers[0][1]["detail"] == answers[1][1]["detail"]


def test_the_invited_person_joins(stage, world, api, invite):
    eva = stage.signed_in(None)
    email = world.people.read(stage.walker).email
    stage.credentials = stage.signed_in("owner")
    made = invite(email)[1]
    token = world.invitations.mint_for_invitation(stage.own, uuid.UUID(made["id"]))
    status, body, _ = api("POST", "/v1/invitations/accept", {"token": token}, key=eva)
    assert (status, body["organization_id"], body["role"]) == (200, str(stage.own), "builder")
    assert api("POST", "/v1/invitations/accept", {"token": token}, key=eva)[:2] == (200, body)


def newcomer(api, token, **more):
    body = {"token": token, "name": "Eva", "password": PASSWORD, "locale": "es", **more}
    return api("POST", "/v1/invitations/accept-as-new", body, key="")


def test_who_has_no_account_joins_and_signs_in(api, link, world, stage):
    status, body, _ = newcomer(api, link())
    assert (status, body["role"]) == (201, "builder")
    person = world.people.read(uuid.UUID(body["user_id"]))
    assert (person.email, person.name, person.has_password) == (EVA, "Eva", True)
    signed_in = {"email": EVA, "password": PASSWORD}
    assert api("POST", "/v1/auth/sign-in", signed_in, key="")[0] == 200


def test_a_used_link_is_good_for_nothing(api, link):
    token = link()
    assert newcomer(api, token)[0] == 201
    assert newcomer(api, token)[0] == 410
    assert api("POST", "/v1/invitations/preview", {"token": token}, key="")[0] == 410


def test_who_has_an_account_is_told_to_sign_in(api, stage, world, invite):
    stage.signed_in(None)
    email = world.people.read(stage.walker).email
    stage.credentials = stage.signed_in("owner")
    made = invite(email)[1]
    token = world.invitations.mint_for_invitation(stage.own, uuid.UUID(made["id"]))
    status, body, _ = newcomer(api, token)
    assert (status, "Sign in" in body["detail"]) == (409, True)


@pytest.mark.parametrize("password", ["short", "Clínica", EVA, "x" * 257])
def test_a_weak_password_is_refused_and_the_link_stays_good(api, link, password):
    token = link()
    status, body, _ = newcomer(api, token, password=password)
    assert (status, body["errors"][0]["path"]) == (422, "body.password")
    assert newcomer(api, token)[0] == 201


def test_without_a_good_link_no_password_is_hashed(api, world, link):
    """A hash is dear; who can't join does not make us pay for one."""
    hashed = []
    world.passwords.hashed = hashed.append
    assert newcomer(api, "never-was-one")[0] == 410
    assert hashed == []


@pytest.mark.parametrize("token", ["", "a b", "a" * 201, "a/../b", "é", None, 7])
def test_what_is_no_token_is_a_precise_fault(api, token):
    status, body, _ = newcomer(api, token)
    assert (status, body["errors"][0]["path"]) == (422, "body.token")
