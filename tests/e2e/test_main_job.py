"""The main job on a whole local stack: from an MVS file to a person signed in to the running app."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import psutil
import pytest
import yaml

from infra.local.place import PROJECT, Place
from tests.e2e.person import Person

pytestmark = pytest.mark.stack
EXAMPLE = PROJECT / "examples" / "clinica-dental.yaml"
NEW_PASSWORD = "un-secreto-bien-largo-7"


def fragua(stack: Place, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "FRAGUA_HOME": str(stack.home)}
    command = [sys.executable, "-m", "cli", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def demo(stack: Place) -> dict[str, Any]:
    """`make demo`'s second half, once for all tests here."""
    said = fragua(stack, "demo", str(EXAMPLE))
    assert said.returncode == 0, said.stderr + said.stdout
    answer: dict[str, Any] = json.loads(said.stdout.splitlines()[-1])
    return answer


@pytest.fixture(scope="module")
def owner(demo: dict[str, Any]) -> Iterator[Person]:
    """The first owner, with a password of their own."""
    person = Person(demo["url"])
    first = person.sign_in(demo["username"], demo["password"])
    assert "/password/" in str(first.url), "the first password must be changed first"
    person.send(
        str(first.url),
        old_password=demo["password"],
        new_password1=NEW_PASSWORD,
        new_password2=NEW_PASSWORD,
    )
    yield person
    person.http.close()


def start(api: httpx.Client, app_id: str, key: str = "") -> httpx.Response:
    headers = {"Idempotency-Key": key or str(uuid.uuid4())}
    return api.post(f"/v1/apps/{app_id}/generations", json={}, headers=headers)


def new_app(api: httpx.Client) -> str:
    mvs = yaml.safe_load(EXAMPLE.read_text())
    return str(api.post("/v1/apps", json={"mvs": mvs}).json()["id"])


def closed(api: httpx.Client, generation_id: str, within_s: float = 240) -> dict[str, Any]:
    return eventually(
        lambda: api.get(f"/v1/generations/{generation_id}").json(),
        lambda generation: generation["status"] not in ("queued", "running"),
        within_s,
    )


def eventually(
    look: Callable[[], Any], is_enough: Callable[[Any], bool], within_s: float = 60
) -> Any:
    deadline, pause = time.monotonic() + within_s, 0.2
    while not is_enough(seen := look()):
        assert time.monotonic() < deadline, f"still {seen!r} after {within_s} s"
        time.sleep(pause)
        pause = min(2.0, pause * 1.2)
    return seen


def test_the_demo_answers_with_what_a_program_needs(demo: dict[str, Any]) -> None:
    assert set(demo) == {
        "status", "url", "username", "password", "app_id", "generation_id", "seconds",
    }  # fmt: skip
    assert demo["status"] == "succeeded"


def test_the_first_owner_signs_in_and_sees_demo_data(owner: Person) -> None:
    page = owner.http.get("/")
    assert page.status_code == 200
    assert "Clínica" in page.text
    patients = owner.http.get("/pacientes/")
    assert patients.status_code == 200
    assert patients.text.count("<tr") > 3


def test_the_one_time_password_does_not_open_twice(demo: dict[str, Any], owner: Person) -> None:
    stranger = Person(demo["url"])
    again = stranger.sign_in(demo["username"], demo["password"])
    stranger.http.close()
    assert "/sign-in" in str(again.url)


def test_credentials_are_given_out_once(api: httpx.Client, demo: dict[str, Any]) -> None:
    assert (
        api.post(f"/v1/generations/{demo['generation_id']}/credentials", json={}).status_code == 404
    )


def test_health_says_which_version_answers(demo: dict[str, Any]) -> None:
    health = httpx.get(f"{demo['url']}/healthz").json()
    assert health["version"] == demo["generation_id"]


def test_every_document_of_the_run_can_be_fetched(api: httpx.Client, demo: dict[str, Any]) -> None:
    items = api.get(f"/v1/generations/{demo['generation_id']}/artifacts").json()["items"]
    got = {item["name"]: httpx.get(item["url"]) for item in items}
    assert {"mvs.json", "prd.md", "design.md", "source.zip", "trace.json", "checks-1.json"} <= set(
        got
    )
    assert {reply.status_code for reply in got.values()} == {200}
    assert got["checks-1.json"].json()["passed"] is True


def test_every_stage_told_what_it_did(api: httpx.Client, demo: dict[str, Any]) -> None:
    events = api.get(f"/v1/generations/{demo['generation_id']}/events").json()["items"]
    done = {event["stage"] for event in events if event["status"] == "done"}
    assert {"Orchestrate", "WritePrd", "Design", "Converge", "Assemble", "RunChecks", "Review",
            "Decide", "ProvisionDatabase", "PushImage", "MigrateDatabase", "StartService",
            "AwaitHealthy", "HandOver", "RecordSuccess"} <= done  # fmt: skip
    assert events == sorted(events, key=lambda event: str(event["id"]))


def test_two_starts_with_one_key_are_one_generation(api: httpx.Client) -> None:
    app_id = new_app(api)
    first, second = start(api, app_id, "once"), start(api, app_id, "once")
    assert first.json()["id"] == second.json()["id"]
    assert len(api.get(f"/v1/apps/{app_id}/generations").json()["items"]) == 1
    assert start(api, app_id, "another").status_code == 409
    api.post(f"/v1/generations/{first.json()['id']}/cancel", json={})
    events = f"/v1/generations/{first.json()['id']}/events"
    eventually(
        lambda: api.get(events).json()["items"],
        lambda seen: any(e["stage"] == "CleanUp" and e["status"] != "started" for e in seen),
    )
    assert closed(api, first.json()["id"])["status"] == "cancelled"


def test_a_killed_app_process_is_started_again(
    demo: dict[str, Any], owner: Person, stack: Place
) -> None:
    serving = [p for p in processes(stack, "serve") if str(demo["generation_id"]) in environment(p)]
    assert serving
    for process in serving:
        with contextlib.suppress(psutil.NoSuchProcess):  # its parent took it along
            process.send_signal(signal.SIGKILL)
    eventually(lambda: answers(f"{demo['url']}/healthz"), bool)
    assert owner.http.get("/pacientes/").status_code == 200


def test_a_second_version_keeps_address_people_and_data(
    api: httpx.Client, stack: Place, demo: dict[str, Any], owner: Person
) -> None:
    before = owner.http.get("/pacientes/").text.count("<tr")
    said = fragua(stack, "generate", str(EXAMPLE), "--app", demo["app_id"], "--json")
    second = json.loads(said.stdout.splitlines()[-1])
    assert (second["status"], second["url"], second["password"]) == ("succeeded", demo["url"], None)
    assert httpx.get(f"{demo['url']}/healthz").json()["version"] == second["generation_id"]
    assert owner.http.get("/pacientes/").text.count("<tr") == before


def test_a_run_survives_the_death_of_every_lambda_worker(api: httpx.Client, stack: Place) -> None:
    generation = start(api, new_app(api)).json()["id"]
    events = f"/v1/generations/{generation}/events"
    eventually(
        lambda: api.get(events).json()["items"],
        lambda seen: any(event["stage"] == "Converge" for event in seen),
    )
    for process in processes(stack, "awslambdaric"):
        process.send_signal(signal.SIGKILL)
    ended = closed(api, generation)
    assert ended["status"] == "succeeded" or ended["failure"]["reason"]


def processes(stack: Place, word: str) -> list[psutil.Process]:
    """Those of this stack whose command line has the word."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or [])
        if word in line and (str(stack.home) in line or str(stack.home) in environment(process)):
            found.append(process)
    return found


def environment(process: psutil.Process) -> str:
    try:
        return " ".join(f"{name}={value}" for name, value in process.environ().items())
    except psutil.Error:
        return ""


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.HTTPError:
        return False
