"""Runs whose driver dies: the emulator in mid-generation, a task that ends without a word. They end, and say where and why."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import httpx
import psycopg
import pytest

from infra.local import daemons, emulator, postgres
from infra.local import stack as local_stack
from infra.local.place import Place
from tests.e2e.test_main_job import closed, eventually, new_app, processes, start

pytestmark = pytest.mark.stack


def told(api: httpx.Client, generation_id: str, stage: str, status: str = "started") -> None:
    eventually(
        lambda: api.get(f"/v1/generations/{generation_id}/events").json()["items"],
        lambda seen: any((e["stage"], e["status"]) == (stage, status) for e in seen),
        within_s=120,
    )


def begun(api: httpx.Client, app_id: str) -> str:
    reply = start(api, app_id)
    assert reply.status_code in (200, 201, 202), reply.text
    return str(reply.json()["id"])


def kill_emulator(stack: Place) -> None:
    record = daemons.running(stack, emulator.NAME)
    assert record
    os.kill(record.pid, signal.SIGKILL)


def charged(stack: Place) -> int:
    query = "select count(*) from platform.generations where is_charged"
    return int(asked(stack, query, dbname="fragua")[0][0])


def scratch_databases(stack: Place) -> list[Any]:
    return asked(stack, "select datname from pg_database where datname like 'scratch%'")


def asked(stack: Place, query: str, **where: Any) -> list[Any]:
    with psycopg.connect(postgres.admin_dsn(stack), **where) as server:
        return server.execute(query).fetchall()  # type: ignore[call-overload, no-any-return]


def test_a_run_whose_emulator_is_killed_fails_and_says_where(
    api: httpx.Client, stack: Place
) -> None:
    app_id, before = new_app(api), charged(stack)
    generation = begun(api, app_id)
    told(api, generation, "RunChecks")
    time.sleep(emulator.CHECKPOINT_EVERY_S + 0.5)
    kill_emulator(stack)
    local_stack.up(stack, lambda line: None)
    ended = closed(api, generation, within_s=60)
    assert ended["status"] == "failed"
    assert ended["failure"]["stage"] == "RunChecks"
    assert "interrupted in RunChecks" in ended["failure"]["reason"]
    assert charged(stack) == before
    assert scratch_databases(stack) == []
    following = begun(api, app_id)
    told(api, following, "Orchestrate", "done")
    api.post(f"/v1/generations/{following}/cancel", json={})
    told(api, following, "CleanUp", "done")


def test_a_run_that_the_emulator_forgot_begins_again(api: httpx.Client, stack: Place) -> None:
    """Killed before it wrote down that there was an execution, or after: either way the run ends."""
    generation = begun(api, new_app(api))
    kill_emulator(stack)
    local_stack.up(stack, lambda line: None)
    ended = closed(api, generation)
    assert ended["status"] == "succeeded" or "interrupted" in ended["failure"]["reason"]


def test_checks_that_die_silently_fail_the_run_within_seconds(
    api: httpx.Client, stack: Place
) -> None:
    before = charged(stack)
    generation = begun(api, new_app(api))
    told(api, generation, "RunChecks")
    checking = eventually(lambda: processes(stack, "selfcheck.run"), bool)
    for process in checking:
        process.kill()
    ended = closed(api, generation, within_s=30)
    assert (ended["status"], ended["failure"]["stage"]) == ("failed", "RunChecks")
    assert "ended without a report (exit code -9" in ended["failure"]["reason"]
    assert charged(stack) == before
    assert scratch_databases(stack) == []
