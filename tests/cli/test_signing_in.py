"""Signing in and out on the command line: what is shown, where tokens are kept, and that nothing of them stays."""

import ast
import json
import re
import stat
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from tests.door import api  # noqa: F401
from tests.people import ana, somebody  # noqa: F401


class Ring(KeyringBackend):
    """A system's keyring, in memory."""

    priority = 1

    def __init__(self):
        super().__init__()
        self.kept = {}

    def get_password(self, service, username):
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        self.kept[service, username] = password

    def delete_password(self, service, username):
        del self.kept[service, username]


@pytest.fixture
def ring(monkeypatch):
    before, ring = keyring.get_keyring(), Ring()
    monkeypatch.setenv("FRAGUA_KEYRING", "on")
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


@pytest.fixture
def config(fragua, ana, monkeypatch, tmp_path):  # noqa: F811
    """The folder of the command line's own files; no API key is set."""
    monkeypatch.delenv("FRAGUA_API_KEY")
    return tmp_path / "config"


def signs_in(fragua, ana):  # noqa: F811
    told = fragua("login", given=f"{ana.email}\n{ana.password}\n")
    assert told.code == 0, told.err
    return told


def texts_in(folder):
    return "".join(path.read_text() for path in folder.rglob("*") if path.is_file())


def test_a_password_is_not_shown_while_it_is_typed(fragua, config, ana):  # noqa: F811
    told = signs_in(fragua, ana)
    assert ana.email in told.out + told.err
    assert ana.password not in told.out + told.err


def test_tokens_are_in_a_file_for_its_owner_only_and_the_password_is_nowhere(
    fragua,
    config,
    ana,  # noqa: F811
):
    signs_in(fragua, ana)
    (path,) = config.rglob("tokens.json")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert ana.password not in texts_in(config)


@pytest.mark.parametrize("words", [("logout",), ("logout", "--everywhere")])
def test_signing_out_leaves_no_token_in_the_file_and_none_that_opens_anything(
    fragua,
    config,
    ana,  # noqa: F811
    words,
):
    signs_in(fragua, ana)
    (path,) = config.rglob("tokens.json")
    (kept,) = (json.loads(text) for text in json.loads(path.read_text()).values())
    assert fragua(*words).code == 0
    assert [kept[name] for name in kept if str(kept[name]) in texts_in(config)] == []
    ana.tokens = kept
    assert ana.ask("GET", "/v1/me")[0] == 401
    assert ana.ask("POST", "/v1/auth/refresh", {"refresh_token": kept["refresh_token"]}, signed_in=False)[0] == 401  # fmt: skip


def test_signing_out_leaves_none_in_the_keyring(fragua, config, ring, ana):  # noqa: F811
    signs_in(fragua, ana)
    assert len(ring.kept) == 1
    assert "refresh_token" not in texts_in(config)
    assert fragua("logout").code == 0
    assert ring.kept == {}
    assert "Nobody was signed in." in fragua("logout").out


def test_while_the_api_is_away_signing_out_is_refused_and_leaves_no_token_here(
    fragua,
    config,
    served,
    ana,  # noqa: F811
):
    signs_in(fragua, ana)
    served.refusals = 100
    assert fragua("logout").code == 1
    assert "refresh_token" not in texts_in(config)


def test_a_session_that_is_over_already_is_taken_out_too(fragua, config, ana):  # noqa: F811
    signs_in(fragua, ana)
    ana.ask("POST", "/v1/auth/sign-out-everywhere")
    assert fragua("logout").code == 0
    assert "refresh_token" not in texts_in(config)


def test_no_password_is_ever_asked_for_in_sight():
    asked = {
        f"{path}:{node.lineno}": ast.unparse(node)
        for path in Path("cli").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"typer.prompt", "input"}
    }
    told = {where for where, call in asked.items() if re.search("assword|what", call)}
    assert told
    assert {where for where in told if "hide_input=True" not in asked[where]} == set()
