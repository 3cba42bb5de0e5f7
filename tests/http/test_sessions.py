"""Signed-in people at the door: their tokens, sessions and organizations."""

import uuid
from datetime import UTC, datetime

import pytest

from chalicelib.errors import CloudBusy
from chalicelib.identity.sessions import open_session
from chalicelib.tenancy.origin import Origin


@pytest.fixture
def person(world):
    """Somebody who is an owner here and a viewer elsewhere."""
    person = uuid.uuid4()
    world.here, world.elsewhere = uuid.uuid4(), uuid.uuid4()
    world.standings.join(person, world.here, "owner")
    world.standings.join(person, world.elsewhere, "viewer")
    return person


@pytest.fixture
def sign_in(world):
    def sign_in(person, organization_id=None):
        return open_session(
            person,
            organization_id=organization_id,
            amr=("pwd",),
            origin=Origin(ip="192.0.2.1", user_agent="a browser"),
            sessions=world.sessions,
            standings=world.standings,
            keys=world.identity_keys,
            issuer=world.settings.public_url,
            now=datetime.now(UTC),
        )

    return sign_in


@pytest.fixture
def ask(api):
    """`ask(method, path, access_token, body)` → (status, body)."""

    def ask(method, path, token="", body=None):
        return api(method, path, body, key=token)[:2]

    return ask


def refreshed(ask, token):
    return ask("POST", "/v1/auth/refresh", body={"refresh_token": token})


def test_a_signed_in_person_does_what_their_role_allows(ask, world, person, sign_in, mvs):
    here = sign_in(person, world.here).access_token
    assert ask("POST", "/v1/apps", here, {"mvs": mvs})[0] == 201
    elsewhere = sign_in(person, world.elsewhere).access_token
    assert ask("GET", "/v1/apps", elsewhere) == (200, {"items": [], "next_cursor": None})
    assert ask("POST", "/v1/apps", elsewhere, {"mvs": mvs})[0] == 403


def test_a_removal_bites_with_the_next_request(ask, world, person, sign_in):
    token = sign_in(person, world.here).access_token
    world.standings.leave(person, world.here)
    assert ask("GET", "/v1/apps", token)[0] == 403
    assert ask("GET", "/v1/auth/sessions", token)[0] == 200


def test_another_role_bites_with_the_next_request(ask, world, person, sign_in, mvs):
    token = sign_in(person, world.here).access_token
    world.standings.join(person, world.here, "viewer")
    assert ask("POST", "/v1/apps", token, {"mvs": mvs})[0] == 403


def test_a_person_in_no_organization_is_somebody_all_the_same(ask, world, sign_in):
    nobody = uuid.uuid4()
    world.standings.join(nobody)
    token = sign_in(nobody).access_token
    assert ask("GET", "/v1/auth/sessions", token)[0] == 200
    status, body = ask("GET", "/v1/apps", token)
    assert (status, body["type"]) == (403, "urn:fragua:problem:forbidden")


def test_somebody_who_is_gone_is_nobody(ask, world, person, sign_in):
    token = sign_in(person, world.here).access_token
    world.standings.people.clear()
    assert ask("GET", "/v1/auth/sessions", token)[0] == 401


def test_refreshing_gives_the_next_tokens_and_both_open(ask, world, person, sign_in):
    first = sign_in(person, world.here)
    status, next_ = refreshed(ask, first.refresh_token)
    assert (status, next_["token_type"], next_["expires_in_s"]) == (200, "Bearer", 900)
    assert (next_["organization_id"], next_["role"]) == (str(world.here), "owner")
    assert next_["refresh_token"] != first.refresh_token
    assert ask("GET", "/v1/apps", next_["access_token"])[0] == 200


def test_a_lost_answer_is_given_again(ask, world, person, sign_in):
    first = sign_in(person, world.here)
    lost, again = (refreshed(ask, first.refresh_token)[1] for _ in range(2))
    assert lost["refresh_token"] == again["refresh_token"]


def test_a_copied_token_ends_the_session_and_tells_its_owner(ask, world, person, sign_in):
    first = sign_in(person, world.here)
    second = refreshed(ask, first.refresh_token)[1]
    third = refreshed(ask, second["refresh_token"])[1]
    assert refreshed(ask, first.refresh_token)[0] == 401
    assert refreshed(ask, third["refresh_token"])[0] == 401
    assert ask("GET", "/v1/apps", third["access_token"])[0] == 401
    [letter] = world.outbox.of("session_revoked")
    assert letter.body["user_id"] == person


def test_an_access_token_refreshes_nothing_and_a_refresh_token_opens_nothing(
    ask, world, person, sign_in
):
    tokens = sign_in(person, world.here)
    assert refreshed(ask, tokens.access_token)[0] in (401, 422)
    assert ask("GET", "/v1/apps", tokens.refresh_token)[0] == 401


def test_signing_out_ends_this_session_and_no_other(ask, world, person, sign_in):
    this, other = sign_in(person, world.here), sign_in(person, world.here)
    assert ask("POST", "/v1/auth/sign-out", this.access_token)[0] == 204
    assert ask("GET", "/v1/apps", this.access_token)[0] == 401
    assert refreshed(ask, this.refresh_token)[0] == 401
    assert refreshed(ask, other.refresh_token)[0] == 200


def test_signing_out_everywhere_ends_them_all_and_a_new_one_opens(ask, world, person, sign_in):
    several = [sign_in(person, world.here) for _ in range(3)]
    assert ask("POST", "/v1/auth/sign-out-everywhere", several[0].access_token)[0] == 204
    for one in several:
        assert ask("GET", "/v1/apps", one.access_token)[0] == 401
        assert refreshed(ask, one.refresh_token)[0] == 401
    assert ask("GET", "/v1/apps", sign_in(person, world.here).access_token)[0] == 200


def test_signing_out_everywhere_bites_while_dynamodb_is_away(ask, world, person, sign_in):
    tokens = sign_in(person, world.here)
    world.sessions.broken = CloudBusy("away")
    assert ask("POST", "/v1/auth/sign-out-everywhere", tokens.access_token)[0] == 204
    assert ask("GET", "/v1/apps", tokens.access_token)[0] == 401
    world.sessions.broken = None
    assert refreshed(ask, tokens.refresh_token)[0] == 401


def test_sessions_are_listed_with_the_one_that_asks_marked(ask, world, person, sign_in):
    this, other = sign_in(person, world.here), sign_in(person, world.here)
    ended = sign_in(person, world.here)
    ask("POST", "/v1/auth/sign-out", ended.access_token)
    status, body = ask("GET", "/v1/auth/sessions", this.access_token)
    assert status == 200
    assert {one["id"]: one["is_current"] for one in body["items"]} == {
        str(this.session_id): True,
        str(other.session_id): False,
    }
    assert body["items"][0]["user_agent"] == "a browser"
    assert "sha256" not in str(body)


def test_a_person_ends_another_session_of_theirs(ask, world, person, sign_in):
    this, other = sign_in(person, world.here), sign_in(person, world.here)
    path = f"/v1/auth/sessions/{other.session_id}"
    assert ask("DELETE", path, this.access_token)[0] == 204
    assert ask("GET", "/v1/apps", other.access_token)[0] == 401
    assert ask("GET", "/v1/apps", this.access_token)[0] == 200


def test_nobody_ends_a_session_of_somebody_else(ask, world, person, sign_in):
    stranger = uuid.uuid4()
    world.standings.join(stranger, world.here, "owner")
    theirs, own = sign_in(person, world.here), sign_in(stranger, world.here)
    path = f"/v1/auth/sessions/{theirs.session_id}"
    assert ask("DELETE", path, own.access_token)[0] == 404
    assert ask("DELETE", "/v1/auth/sessions/nonsense", own.access_token)[0] == 404
    assert ask("GET", "/v1/apps", theirs.access_token)[0] == 200


def test_a_person_goes_to_another_organization_and_stays_there(ask, world, person, sign_in):
    tokens = sign_in(person, world.here)
    chosen = {"organization_id": str(world.elsewhere)}
    status, body = ask("POST", "/v1/auth/switch", tokens.access_token, chosen)
    assert (status, body["organization_id"], body["role"]) == (200, str(world.elsewhere), "viewer")
    assert "refresh_token" not in body
    assert refreshed(ask, tokens.refresh_token)[1]["organization_id"] == str(world.elsewhere)


def test_nobody_goes_where_they_are_no_member(ask, world, person, sign_in):
    tokens = sign_in(person, world.here)
    chosen = {"organization_id": str(uuid.uuid4())}
    assert ask("POST", "/v1/auth/switch", tokens.access_token, chosen)[0] == 404
    assert refreshed(ask, tokens.refresh_token)[1]["organization_id"] == str(world.here)


def test_a_program_has_no_session(ask, world):
    for method, path in [
        ("POST", "/v1/auth/sign-out"),
        ("POST", "/v1/auth/sign-out-everywhere"),
        ("GET", "/v1/auth/sessions"),
    ]:
        assert ask(method, path, world.key)[0] == 403


def test_while_dynamodb_is_away_nothing_is_lost(ask, api, world, person, sign_in):
    tokens = sign_in(person, world.here)
    world.sessions.broken = CloudBusy("away")
    status, _, headers = api(
        "POST", "/v1/auth/refresh", {"refresh_token": tokens.refresh_token}, key=""
    )
    assert (status, headers["Retry-After"]) == (503, "2")
    assert ask("GET", "/v1/apps", tokens.access_token)[0] == 200
    world.sessions.broken = None
    assert refreshed(ask, tokens.refresh_token)[0] == 200


@pytest.mark.parametrize("path", ["/v1/jwks", "/.well-known/jwks.json"])
def test_anybody_may_check_a_token_with_the_published_keys(api, world, person, sign_in, path):
    import jwt

    status, body, headers = api("GET", path, key="")
    assert (status, headers["Cache-Control"]) == (200, "public, max-age=240")
    assert set(body["keys"][0]) == {"kty", "crv", "x", "kid", "use", "alg"}
    token = sign_in(person, world.here).access_token
    key = jwt.PyJWKSet.from_dict(body)[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key.key, algorithms=["EdDSA"], audience="fragua")
    assert claims["userId"] == claims["sub"] == str(person)
    assert claims["orgId"] == claims["tenantId"] == str(world.here)
    assert (claims["role"], claims["amr"]) == ("owner", ["pwd"])


@pytest.mark.parametrize(
    "sent", ["", "fr1.", "fr1." + "A" * 107, "fr1." + "é" * 107, "x" * 200, "eyJ.eyJ.x"]
)
def test_a_made_up_refresh_token_is_refused_before_anything_is_asked(ask, world, sent):
    world.sessions.broken = AssertionError("asked")
    assert refreshed(ask, sent)[0] == 401
