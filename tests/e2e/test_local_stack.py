"""`up` and `down`: quick when there is nothing to do, data stay, what is half dead is repaired."""

from __future__ import annotations

import json
import os
import signal
import time
import urllib.request
from typing import Any

import psutil
import pytest

from infra.local import daemons, emulator, postgres
from infra.local import stack as local_stack
from infra.local.deploy import Clients, deployed
from infra.local.place import Place

pytestmark = pytest.mark.stack


def up(place: Place) -> tuple[list[str], float]:
    lines: list[str] = []
    started = time.monotonic()
    local_stack.up(place, lines.append)
    return lines, time.monotonic() - started


def ask(place: Place, path: str) -> Any:
    key = json.loads(place.credentials.read_text())["api_key"]
    request = urllib.request.Request(
        place.front_url + path, headers={"Authorization": f"Bearer {key}"}
    )
    with urllib.request.urlopen(request, timeout=30) as reply:
        return json.load(reply)


def outputs(place: Place) -> dict[str, str]:
    found = deployed(place)
    assert found
    return found.outputs


def test_the_api_answers_the_seeded_key(stack: Place) -> None:
    assert "items" in ask(stack, "/v1/apps")


def test_up_again_changes_nothing_and_takes_no_time(stack: Place) -> None:
    up(stack)
    before = local_stack.status(stack)["processes"], deployed(stack)
    _, seconds = up(stack)
    assert (local_stack.status(stack)["processes"], deployed(stack)) == before
    assert seconds < 2


def test_credentials_and_secrets_are_for_one_person_only(stack: Place) -> None:
    assert stack.credentials.stat().st_mode & 0o777 == 0o600
    for folder in (stack.run, stack.logs, stack.emulator_state):
        assert folder.stat().st_mode & 0o077 == 0


def test_everything_listens_on_this_machine_only(stack: Place) -> None:
    ours = {each["pid"] for each in local_stack.status(stack)["processes"].values()}
    family = {child.pid for pid in ours for child in psutil.Process(pid).children(recursive=True)}
    addresses = {
        connection.laddr.ip
        for connection in psutil.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN and connection.pid in ours | family
    }
    assert addresses <= {"127.0.0.1", "::1"}


def test_the_admin_can_not_come_in_over_the_network(stack: Place) -> None:
    import psycopg

    address = f"postgresql://postgres@127.0.0.1:{stack.postgres_port}/postgres"
    with pytest.raises(psycopg.OperationalError, match="rejects connection"):
        psycopg.connect(address)


def test_a_killed_front_door_is_repaired(stack: Place) -> None:
    before = ask(stack, "/v1/apps")
    record = daemons.running(stack, local_stack.FRONT)
    assert record
    os.kill(record.pid, signal.SIGKILL)
    up(stack)
    assert ask(stack, "/v1/apps") == before


def test_a_killed_emulator_comes_back_with_its_state(stack: Place) -> None:
    secrets = Clients(stack).secretsmanager
    secrets.create_secret(Name="fragua-dev/apps/kept", SecretString="kept")
    api, apps = outputs(stack), ask(stack, "/v1/apps")
    time.sleep(emulator.CHECKPOINT_EVERY_S + 2)
    record = daemons.running(stack, emulator.NAME)
    assert record
    os.kill(record.pid, signal.SIGKILL)
    up(stack)
    assert outputs(stack) == api
    assert secrets.get_secret_value(SecretId="fragua-dev/apps/kept")["SecretString"] == "kept"
    assert ask(stack, "/v1/apps") == apps


def test_down_and_up_again_finds_all_data(stack: Place) -> None:
    before = stack.credentials.read_text()
    processes = local_stack.status(stack)["processes"]
    assert [name for name, each in processes.items() if not each["running"]] == []
    local_stack.down(stack, lambda _: None)
    assert not [each["pid"] for each in processes.values() if psutil.pid_exists(each["pid"])]
    lines, seconds = up(stack)
    assert stack.credentials.read_text() == before
    assert "items" in ask(stack, "/v1/apps")
    assert seconds < 30
    assert [line for line in lines if "created" in line or "seeded" in line] == []


def test_postgres_that_was_killed_recovers(stack: Place) -> None:
    record = daemons.running(stack, postgres.NAME)
    assert record
    os.kill(record.pid, signal.SIGKILL)
    time.sleep(0.3)
    up(stack)
    assert "items" in ask(stack, "/v1/apps")
