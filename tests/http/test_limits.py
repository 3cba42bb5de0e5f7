"""How often a caller may ask, through the door."""

from __future__ import annotations

import uuid

import pytest
from chalice.test import Client

from chalicelib.errors import LimitReached
from chalicelib.http import admission
from chalicelib.http.problems import problem
from chalicelib.identity.principal import Principal
from chalicelib.settings import read_settings
from chalicelib.tenancy.origin import Origin, current_origin
from tests.door import SETTINGS
from tests.http.walking import Stage

T0 = 1_800_000_000_000_000
KEY = {"key_id": True, "organization_id": True}
MEMBER = {"user_id": True, "organization_id": True}


@pytest.fixture
def clock(monkeypatch):
    """Stands still until it is told to go on."""

    class Clock:
        now = T0

        def goes_on(self, seconds):
            self.now += int(seconds * 1_000_000)

    clock = Clock()
    monkeypatch.setattr(admission, "now_us", lambda: clock.now)
    return clock


@pytest.fixture(autouse=True)
def _stopped(clock):
    """No request is refilled while a test runs, however slow the machine."""


class Watched:
    """Keys that count how often somebody asked for one."""

    def __init__(self, keys):
        self.keys, self.asked = keys, 0

    def __getattr__(self, name):
        return getattr(self.keys, name)

    def known_key(self, prefix):
        self.asked += 1
        return self.keys.known_key(prefix)


def statuses(api, method, path, times, **rest):
    return [api(method, path, **rest)[0] for _ in range(times)]


def test_a_hundred_reads_a_minute_and_not_one_more(api):
    assert statuses(api, "GET", "/v1/apps", 101) == [200] * 100 + [429]


def test_thirty_writes_a_minute_and_not_one_more(api):
    answers = statuses(api, "POST", "/v1/mvs/validate", 31, body={"mvs": {}})
    assert answers == [200] * 30 + [429]


def test_reads_are_left_when_writes_are_used_up(api):
    statuses(api, "POST", "/v1/mvs/validate", 31, body={"mvs": {}})
    assert api("GET", "/v1/apps")[0] == 200


def test_all_keys_of_an_organization_share_its_limit_and_others_have_their_own(api, world):
    statuses(api, "GET", "/v1/apps", 100)
    assert api("GET", "/v1/apps", key=world.api_keys.issue(world.tenant))[0] == 429
    assert api("GET", "/v1/apps", key=world.api_keys.issue(uuid.uuid4()))[0] == 200


def test_a_thousand_requests_an_hour_with_one_key_and_not_one_more(api, clock):
    let_in = 0
    for _ in range(13):
        let_in += statuses(api, "GET", "/v1/apps", 100).count(200)
        clock.goes_on(60)
    assert let_in == 1000 + 12 * 60 * 1000 // 3600


def test_another_key_goes_on_when_one_has_used_up_its_hour(api, world, clock):
    for _ in range(12):
        statuses(api, "GET", "/v1/apps", 100)
        clock.goes_on(60)
    statuses(api, "GET", "/v1/apps", 60)
    status, body, _ = api("GET", "/v1/apps")
    assert (status, body["bucket"]) == (429, "key-requests")
    assert api("GET", "/v1/apps", key=world.api_keys.issue(world.tenant))[0] == 200


def test_a_success_tells_how_much_is_left(api):
    headers = api("GET", "/v1/apps")[2]
    assert headers["RateLimit-Limit"] == "100"
    assert headers["RateLimit-Remaining"] == "99"
    assert headers["RateLimit-Reset"] == "1"
    assert headers["RateLimit-Policy"] == "100;w=60, 1000;w=3600"
    assert api("GET", "/v1/apps")[2]["RateLimit-Remaining"] == "98"


def test_other_refusals_tell_it_too_because_they_count(api):
    assert api("GET", f"/v1/apps/{uuid.uuid4()}")[2]["RateLimit-Remaining"] == "99"
    assert api("POST", "/v1/apps", {"no": 1})[2]["RateLimit-Remaining"] == "29"


def test_a_forbidden_request_counts(api, world):
    viewer = world.api_keys.issue(world.tenant, role="viewer")
    assert statuses(api, "POST", "/v1/apps", 31, key=viewer) == [403] * 30 + [429]


def test_a_refusal_is_a_problem_that_says_what_to_do(api):
    statuses(api, "POST", "/v1/mvs/validate", 30)
    status, body, headers = api("POST", "/v1/mvs/validate")
    assert (status, body["type"]) == (429, "urn:fragua:problem:limit-reached")
    assert (body["bucket"], body["limit"], body["window_s"], body["retry_after_s"]) == (
        "writes", 30, 60, 2,
    )  # fmt: skip
    assert "Wait 2 s" in body["detail"]
    assert headers["Content-Type"] == "application/problem+json"
    assert headers["Retry-After"] == "2"
    assert headers["RateLimit-Limit"] == "30"
    assert headers["RateLimit-Remaining"] == "0"
    assert headers["RateLimit-Reset"] == "60"
    assert headers["RateLimit-Policy"] == "30;w=60"


def test_who_waits_as_long_as_told_is_let_in(api, clock):
    statuses(api, "POST", "/v1/mvs/validate", 31, body={"mvs": {}})
    clock.goes_on(1)
    assert api("POST", "/v1/mvs/validate", {"mvs": {}})[0] == 429
    clock.goes_on(1)
    assert api("POST", "/v1/mvs/validate", {"mvs": {}})[0] == 200
    assert api("POST", "/v1/mvs/validate", {"mvs": {}})[0] == 429


def test_a_refused_caller_costs_no_call(api, world):
    statuses(api, "GET", "/v1/apps", 101)
    watched = world.api_keys = Watched(world.api_keys)
    world.limits.admit = None
    assert statuses(api, "GET", "/v1/apps", 50) == [429] * 50
    assert watched.asked == 0


def test_nothing_of_the_credentials_is_remembered_but_a_digest(api, world):
    statuses(api, "GET", "/v1/apps", 101)
    (mark,) = world.refused_callers._kept
    assert len(mark) == 32
    assert world.key.encode() not in mark


def test_wrong_credentials_are_not_taken_for_a_refused_caller(api, world):
    statuses(api, "GET", "/v1/apps", 101)
    assert api("GET", "/v1/apps", key=world.key[:-1] + "x")[0] == 401


def test_settings_change_the_numbers(api, world):
    world.settings = read_settings({**SETTINGS, "FRAGUA_READS_PER_MINUTE": "2"})
    assert statuses(api, "GET", "/v1/apps", 3) == [200, 200, 429]


def test_an_organization_is_no_machine_for_letters_to_strangers(api, clock):
    answers = []
    for n in range(102):
        body = {"email": f"{n}@example.org", "role": "viewer", "locale": "en"}
        answers.append(api("POST", "/v1/invitations", body))
        clock.goes_on(2)
    assert answers[-1][0] == 429
    assert {answer[1].get("bucket") for answer in answers} == {None, "invitations"}


def test_a_mailbox_gets_an_invitation_sent_again_a_few_times_only(api):
    body = {"email": "eva@example.org", "role": "viewer", "locale": "en"}
    made = api("POST", "/v1/invitations", body)[1]
    path = f"/v1/invitations/{made['id']}/resend"
    answers = [api("POST", path) for _ in range(6)]
    assert [status for status, _, _ in answers] == [200] * 5 + [429]
    assert answers[-1][1]["bucket"] == "letters-to-account"


@pytest.mark.parametrize("spelt", ["bearer {}", "BEARER   {}"])
def test_spelling_the_credentials_differently_makes_nobody_of_a_refused_caller(api, world, spelt):
    statuses(api, "GET", "/v1/apps", 101)
    watched = world.api_keys = Watched(world.api_keys)
    headers = {"Authorization": spelt.format(world.key)}
    assert api("GET", "/v1/apps", headers=headers)[0] == 429
    assert watched.asked == 0


def test_what_was_refused_by_address_is_not_held_against_the_key(api):
    statuses(api, "GET", "/v1/schemas/mvs", 121)
    assert api("GET", "/v1/schemas/mvs")[0] == 429
    assert api("GET", "/v1/apps")[0] == 200


def test_who_uses_up_the_organization_keeps_nobody_from_removing_them(api, world):
    stage = Stage(world, api, None)
    owner, viewer = stage.signed_in("owner"), stage.signed_in("viewer")
    flooding = stage.walker
    assert statuses(api, "POST", "/v1/apps", 31, key=viewer) == [403] * 30 + [429]
    statuses(api, "GET", "/v1/apps", 101, key=viewer)
    assert api("GET", "/v1/members", key=owner)[0] == 200
    assert api("DELETE", f"/v1/members/{flooding}", key=owner)[0] == 204
    assert api("POST", "/v1/auth/sign-out", key=owner)[0] == 204


# ---- whom nobody knows ----


def ask(app, ip, forwarded):
    event = {
        "resource": "/v1/schemas/mvs",
        "path": "/v1/schemas/mvs",
        "requestContext": {
            "httpMethod": "GET",
            "resourcePath": "/v1/schemas/mvs",
            "path": "/v1/schemas/mvs",
            "identity": {"sourceIp": ip},
        },
        "headers": {"X-Forwarded-For": forwarded, "X-Real-IP": forwarded, "Forwarded": forwarded},
        "multiValueHeaders": {},
        "pathParameters": {},
        "multiValueQueryStringParameters": None,
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
    }
    return app(event, None)


def test_a_public_route_counts_by_the_address_that_the_gateway_saw(world, app):
    answers = [ask(app, "203.0.113.9", "198.51.100.1")["statusCode"] for _ in range(121)]
    assert answers == [200] * 120 + [429]
    assert ask(app, "203.0.113.10", "198.51.100.1")["statusCode"] == 200


def test_an_address_that_the_caller_claims_is_never_believed(world, app):
    answers = [ask(app, "203.0.113.9", f"198.51.100.{n}")["statusCode"] for n in range(121)]
    assert answers[-1] == 429


def test_addresses_of_one_ipv6_customer_are_one(world, app):
    answers = [ask(app, f"2001:db8::{n:x}", "")["statusCode"] for n in range(121)]
    assert answers[-1] == 429


# ---- what is counted against what ----


@pytest.mark.parametrize(
    ("needs", "method", "caller", "subject", "names"),
    [
        ("apps:read", "GET", KEY, "tenant", ["reads", "key-requests"]),
        ("apps:delete", "DELETE", KEY, "tenant", ["writes", "key-requests"]),
        ("keys:manage", "DELETE", KEY, "tenant", ["writes", "key-requests"]),
        ("apps:read", "GET", MEMBER, "tenant", ["reads"]),
        ("apps:write", "PATCH", MEMBER, "tenant", ["writes"]),
        ("people:manage", "DELETE", MEMBER, "user", ["writes"]),
        ("person", "POST", MEMBER, "user", ["writes"]),
        ("apps:write", "PUT", {"user_id": True}, "user", ["writes"]),
        (None, "POST", None, "ip", ["public-writes"]),
    ],
)
def test_each_kind_of_caller_has_its_buckets(needs, method, caller, subject, names):
    principal = caller and Principal(
        role=None, **{"organization_id": None, **{name: uuid.uuid4() for name in caller}}
    )
    token = current_origin.set(Origin(ip="203.0.113.9"))
    counts_by = admission.by(needs)
    counted = admission.counted_for(counts_by, method, principal, read_settings(SETTINGS))
    current_origin.reset(token)
    assert counted.subject.startswith(f"{subject}#")
    assert [bucket.name for bucket in counted.buckets] == names


def test_a_refusal_from_elsewhere_without_a_bucket_still_says_when():
    answer = problem(LimitReached("Too many.", retry_after_s=7))
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert "RateLimit-Limit" not in answer.headers


def test_a_request_that_chalice_refuses_itself_counts_for_nobody(world, app):
    with Client(app, stage_name="dev") as client:
        assert client.http.get("/v1/nothing").status_code in (403, 404)
    assert not world.refused_callers
