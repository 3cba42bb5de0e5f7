"""What the log tells of those who sign in and of those who are refused: docs/security/logs.md has the list."""

import io
import json

import pytest

from chalicelib.log import log
from tests.people import ana, somebody  # noqa: F401


@pytest.fixture
def told(monkeypatch):
    """The lines so far, oldest first."""
    stream = io.StringIO()
    monkeypatch.setattr(log.registered_handler, "stream", stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def refusals(lines):
    return [(one["slug"], one["instance"]) for one in lines if one["message"] == "refused"]


def test_who_signs_in_leaves_a_line_with_ids_only(ana, told):  # noqa: F811
    ana.signs_in()
    (line,) = [one for one in told() if one["message"] == "signed_in"]
    _, me = ana.ask("GET", "/v1/me")
    assert (line["user_id"], line["amr"]) == (me["id"], ["pwd"])
    assert line["session_id"] == ana.tokens["session_id"]
    assert line["ip"]
    secrets = {ana.tokens["access_token"], ana.tokens["refresh_token"], ana.device}
    assert [one for one in (*secrets, ana.email, ana.password) if one in json.dumps(line)] == []


def test_a_second_factor_is_told_apart_from_a_password_alone(ana, told):  # noqa: F811
    ana.turns_on_the_second_factor()
    _, asked = ana.signs_in()
    ana.answers(asked["challenge"], code="000000")
    ana.answers(asked["challenge"], code=ana.code())
    assert refusals(told())[-2:] == [
        ("second-factor-required", "/v1/auth/sign-in"),
        ("unauthenticated", "/v1/auth/sign-in/second-factor"),
    ]
    assert [one["amr"] for one in told() if one["message"] == "signed_in"] == [
        ["pwd", "otp", "mfa"]
    ]


def test_a_wrong_password_is_refused_without_being_written_down(ana, told):  # noqa: F811
    ana.signs_in(password="not the one that it is")
    assert refusals(told()) == [("unauthenticated", "/v1/auth/sign-in")]
    assert "not the one" not in json.dumps(told())
    assert ana.email not in json.dumps(told())


def test_guessing_until_nothing_is_compared_any_more_is_in_the_log(ana, told):  # noqa: F811
    status = 401
    while status == 401:
        status, _ = ana.signs_in(password="guess")
    assert status == 429
    assert refusals(told())[-1] == ("limit-reached", "/v1/auth/sign-in")


def test_a_copied_refresh_token_is_in_the_log(ana, told):  # noqa: F811
    first = ana.tokens["refresh_token"]
    second = ana.ask("POST", "/v1/auth/refresh", {"refresh_token": first}, signed_in=False)[1]
    ana.ask("POST", "/v1/auth/refresh", {"refresh_token": second["refresh_token"]}, signed_in=False)
    ana.ask("POST", "/v1/auth/refresh", {"refresh_token": first}, signed_in=False)
    assert [one["message"] for one in told()] == ["refresh_token_copied", "refused"]
    assert first not in json.dumps(told())
