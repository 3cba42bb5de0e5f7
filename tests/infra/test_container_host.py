"""The container host on a fake ECS: a tiny HTTP app in an image that is on disk already."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from infra.local import contained, container_host
from infra.local.container_host import Host, end_leftovers
from infra.local.images_on_disk import give_python
from infra.local.place import Place
from infra.local.postgres import let_others_pass

APP = """
import http.server, json, os, sys

VERSION = os.environ["APP_VERSION"]

class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/die":
            os._exit(3)
        told = {"version": VERSION, "environment": dict(os.environ), "path": sys.path, "uid": os.getuid(), "exe": sys.executable}
        body = json.dumps(told).encode()
        self.send_response(503 if VERSION == "sick" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

http.server.ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Answers).serve_forever()
"""
CHECKS = """
import os, pathlib, sys
pathlib.Path(os.environ["TMPDIR"], "scratch").write_text("x")
print("secret is", os.environ["DATABASE_URL"], flush=True)
sys.exit(int(os.environ["ANSWER"]))
"""
IMAGE = "127.0.0.1:1/stack/apps@sha256:" + "a" * 64


class FakeEcs:
    """As the emulator: whatever is asked for is RUNNING until somebody stops it."""

    def __init__(self, port: int) -> None:
        self.definitions: dict[str, dict[str, Any]] = {}
        self.wanted: dict[str, str] = {}
        self.tasks: dict[str, dict[str, Any]] = {}
        self.stopped: dict[str, str] = {}
        self.invoked: list[tuple[str, dict[str, Any]]] = []
        self.number = port
        self.count = 1

    async def services(self, cluster: str) -> list[dict[str, Any]]:
        balancer = [{"targetGroupArn": "group"}]
        return [
            {
                "serviceName": name,
                "desiredCount": self.count,
                "taskDefinition": arn,
                "loadBalancers": balancer,
            }
            for name, arn in self.wanted.items()
        ]

    async def one_off_tasks(self, cluster: str) -> list[dict[str, Any]]:
        return list(self.tasks.values())

    async def task_definition(self, arn: str) -> dict[str, Any]:
        return self.definitions[arn]

    async def stop_task(self, cluster: str, arn: str, reason: str) -> None:
        self.tasks.pop(arn, None)
        self.stopped[arn] = reason

    async def invoke(self, function: str, event: dict[str, Any]) -> None:
        self.invoked.append((function, event))

    async def secret(self, reference: str) -> str:
        return f"value of {reference}"

    async def rule_priority(self, listener: str, target_group: str) -> int:
        return self.number

    def define(self, arn: str, *command: str, kind: str = "service", **environment: str) -> str:
        self.definitions[arn] = {
            "family": "toy",
            "memory": "512",
            "containerDefinitions": [
                {
                    "name": "app",
                    "image": IMAGE,
                    "command": list(command),
                    "environment": [{"name": k, "value": v} for k, v in environment.items()],
                    "secrets": [{"name": "DATABASE_URL", "valueFrom": "arn:database"}],
                    "logConfiguration": {"options": {"awslogs-stream-prefix": f"toy/{kind}"}},
                }
            ],
        }
        return arn

    def serve(self, version: str) -> None:
        self.wanted["toy"] = self.define(
            f"toy:{version}", "python", "serve.py", APP_VERSION=version, TMPDIR="/dev/shm"
        )

    def run(self, arn: str, **environment: str) -> None:
        self.define("checks:1", "python", "checks.py", kind="checks", **environment)
        self.tasks[arn] = {
            "taskArn": arn,
            "taskDefinitionArn": "checks:1",
            "overrides": {},
            "startedBy": "checks-1",
        }


@pytest.fixture
def place() -> Iterator[Place]:
    """Not below pytest's own folder: every pytest that starts closes that one to other users, and apps are others."""
    with tempfile.TemporaryDirectory(prefix="fragua-host-") as folder:
        yield prepared(Path(folder))


def prepared(folder: Path) -> Place:
    place = Place(home=folder / "home", app_port_base=0)
    place.make()
    let_others_pass(place.containers)
    root = place.containers / "images" / f"sha256-{'a' * 64}"
    (root / "app").mkdir(parents=True)
    (root / "app" / "serve.py").write_text(APP)
    (root / "app" / "checks.py").write_text(CHECKS)
    give_python(root)
    config = {"Env": ["PYTHONPATH=/app/site-packages:/app"], "WorkingDir": "/app"}
    (root / ".config.json").write_text(json.dumps({"config": config}))
    return place


@asynccontextmanager
async def hosted(place: Place) -> AsyncIterator[tuple[Host, FakeEcs]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        ecs = FakeEcs(probe.getsockname()[1])
    host = Host(place, ecs, "cluster", "listener", "told")  # type: ignore[arg-type]
    stopping = asyncio.Event()
    looking = asyncio.create_task(host.look_forever(stopping))
    try:
        yield host, ecs
    finally:
        stopping.set()
        await looking


async def until(true: Callable[[], Awaitable[Any]], within_s: float = 20) -> Any:
    deadline = time.monotonic() + within_s
    while not (answer := await true()):
        assert time.monotonic() < deadline, "it never became true"
        await asyncio.sleep(0.05)
    return answer


async def told(ecs: FakeEcs, path: str = "/") -> dict[str, Any]:
    """What the app says about itself; {} when nobody answers."""

    def call() -> dict[str, Any]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{ecs.number}{path}", timeout=5) as reply:
                return dict(json.load(reply))
        except (urllib.error.URLError, OSError):
            return {}

    return await asyncio.to_thread(call)


async def version(ecs: FakeEcs, wanted: str) -> bool:
    return (await told(ecs)).get("version") == wanted


def test_layers_of_an_image_that_is_being_put_together_are_not_tidied_away(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer = place.containers / "layers" / f"sha256-{'b' * 64}"
    begun, go_on = threading.Event(), threading.Event()

    def pulled(*_: object) -> None:
        layer.mkdir(parents=True)
        begun.set()
        go_on.wait(10)

    async def story() -> None:
        monkeypatch.setattr(container_host, "pull", pulled)
        host = Host(place, FakeEcs(0), "cluster", "listener", "told")  # type: ignore[arg-type]
        pulling = asyncio.create_task(host.image("app@sha256:b"))
        await asyncio.to_thread(begun.wait, 10)
        await host.tidy()
        assert layer.exists()
        go_on.set()
        await pulling
        await host.tidy()
        assert not layer.exists()

    asyncio.run(story())


def test_a_service_that_rests_has_no_process_and_answers_again_when_woken(place: Place) -> None:
    async def story() -> None:
        async with hosted(place) as (host, ecs):
            ecs.serve("v1")
            await until(lambda: version(ecs, "v1"))
            ecs.count = 0

            async def is_quiet() -> bool:
                return not host.running and not await told(ecs)

            await until(is_quiet)
            ecs.count = 1
            await until(lambda: version(ecs, "v1"))

    asyncio.run(story())


def test_a_service_answers_on_its_own_port_with_only_its_tasks_environment(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a person's own")

    async def story() -> dict[str, Any]:
        async with hosted(place) as (_, ecs):
            ecs.serve("v1")
            await until(lambda: version(ecs, "v1"))
            return await told(ecs)

    facts = asyncio.run(story())
    environment = facts["environment"]
    assert environment["DATABASE_URL"] == "value of arn:database"
    assert "AWS_SECRET_ACCESS_KEY" not in environment
    assert environment["HOST"] == "127.0.0.1"
    assert str(place.containers) in environment["TMPDIR"]
    assert not [entry for entry in facts["path"] if ".venv" in entry]
    assert str(place.containers) in facts["exe"]
    if os.geteuid() == 0:
        assert facts["uid"] >= contained.FIRST_UID


def test_a_new_version_takes_over_when_it_is_healthy(place: Place) -> None:
    async def story() -> tuple[int, int]:
        async with hosted(place) as (host, ecs):
            ecs.serve("v1")
            await until(lambda: version(ecs, "v1"))
            ecs.serve("v2")
            await until(lambda: version(ecs, "v2"))
            await asyncio.sleep(0.2)
            return len(host.running), host.keepers["toy"].restarts

    assert asyncio.run(story()) == (1, 0)


def test_a_version_that_never_becomes_healthy_never_gets_the_port(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.local.service.HEALTHY_WITHIN_S", 1)

    async def story() -> tuple[bool, str]:
        async with hosted(place) as (host, ecs):
            ecs.serve("v1")
            await until(lambda: version(ecs, "v1"))
            ecs.serve("sick")

            async def noticed() -> str:
                return host.keepers["toy"].fault

            fault = await until(noticed)
            kept = await version(ecs, "v1")
            ecs.serve("v1")
            return kept and await until(lambda: version(ecs, "v1")), fault

    assert asyncio.run(story()) == (True, "did not become healthy")


def test_a_service_that_ends_is_started_again(place: Place) -> None:
    async def story() -> int:
        async with hosted(place) as (host, ecs):
            ecs.serve("v1")
            await until(lambda: version(ecs, "v1"))
            await told(ecs, "/die")
            await until(lambda: version(ecs, "v1"))
            return host.keepers["toy"].restarts

    assert asyncio.run(story()) == 1


def test_a_service_that_is_deleted_stops_and_gives_its_port_back(place: Place) -> None:
    async def story() -> bool:
        async with hosted(place) as (host, ecs):
            ecs.serve("v1")
            await until(lambda: version(ecs, "v1"))
            ecs.wanted.clear()

            async def gone() -> bool:
                return not host.keepers and not host.running

            return bool(await until(gone))

    assert asyncio.run(story())


@pytest.mark.parametrize("code", ["0", "3"])
def test_a_one_off_task_ends_and_says_how(place: Place, code: str) -> None:
    async def story() -> str:
        async with hosted(place) as (_, ecs):
            ecs.run("arn:task/cluster/t1", ANSWER=code)

            async def ended() -> str:
                return ecs.stopped.get("arn:task/cluster/t1", "")

            return str(await until(ended))

    assert asyncio.run(story()) == f"Essential container exited with code {code}"
    log = (place.logs / "apps" / "toy" / "checks.log").read_text()
    assert "secret is value of arn:database" in log
    assert list((place.containers / "tasks").iterdir()) == []


@pytest.mark.parametrize("code", [0, 3])
def test_the_end_of_a_one_off_task_is_told_as_ecs_tells_it(place: Place, code: int) -> None:
    async def story() -> tuple[str, dict[str, Any]]:
        async with hosted(place) as (_, ecs):
            ecs.run("arn:task/cluster/t1", ANSWER=str(code))

            async def told() -> list[Any]:
                return ecs.invoked

            [only] = await until(told)
            return only  # type: ignore[no-any-return]

    function, event = asyncio.run(story())
    detail = event["detail"]
    assert function == "told"
    assert (detail["startedBy"], detail["containers"][0]["exitCode"]) == ("checks-1", code)


def test_a_task_that_can_not_start_is_stopped_with_the_reason(place: Place) -> None:
    async def story() -> str:
        async with hosted(place) as (_, ecs):
            ecs.run("arn:task/cluster/t1", ANSWER="0")
            ecs.definitions["checks:1"]["containerDefinitions"][0]["image"] = (
                "127.0.0.1:1/apps@sha256:" + "b" * 64
            )

            async def ended() -> str:
                return ecs.stopped.get("arn:task/cluster/t1", "")

            return str(await until(ended))

    assert asyncio.run(story()).startswith("CannotStartContainerError")


def test_when_the_host_stops_nothing_of_it_stays(place: Place) -> None:
    async def story() -> psutil.Process:
        async with hosted(place) as (host, ecs):
            ecs.serve("v1")
            await until(lambda: version(ecs, "v1"))
            (running,) = host.running.values()
            return psutil.Process(running.record.pid)

    assert not asyncio.run(story()).is_running()


def test_what_a_killed_host_left_is_ended_by_the_next(place: Place) -> None:
    import subprocess
    import sys

    from infra.local.daemons import Record

    left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    created = psutil.Process(left.pid).create_time()
    records = [vars(Record(left.pid, created)), vars(Record(os.getpid(), 1.0))]
    (place.run / "contained.json").write_text(json.dumps(records))
    end_leftovers(place)
    left.wait(5)
    assert not psutil.pid_exists(left.pid)


def test_while_nothing_is_healthy_the_port_answers_503(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.local.service.HEALTHY_WITHIN_S", 2)

    async def story() -> tuple[int, str]:
        async with hosted(place) as (host, ecs):
            ecs.serve("sick")

            async def opened() -> bool:
                return bool(host.keepers) and host.keepers["toy"]._opened

            await until(opened)
            return await asyncio.to_thread(refused, ecs.number)

    assert asyncio.run(story()) == (503, "application/problem+json")


def refused(port: int) -> tuple[int, str]:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"]
    raise AssertionError("it answered")


def test_labels_can_not_leave_the_folder_of_logs() -> None:
    definition = {
        "family": "../../x",
        "containerDefinitions": [
            {"logConfiguration": {"options": {"awslogs-stream-prefix": "../../etc/cron"}}}
        ],
    }
    assert contained.label_of(definition) == "------x/task"
