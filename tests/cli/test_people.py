"""People and organizations on the command line: joining, naming things as people do, keys."""

import json
import uuid

import pytest

from tests.door import api  # noqa: F401
from tests.people import ana, somebody  # noqa: F401

PASSWORD = "four other words entirely"


@pytest.fixture
def signed_in(fragua, ana, monkeypatch):  # noqa: F811
    """Ana, an owner, at the command line."""
    monkeypatch.delenv("FRAGUA_API_KEY")
    fragua("login", "--email", ana.email, "--password-stdin", given=f"{ana.password}\n")
    return ana


def test_an_invited_person_without_an_account_joins_with_one_command(
    fragua,
    signed_in,
    world,
    monkeypatch,
    tmp_path,
):
    made = json.loads(fragua("invite", "beto@example.org", "--role", "viewer", "--json").out)
    theirs = json.loads(fragua("orgs", "show", "--json").out)["id"]
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "beto"))
    token = world.invitations.mint_for_invitation(uuid.UUID(theirs), uuid.UUID(made["id"]))
    told = fragua("join", token, "--name", "Beto", "--password-stdin", given=f"{PASSWORD}\n")
    assert told.code == 0, told.err
    assert "as viewer" in told.out
    assert "beto@example.org" in fragua("whoami").out


def test_somebody_is_named_by_their_address(fragua, signed_in):
    told = fragua("members", "role", signed_in.email.upper(), "viewer")
    assert "this is the last one" in told.err
    assert "`fragua members list`" in fragua("members", "remove", "nobody", "--yes").err


def test_an_organization_is_named_by_its_name_unless_two_share_it(fragua, signed_in):
    for _ in range(2):
        assert fragua("orgs", "create", "Norte").code == 0
    assert fragua("orgs", "create", "Sur").code == 0
    assert fragua("orgs", "switch", "sur").code == 0
    assert "Sur, owner" in fragua("whoami").out
    assert "Take the id." in fragua("orgs", "switch", "Norte").err


def test_a_key_is_stopped_by_its_name(fragua, signed_in):
    made = json.loads(fragua("keys", "create", "ci", "--expires", "2027-11-30", "--json").out)
    assert made["expires_at"].startswith("2027-11-30T23:59:59")
    assert fragua("keys", "revoke", "ci", "--yes").code == 0
    assert json.loads(fragua("keys", "list", "--json").out)[0]["state"] == "revoked"


def test_signing_in_again_ends_the_session_that_was_kept_here(fragua, signed_in):
    fragua("login", "--email", signed_in.email, "--password-stdin", given=f"{signed_in.password}\n")
    sessions = json.loads(fragua("sessions", "list", "--json").out)
    assert sum(one["is_current"] for one in sessions) == 1
    assert {one["user_agent"].split("/")[0] for one in sessions if one["is_current"]} == {"fragua"}


def test_a_renewed_session_is_still_told_to_be_this_program(
    fragua, signed_in, monkeypatch, tmp_path
):
    (path,) = (tmp_path / "config").rglob("tokens.json")
    before = path.read_text()
    monkeypatch.setattr("cli.signed_in.EARLY_S", 10_000)
    sessions = json.loads(fragua("sessions", "list", "--json").out)
    assert path.read_text() != before
    assert [one["user_agent"].split("/")[0] for one in sessions if one["is_current"]] == ["fragua"]
