"""What every answer tells browsers, whoever made it."""

import pytest

from chalicelib.http.browsers import ALWAYS


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/apps", 200),
        ("GET", "/v1/openapi.json", 200),
        ("GET", "/v1/apps/0192f3a4-5b6c-7d8e-9f00-112233445566", 404),
        ("POST", "/v1/apps", 422),
        ("DELETE", "/v1/apps", 405),
    ],
)
def test_every_answer_is_for_tls_only_is_what_it_says_and_is_not_framed(api, method, path, status):
    answer, _, headers = api(method, path)
    assert answer == status
    assert {name: headers[name] for name in ALWAYS} == ALWAYS


def test_our_own_fault_tells_them_too(api, world):
    world.apps = None
    status, _, headers = api("GET", "/v1/apps")
    assert status == 500
    assert headers.items() >= ALWAYS.items()


def test_a_policy_holds_for_a_year_and_for_every_name_below():
    policy = ALWAYS["Strict-Transport-Security"]
    assert "max-age=31536000" in policy
    assert "includeSubDomains" in policy


def test_no_answer_invites_pages_of_others(api):
    for method in ("GET", "POST"):
        _, _, headers = api(method, "/v1/apps", headers={"Origin": "https://evil.com"})
        assert not [name for name in headers if name.lower().startswith("access-control-")]


def test_no_answer_sets_a_cookie(api):
    _, _, headers = api("GET", "/v1/apps")
    assert "set-cookie" not in {name.lower() for name in headers}
