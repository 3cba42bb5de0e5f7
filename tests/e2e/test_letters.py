"""From a request to a letter that somebody reads, through the queue and the mail service, on the whole stack."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import Any
from uuid import uuid4

import httpx
import pytest

from infra.local.place import Place

WITHIN_S = 20.0
"""Sooner than the minute's schedule: the queue must have brought it."""
PASSWORD = "a password of five words"


@pytest.fixture
def somebody() -> dict[str, str]:
    return {
        "email": f"{uuid4().hex}@example.com",
        "name": "Ana",
        "organization": "Clínica Sonrisa",
        "locale": "es",
    }


def outbox(stack: Place) -> list[dict[str, Any]]:
    """What `fragua outbox --json` says."""
    told = subprocess.run(
        [sys.executable, "-m", "cli", "outbox", "--json"],
        env={**os.environ, "FRAGUA_HOME": str(stack.home)},
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[dict[str, Any]] = json.loads(told.stdout)
    return found


def letters_to(stack: Place, email: str, *, count: int) -> list[dict[str, Any]]:
    """The newest first, once there are so many."""
    until = time.monotonic() + WITHIN_S
    while time.monotonic() < until:
        found = [letter for letter in outbox(stack) if letter["to"] == [email]]
        if len(found) >= count:
            return found
        time.sleep(0.3)
    raise AssertionError(f"no letter number {count} within {WITHIN_S} s")


def test_who_signs_up_gets_a_letter_whose_link_opens_the_account_and_no_second_account(
    stack: Place, api: httpx.Client, somebody: dict[str, str]
) -> None:
    assert api.post("/v1/auth/sign-up", json=somebody).status_code == 202
    [letter] = letters_to(stack, somebody["email"], count=1)
    assert letter["subject"] == "Confirma tu dirección para Fragua"
    [link] = letter["links"]
    assert link.startswith(f"{stack.front_url}/verify?token=")
    token = link.partition("=")[2]
    assert f"fragua verify {token}" in letter["text"].replace("-- -", "-")
    assert (
        api.post("/v1/auth/email/verify", json={"token": token, "password": PASSWORD}).status_code
        == 200
    )

    assert api.post("/v1/auth/sign-up", json=somebody).status_code == 202
    newest, _ = letters_to(stack, somebody["email"], count=2)
    assert newest["subject"] == "Ya tienes una cuenta en Fragua"
