"""Every documented operation, asked with sound and unsound data: no server error, no answer that is not documented.

On a stack of its own whose limits are raised by parameters of the template, because at 30 writes a minute nearly every
answer would be the same 429. What else is counted (sign-ins, letters, codes) keeps its real numbers. The same examples each
time, as many as fit into a minute. An MVS is any object here: `tests/mvs/test_hostile.py` takes care of what is in it.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local import stack as local_stack
from infra.local.place import Place
from tests.e2e.conftest import free_place, shared_cache

pytestmark = pytest.mark.stack

RAISED = (
    *("ReadsPerMinute", "WritesPerMinute", "KeyRequestsPerHour"),
    *("PublicReadsPerMinute", "PublicWritesPerMinute"),
)
CHECKS = (
    *("not_a_server_error", "status_code_conformance", "content_type_conformance"),
    *("response_schema_conformance", "response_headers_conformance"),
)
ENDS_THE_SESSION = ("/v1/auth/sign-out", "/v1/auth/sign-out-everywhere")
PASSWORD = "a password of five words"
LETTER_WITHIN_S = 30
RUN_WITHIN_S = 240


@pytest.fixture(scope="module")
def unhurried() -> Iterator[Place]:
    home = Path(tempfile.mkdtemp(prefix="fragua-schemathesis-")) / ".fragua"
    place = replace(free_place(home), parameters=tuple((name, "1000000") for name in RAISED))
    shared_cache(place)
    local_stack.up(place, lambda _: None)
    yield place
    local_stack.down(place, lambda _: None)
    shutil.rmtree(home.parent, ignore_errors=True)
    shutil.rmtree(place.sockets, ignore_errors=True)


@dataclass(frozen=True)
class Asker:
    """Who asks, how many examples of each operation, and what is known to be there."""

    examples: int
    token: str = ""
    known: dict[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()


@pytest.fixture(scope="module")
def runs(
    unhurried: Place, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, subprocess.Popen[str]]]:
    """All at the same time, each in a process of its own: Python 3.11 mixes up threads that compile."""
    key = str(json.loads(unhurried.credentials.read_text())["api_key"])
    person = signed_up(unhurried, "ana@example.com")
    askers = {
        "key": Asker(2, token=key, known=things(unhurried, key)),
        "person": Asker(2, token=person, without=ENDS_THE_SESSION),
        "anybody": Asker(1),
    }
    runs = {
        name: asking(unhurried, tmp_path_factory.mktemp(name), asker)
        for name, asker in askers.items()
    }
    yield runs
    for run in runs.values():
        run.kill()
        run.wait()


@pytest.mark.parametrize("name", ["key", "person", "anybody"])
def test_answers_are_documented(runs: dict[str, subprocess.Popen[str]], name: str) -> None:
    told, _ = runs[name].communicate(timeout=RUN_WITHIN_S)
    assert runs[name].returncode == 0, told


def asking(place: Place, folder: Path, asker: Asker) -> subprocess.Popen[str]:
    copy = folder / "openapi.json"
    copy.write_text(json.dumps(made_askable(asker.known)))
    command = [Path(sys.executable).with_name("schemathesis"), "run", copy]
    command += ["--url", place.front_url, "--phases", "fuzzing", "--no-shrink"]
    command += ["--max-examples", asker.examples, "--generation-deterministic"]
    command += ["--checks", ",".join(CHECKS), "--suppress-health-check", "all"]
    command += ["--warnings", "off", "--no-color", "--request-timeout", "60"]
    command += ["--header", f"Authorization: Bearer {asker.token}"] if asker.token else []
    command += [word for path in asker.without for word in ("--exclude-path", path)]
    return subprocess.Popen(
        list(map(str, command)),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def made_askable(known: dict[str, str]) -> dict[str, Any]:
    """The document, where reads ask for things that are there, so that not every answer is 404."""
    document: dict[str, Any] = json.loads(Path("docs/openapi.json").read_text())
    document["components"]["schemas"]["Mvs"] = {"type": "object"}
    for methods in document["paths"].values():
        for parameter in methods.get("get", {}).get("parameters", []):
            if parameter.get("name") in known:
                parameter["schema"] = {"enum": [known[parameter["name"]]]}
    return document


def things(place: Place, key: str) -> dict[str, str]:
    import yaml

    mvs = yaml.safe_load(Path("examples/clinica-dental.yaml").read_text())
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=place.front_url, headers=headers, timeout=60) as api:
        app = api.post("/v1/apps", json={"mvs": mvs}).json()["id"]
        begun = api.post(f"/v1/apps/{app}/generations", headers={"Idempotency-Key": "1"}).json()
        api.post(f"/v1/generations/{begun['id']}/cancel")
    return {"app_id": app, "generation_id": begun["id"]}


def signed_up(place: Place, email: str) -> str:
    """The access token of the owner of an organization that has nothing yet."""
    person = {"email": email, "name": "Ana", "organization": "Talleres Ana"}
    with httpx.Client(base_url=place.front_url, timeout=60) as api:
        api.post("/v1/auth/sign-up", json=person).raise_for_status()
        link = {"token": token_sent_to(place, email), "password": PASSWORD}
        api.post("/v1/auth/email/verify", json=link).raise_for_status()
        signed_in = api.post("/v1/auth/sign-in", json={"email": email, "password": PASSWORD})
        return str(signed_in.raise_for_status().json()["access_token"])


def token_sent_to(place: Place, email: str) -> str:
    until = time.monotonic() + LETTER_WITHIN_S
    while time.monotonic() < until:
        boxes = httpx.get(place.mailbox_url, timeout=10).json()["messages"].values()
        for letter in (each for box in boxes for each in box if email in each["To"]):
            if found := re.search(r"token=([A-Za-z0-9_-]+)", letter["BodyText"]):
                return found[1]
        time.sleep(0.3)
    raise AssertionError(f"no letter to {email}")
