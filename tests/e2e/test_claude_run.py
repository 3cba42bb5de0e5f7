"""The real stack with models to ask: Lambdas, state machine, container checks, over the public API, against a played Claude.

A run whose first attempt fails what was executed and whose second passes; its money, its cache, its trace; a budget that
is too small; somebody who cancels; an account that is refused, and the run that goes on afterwards.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local import stack as local_stack
from infra.local.engine import Engine
from infra.local.place import Place
from tests.claude_server import brains
from tests.claude_server.businesses import business
from tests.claude_server.scripted import Scripted, spend_limit
from tests.claude_server.server import KEY, Answered, ClaudeServer, served
from tests.e2e.conftest import Polite, free_place, shared_cache
from tests.e2e.test_main_job import closed, eventually

pytestmark = pytest.mark.stack
THINKS_S = 1.0
ADVICE = "Conviene llamar antes"
"""A rule in words that nobody can turn into code."""
WRITTEN = 4
"""Modules that a model has to write."""


@pytest.fixture(scope="module")
def server() -> Iterator[ClaudeServer]:
    with served(unhurried(brains.careless)) as claude:
        yield claude


@pytest.fixture(scope="module")
def claude_stack(server: ClaudeServer) -> Iterator[Place]:
    home = Path(tempfile.mkdtemp(prefix="fragua-claude-")) / ".fragua"
    engine = Engine("claude", server.url, KEY, may_be_unfenced=True, said="played")
    place = replace(free_place(home), engine=engine, app_port_base=30_000 + os.getpid() % 2_000)
    shared_cache(place)
    local_stack.up(place, lambda line: None)
    yield place
    local_stack.down(place, lambda line: None)
    if not os.environ.get("FRAGUA_KEEP"):
        shutil.rmtree(home.parent, ignore_errors=True)
        shutil.rmtree(place.sockets, ignore_errors=True)


@pytest.fixture(scope="module")
def api(claude_stack: Place) -> Iterator[httpx.Client]:
    key = json.loads(claude_stack.credentials.read_text())["api_key"]
    headers = {"Authorization": f"Bearer {key}"}
    with Polite(base_url=claude_stack.front_url, headers=headers, timeout=60) as client:
        yield client


def unhurried(brain: Any) -> Any:
    return brains.unhurried(brain, first_s=THINKS_S, tokens_per_s=2_000)


def begun(api: httpx.Client, **body: Any) -> str:
    mvs = business(WRITTEN, "es")
    app = api.post("/v1/apps", json={"mvs": mvs})
    assert app.status_code == 201, app.text
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    started = api.post(f"/v1/apps/{app.json()['id']}/generations", json=body, headers=headers)
    assert started.status_code == 202, started.text
    assert started.json()["engine"] == "claude"
    return str(started.json()["id"])


def documents(api: httpx.Client, generation: str) -> dict[str, Any]:
    items = api.get(f"/v1/generations/{generation}/artifacts").json()["items"]
    return {i["name"]: httpx.get(i["url"]).json() for i in items if i["name"].endswith(".json")}


def events(api: httpx.Client, generation: str) -> list[dict[str, Any]]:
    """All pages."""
    found: list[dict[str, Any]] = []
    while True:
        after = found[-1]["id"] if found else ""
        page = api.get(f"/v1/generations/{generation}/events", params={"after": after}).json()
        if not page["items"]:
            return found
        found += page["items"]


@pytest.fixture(scope="module")
def careful_in_the_end(api: httpx.Client, server: ClaudeServer) -> dict[str, Any]:
    generation = begun(api)
    ended = closed(api, generation, within_s=600)
    return {"id": generation, "ended": ended, "answered": list(server.answered)}


def test_a_run_whose_first_attempt_fails_its_checks_repairs_it_and_ships(
    api: httpx.Client, careful_in_the_end: dict[str, Any]
) -> None:
    ended = careful_in_the_end["ended"]
    assert ended["status"] == "succeeded", ended
    kept = documents(api, careful_in_the_end["id"])
    failed = [c["id"] for c in kept["checks-1.json"]["checks"] if not c["passed"]]
    assert failed == ["app.tests"]
    assert kept["checks-2.json"]["passed"]
    assert httpx.get(f"{ended['url']}/healthz").json()["version"] == careful_in_the_end["id"]


def writers(careful_in_the_end: dict[str, Any]) -> list[Answered]:
    return [e for e in careful_in_the_end["answered"] if e.asked.shape == "WrittenModule"]


def test_modules_are_written_side_by_side_from_a_prefix_that_is_read_from_the_cache(
    server: ClaudeServer, careful_in_the_end: dict[str, Any]
) -> None:
    assert server.at_once_max >= 2
    calls = writers(careful_in_the_end)
    assert len(calls) == 1 + 2 * WRITTEN
    later = [each.counted for each in calls[1:]]
    assert sum(c.cache_read for c in later) / sum(c.all_tokens for c in later) >= 0.8


def test_what_the_run_cost_is_what_the_provider_counted(
    api: httpx.Client, careful_in_the_end: dict[str, Any]
) -> None:
    usage = api.get(f"/v1/generations/{careful_in_the_end['id']}/usage").json()
    counted = [each for each in careful_in_the_end["answered"] if each.status == 200]
    assert len(usage["calls"]) == len(counted)
    for name, theirs in (
        ("input_tokens", sum(e.counted.input_tokens for e in counted)),
        ("cache_read_tokens", sum(e.counted.cache_read for e in counted)),
        ("cache_write_tokens", sum(e.counted.cache_write for e in counted)),
        ("output_tokens", sum(e.output_tokens for e in counted)),
    ):
        assert sum(total[name] for total in usage["totals"]) == theirs, name
    assert 0 < usage["spent_microdollars"] <= usage["budget_microdollars"]
    assert usage["reserved_microdollars"] == 0
    told = events(api, careful_in_the_end["id"])
    costs = [e["cost_microdollars"] for e in told if e.get("cost_microdollars")]
    assert sum(costs) == usage["spent_microdollars"]


def test_every_rule_that_a_model_wrote_is_traced_to_a_test_that_passed(
    api: httpx.Client, careful_in_the_end: dict[str, Any]
) -> None:
    trace = api.get(f"/v1/generations/{careful_in_the_end['id']}/trace").json()
    named = {
        test["name"]: test["result"] for line in trace["requirements"] for test in line["tests"]
    }
    coded = [n for n in named if n.endswith(("without_leading_zero", "at_most_two_a_day"))]
    assert len(coded) == WRITTEN
    assert {named[name] for name in coded} == {"passed"}
    advice = [line["id"] for line in trace["requirements"] if ADVICE in line["text"]]
    assert trace["unproved"] == advice, "what no test proves is named, and nothing else"


def test_a_run_with_little_money_stops_asking_and_ships_by_rules(api: httpx.Client) -> None:
    generation = begun(api, budget_microdollars=300_000)
    ended = closed(api, generation, within_s=600)
    assert ended["status"] == "succeeded", ended
    usage = api.get(f"/v1/generations/{generation}/usage").json()
    assert usage["spent_microdollars"] <= usage["budget_microdollars"] == 300_000
    said = " ".join(event["message"] for event in events(api, generation))
    assert "By rules alone" in said or "Kept its baseline" in said


def answering(server: ClaudeServer, brain: Callable[[Any], Scripted]) -> int:
    """From now on; returns how many requests came until now."""
    server.brain = brain
    return len(server.requests)


def test_whoever_cancels_pays_for_no_call_that_had_not_begun(
    api: httpx.Client, server: ClaudeServer
) -> None:
    before = answering(server, brains.unhurried(brains.engineer, first_s=4.0, tokens_per_s=2_000))
    generation = begun(api)
    eventually(
        lambda: [e for e in server.requests[before:] if e.shape == "DesignChoices"], bool, 120
    )
    assert api.post(f"/v1/generations/{generation}/cancel", json={}).status_code < 300
    asked = len(server.requests)
    assert closed(api, generation, within_s=120)["status"] == "cancelled"
    assert len(server.requests) == asked
    usage = api.get(f"/v1/generations/{generation}/usage").json()
    assert len(usage["calls"]) <= asked - before


def test_a_run_that_the_account_stopped_goes_on_and_asks_nothing_twice(
    api: httpx.Client, server: ClaudeServer
) -> None:
    def refused(asked: Any) -> Scripted:
        return spend_limit() if asked.shape == "WrittenModule" else brains.engineer(asked)

    before = answering(server, refused)
    generation = begun(api)
    ended = closed(api, generation, within_s=300)
    assert ended["status"] == "failed", ended
    shapes = [each.shape for each in server.requests[before:]]
    assert shapes.count("WrittenModule") <= 1 + WRITTEN, "a spend limit is not asked again"
    after = answering(server, brains.engineer)
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    resumed = api.post(f"/v1/generations/{generation}/resume", json={}, headers=headers)
    assert resumed.status_code == 202, resumed.text
    assert closed(api, resumed.json()["id"], within_s=600)["status"] == "succeeded"
    again = {each.shape for each in server.requests[after:]}
    assert again <= {"WrittenModule", "Judgement"}
