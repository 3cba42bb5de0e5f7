"""People on the whole stack, as the command line meets them: signing up, inviting, switching, leaving, and an outage."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from infra.local import postgres
from infra.local.place import Place

PASSWORD = "a password of five words"
LETTERS_WITHIN_S = 30.0


class Person:
    """Somebody with a computer of their own."""

    def __init__(self, stack: Place, folder: Path, name: str) -> None:
        self.name, self.email = name, f"{name.lower()}.{uuid4().hex[:8]}@example.com"
        self._environment = os.environ | {
            "FRAGUA_HOME": str(stack.home),
            "XDG_CONFIG_HOME": str(folder / name),
            "FRAGUA_KEYRING": "off",
        }

    def runs(self, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "cli", *words],
            env=self._environment,
            input=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=90,
        )

    def says(self, *words: str, given: str = "") -> str:
        done = self.runs(*words, given=given)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def asks(self, *words: str) -> Any:
        return json.loads(self.says(*words, "--json"))

    def refused(self, *words: str, given: str = "") -> str:
        done = self.runs(*words, given=given)
        assert done.returncode == 1
        return done.stderr

    def token_from(self, nth: int = 1) -> str:
        """Of the newest letter, once there are so many."""
        until = time.monotonic() + LETTERS_WITHIN_S
        while time.monotonic() < until:
            letters = [one for one in self.asks("outbox") if self.email in one["to"]]
            tokens = [found[1] for one in letters for found in [token_in(one)] if found]
            if len(tokens) >= nth:
                return tokens[0]
            time.sleep(0.3)
        raise AssertionError(f"no letter number {nth} to {self.name}")

    def signs_up(self, organization: str) -> None:
        words = ("--email", self.email, "--name", self.name, "--organization", organization)
        self.says("sign-up", *words)
        self.says("verify", self.token_from(), "--password-stdin", given=PASSWORD)

    def signs_in(self, password: str = PASSWORD) -> None:
        self.says("login", "--email", self.email, "--password-stdin", given=password)


def token_in(letter: dict[str, Any]) -> re.Match[str] | None:
    return re.search(r"token=([A-Za-z0-9_-]+)", json.dumps(letter))


@pytest.fixture
def person(stack: Place, tmp_path: Path) -> Any:
    return lambda name: Person(stack, tmp_path, name)


def test_two_people_meet_in_an_organization(person: Any) -> None:
    ana, bea = person("Ana"), person("Bea")
    ana.signs_up("Talleres Ana")
    bea.signs_up("Bea y hijas")

    ana.says("invite", bea.email, "--role", "viewer")
    joined = bea.says("join", bea.token_from(nth=2))
    assert "Talleres Ana" in joined
    mine = {one["name"]: one for one in bea.asks("orgs", "list")}
    assert {name: one["role"] for name, one in mine.items()} == {
        "Bea y hijas": "owner",
        "Talleres Ana": "viewer",
    }

    bea.says("orgs", "switch", mine["Talleres Ana"]["id"])
    assert bea.asks("whoami")["organization"]["name"] == "Talleres Ana"
    assert "permission" in bea.refused("keys", "create", "mine")

    (as_member,) = [one for one in ana.asks("members", "list") if one["email"] == bea.email]
    ana.says("members", "role", as_member["user_id"], "admin")
    key = bea.says("keys", "create", "nightly", "--role", "builder").strip()
    assert key.startswith("fragua_")
    ana.says("members", "remove", as_member["user_id"], "--yes")
    assert bea.refused("members", "list")

    told = [line["action"] for line in ana.asks("audit")]
    assert {"member.removed", "member.role_changed", "api_key.created"} <= set(told)
    assert "\n" in ana.says("audit", "--csv")


def test_a_session_ends_where_it_is_ended_and_a_forgotten_password_is_replaced(person: Any) -> None:
    ana = person("Ana")
    ana.signs_up("Talleres Ana")
    assert len(ana.asks("sessions", "list")) == 1
    ana.says("password", "forgot", "--email", ana.email)
    token = ana.token_from(nth=2)
    ana.says("password", "reset", token, "--password-stdin", given="another of five words")
    assert ana.refused("whoami"), "the old session is over"
    ana.signs_in("another of five words")
    assert ana.asks("whoami")["person"]["email"] == ana.email
    ana.says("logout", "--everywhere")
    assert "Nobody was signed in" in ana.says("logout")
    assert ana.refused("password", "reset", token, "--password-stdin", given="and one more of them")


def test_an_organization_can_be_exported_and_its_end_taken_back(person: Any) -> None:
    ana = person("Ana")
    ana.signs_up("Talleres Ana")
    begun = ana.asks("orgs", "export")
    until = time.monotonic() + LETTERS_WITHIN_S
    while (found := ana.asks("orgs", "export", begun["id"]))["status"] == "pending":
        assert time.monotonic() < until
        time.sleep(0.3)
    assert found["status"] == "ready"
    assert httpx.get(found["url"]).content[:2] == b"PK"

    ana.says("orgs", "delete", "--yes")
    assert ana.asks("orgs", "show")["deletion_due_at"]
    ana.says("orgs", "restore")
    assert not ana.asks("orgs", "show")["deletion_due_at"]


AWAY_S = 10.0


@contextmanager
def database_away(stack: Place) -> Iterator[None]:
    postgres.stop(stack)
    back_at = time.monotonic() + AWAY_S
    try:
        yield
        time.sleep(max(0.0, back_at - time.monotonic()))
    finally:
        postgres.ensure(stack)


def test_while_the_database_is_away_callers_are_told_to_come_back_and_nothing_is_half_made(
    stack: Place, person: Any
) -> None:
    ana = person("Ana")
    ana.signs_up("Talleres Ana")
    key = ana.says("keys", "create", "nightly", "--role", "owner").strip()
    before = ana.asks("orgs", "list")
    asked = [
        ("GET", "/v1/organization", None),
        ("POST", "/v1/api-keys", {"name": "half", "role": "viewer"}),
        ("POST", "/v1/auth/sign-in", {"email": ana.email, "password": PASSWORD}),
        ("POST", "/v1/auth/password/forgot", {"email": ana.email}),
    ]
    with httpx.Client(base_url=stack.front_url, timeout=30) as api, database_away(stack):
        api.headers["Authorization"] = f"Bearer {key}"
        answers = [api.request(method, path, json=body) for method, path, body in asked]
        assert [one.status_code for one in answers] == [503] * len(asked)
        assert all(int(one.headers["Retry-After"]) > 0 for one in answers)
        assert all(one.headers["Content-Type"] == "application/problem+json" for one in answers)
    assert ana.asks("orgs", "list") == before
    assert [one["name"] for one in ana.asks("keys", "list")] == ["nightly"]
    ana.signs_in()
