"""Signing in with Google and GitHub at the door, the providers played over real HTTP."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from chalicelib.identity.people import Newcomer
from chalicelib.identity.sessions import open_session
from chalicelib.tenancy.origin import NOWHERE
from tests.identity.providers import Account, GithubStand, GoogleStand, served
from tests.identity.test_oauth import github_at, google_at

HOME = "http://localhost:8000/sign-in"


@pytest.fixture
def stands(world):
    with served(GoogleStand()) as google, served(GithubStand()) as github:
        world.oauth_providers = {"google": google_at(google), "github": github_at(github)}
        yield {"google": google, "github": github}


@pytest.fixture
def ask(api):
    def ask(method, path, body=None, *, token="", **more):
        return api(method, path, body, key=token, **more)[:2]

    return ask


@pytest.fixture
def come(ask, stands):
    """`come("google", device=…)` → (status, body): begins, consents, comes back."""

    def come(provider, *, headers=None, **more):
        begun = ask("POST", f"/v1/auth/oauth/{provider}/start", {"redirect_uri": HOME})[1]
        back = stands[provider].consent(begun["authorization_url"])
        body = {**back, "flow": begun["flow"], **more}
        return ask("POST", f"/v1/auth/oauth/{provider}/finish", body, headers=headers)

    return come


@pytest.fixture
def ana(world):
    """Somebody who signs in with a password."""
    joined = world.people.add(
        Newcomer(
            email="ana@example.com",
            name="Ana",
            locale="es",
            organization_name="Ana's",
            password_hash=world.passwords.hashed("a long enough password"),
        )
    )
    return joined.user_id


@pytest.fixture
def link(ask, stands):
    def link(provider, token, **more):
        path = f"/v1/me/identities/{provider}/link"
        status, begun = ask("POST", path, {"redirect_uri": HOME, **more}, token=token)
        if status != 200:
            return status, begun
        back = stands[provider].consent(begun["authorization_url"])
        return ask("POST", f"{path}/finish", {**back, "flow": begun["flow"]}, token=token)

    return link


def signed_in(ask):
    sent = {"email": "ana@example.com", "password": "a long enough password"}
    return ask("POST", "/v1/auth/sign-in", sent)[1]["access_token"]


def test_what_is_offered_is_told(ask, stands):
    assert ask("GET", "/v1/auth/providers") == (
        200,
        {
            "items": [
                {"provider": "google", "name": "Google"},
                {"provider": "github", "name": "GitHub"},
            ]
        },
    )


def test_nothing_is_offered_where_nothing_is_configured(ask):
    assert ask("GET", "/v1/auth/providers") == (200, {"items": []})
    for step, body in (
        ("start", {"redirect_uri": HOME}),
        ("finish", {"code": "c", "state": "s", "flow": "f"}),
    ):
        status, problem = ask("POST", f"/v1/auth/oauth/google/{step}", body)
        assert status == 404
        assert "Sign in another way" in problem["detail"]


@pytest.mark.parametrize("provider", ["google", "github"])
def test_somebody_new_signs_in_to_an_organization_of_their_own(ask, come, provider):
    status, signed = come(provider, headers={"Accept-Language": "es"})
    assert status == 200
    assert [one["name"] for one in signed["organizations"]] == ["Organización de Ana Pérez"]
    assert signed["role"] == "owner"
    status, me = ask("GET", "/v1/me", token=signed["access_token"])
    assert (me["email"], me["has_password"]) == ("ana@example.com", False)
    assert ask("POST", "/v1/auth/refresh", {"refresh_token": signed["refresh_token"]})[0] == 200


def test_the_same_person_comes_back_and_their_device_is_known(come, world):
    first = come("google")[1]
    letters = len(world.outbox.of("new_sign_in"))
    second = come("google", device=first["device"])[1]
    assert second["organizations"] == first["organizations"]
    assert len(world.outbox.of("new_sign_in")) == letters


def test_who_is_known_by_their_proved_address_is_linked_and_told(come, ana, world, ask):
    token = come("github")[1]["access_token"]
    assert ask("GET", "/v1/me", token=token)[1]["id"] == str(ana)
    assert world.outbox.of("identity_linked")[0].body["provider"] == "GitHub"
    assert ("mail", {}) in world.jobs.put_jobs


def test_an_unproved_address_is_refused_with_a_cure(come, ana, stands, world):
    stands["google"].account = Account(is_verified=False)
    status, problem = come("google")
    assert (status, problem["type"]) == (403, "urn:fragua:problem:unverified-email")
    assert "Verify it there" in problem["detail"]
    assert world.sessions.sessions_of(ana) == []


def test_a_second_factor_is_asked_for_here_too(come, ana, world):
    account = world.people.accounts[ana]
    world.people.accounts[ana] = replace(account, second_factor_confirmed_at=datetime.now(UTC))
    status, problem = come("google")
    assert (status, problem["type"]) == (401, "urn:fragua:problem:second-factor-required")
    assert problem["challenge"]
    assert world.sessions.sessions_of(ana) == []
    assert world.identities.linked(ana) == []


def test_a_refused_flow_says_begin_again_and_opens_no_session(ask, stands):
    begun = ask("POST", "/v1/auth/oauth/google/start", {"redirect_uri": HOME})[1]
    back = stands["google"].consent(begun["authorization_url"])
    for wrong in ({"flow": "x" * 43}, {"state": "y" * 43}):
        body = {**back, "flow": begun["flow"], **wrong}
        status, problem = ask("POST", "/v1/auth/oauth/google/finish", body)
        assert (status, problem["type"]) == (401, "urn:fragua:problem:unauthenticated")
        assert "Begin again" in problem["detail"]


def test_a_provider_that_is_away_is_503_and_the_same_request_works_later(ask, stands):
    begun = ask("POST", "/v1/auth/oauth/google/start", {"redirect_uri": HOME})[1]
    body = {**stands["google"].consent(begun["authorization_url"]), "flow": begun["flow"]}
    codes = dict(stands["google"].codes)
    stands["google"].twist = lambda *_: (503, {})
    status, problem = ask("POST", "/v1/auth/oauth/google/finish", body)
    assert (status, problem["type"]) == (503, "urn:fragua:problem:provider-busy")
    stands["google"].twist, stands["google"].codes = None, codes
    assert ask("POST", "/v1/auth/oauth/google/finish", body)[0] == 200


@pytest.mark.parametrize(
    ("step", "body", "path"),
    [
        ("start", {}, "body.redirect_uri"),
        ("start", {"redirect_uri": 7}, "body.redirect_uri"),
        ("start", {"redirect_uri": "https://evil.com/"}, "body.redirect_uri"),
        ("start", {"redirect_uri": HOME, "scope": "all"}, "body.scope"),
        ("finish", {"code": "c", "state": "s"}, "body.flow"),
        ("finish", {"code": "c d", "state": "s", "flow": "f"}, "body.code"),
        ("finish", {"code": "c" * 2049, "state": "s", "flow": "f"}, "body.code"),
        ("finish", {"code": "c", "state": "s\n", "flow": "f"}, "body.state"),
        ("finish", {"code": "c", "state": "s", "flow": "ñ"}, "body.flow"),
    ],
)
def test_what_is_malformed_is_refused_with_its_path(ask, stands, step, body, path):
    status, problem = ask("POST", f"/v1/auth/oauth/google/{step}", body)
    assert status == 422
    assert path in [one["path"] for one in problem["errors"]]
    assert stands["google"].seen == []


# ---- the ways in of somebody signed in ----


def test_a_provider_is_linked_by_hand_with_the_password(ask, link, ana):
    token = signed_in(ask)
    assert link("google", token)[0] == 403
    assert link("google", token, password="not the password")[0] == 403
    status, shown = link("google", token, password="a long enough password")
    assert status == 200
    assert [one["provider"] for one in shown["items"]] == ["google"]
    assert ask("GET", "/v1/me/identities", token=token)[1] == shown


def test_another_person_does_not_finish_what_somebody_began_to_link(ask, stands, ana, come):
    stands["github"].account = Account(subject="2", email="berta@example.com")
    berta = come("github")[1]["access_token"]
    path = "/v1/me/identities/google/link"
    sent = {"redirect_uri": HOME, "password": "a long enough password"}
    begun = ask("POST", path, sent, token=signed_in(ask))[1]
    body = {**stands["google"].consent(begun["authorization_url"]), "flow": begun["flow"]}
    assert ask("POST", f"{path}/finish", body, token=berta)[0] == 401
    assert ask("POST", "/v1/auth/oauth/google/finish", body)[0] == 401


def test_an_identity_of_somebody_else_is_a_conflict(ask, link, ana, come, stands):
    stands["google"].account = Account(subject="2", email="berta@example.com")
    assert come("google")[0] == 200
    assert link("google", signed_in(ask), password="a long enough password")[0] == 409


def test_a_linked_provider_is_removed_but_not_the_last_way_in(ask, link, ana, come, stands):
    token, again = signed_in(ask), {"password": "a long enough password"}
    link("google", token, **again)
    assert ask("DELETE", "/v1/me/identities/google", token=token)[0] == 403
    assert ask("DELETE", "/v1/me/identities/google", again, token=token)[0] == 204
    assert ask("DELETE", "/v1/me/identities/google", again, token=token)[0] == 404
    stands["github"].account = Account(subject="2", email="berta@example.com")
    berta = come("github")[1]["access_token"]
    status, problem = ask("DELETE", "/v1/me/identities/github", token=berta)
    assert status == 409
    assert "only way" in problem["detail"]


def test_a_removed_provider_no_longer_leads_to_the_person(ask, link, ana, come, stands, world):
    stands["google"].account = Account(subject="5", email="private@example.com")
    token = signed_in(ask)
    link("google", token, password="a long enough password")
    ask("DELETE", "/v1/me/identities/google", {"password": "a long enough password"}, token=token)
    assert come("google")[1]["access_token"]
    assert world.people.by_identity("google:5") != ana


@pytest.mark.parametrize(("minutes", "status"), [(9, 200), (11, 403)])
def test_who_has_no_password_adds_a_way_in_only_just_after_signing_in(
    ask, come, world, minutes, status
):
    """A token that was stolen later must not leave a way in behind, or a second factor before the owner."""
    signed = come("google")[1]
    person = world.people.by_identity("email:ana@example.com")
    earlier = open_session(
        person,
        organization_id=UUID(signed["organization_id"]),
        amr=("google",),
        origin=NOWHERE,
        sessions=world.sessions,
        standings=world.standings,
        keys=world.identity_keys,
        issuer=world.settings.public_url,
        now=datetime.now(UTC) - timedelta(minutes=minutes),
    ).access_token
    path, sent = "/v1/me/identities/github/link", {"redirect_uri": HOME}
    assert ask("POST", path, sent, token=earlier)[0] == status
    assert ask("POST", "/v1/me/second-factor", {}, token=earlier)[0] == status


def test_a_key_has_no_ways_to_sign_in(api, stands):
    assert api("GET", "/v1/me/identities")[0] == 403
    sent = {"redirect_uri": HOME}
    assert api("POST", "/v1/me/identities/google/link", sent)[0] == 403
