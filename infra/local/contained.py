"""One container without Docker: a child process with only its task's environment, fewer rights and limited resources.

In: an image on disk, a task definition's container, secrets already read. Out: `Contained`, a running process. Callers:
`container_host`. The surprise: as root every app gets a user id of its own; without root all apps share the person's,
and the network is not fenced in either case (docs/operations.md says what that means).
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from infra.local import daemons
from infra.local.images_on_disk import Image
from infra.local.place import Place

LAUNCHER = Path(__file__).with_name("launch.py")
FIRST_UID, UIDS = 20_000, 40_000
STOP_PATIENCE_S = 10
CPU_S_MAX = 1_800


@dataclass(frozen=True)
class Plan:
    """What to run, as data. `label` is `<slug>/<kind>`: it names the log and the user id."""

    task: str
    label: str
    image: Image
    command: tuple[str, ...]
    environment: dict[str, str]
    memory_mib: int
    port: int
    one_off: bool

    @property
    def slug(self) -> str:
        return self.label.partition("/")[0]


def planned(
    task: str,
    definition: Mapping[str, Any],
    image: Image,
    secrets: Mapping[str, str],
    *,
    overrides: Mapping[str, Any] | None = None,
    one_off: bool,
) -> Plan:
    """From ECS's own shapes. An override's environment wins, as in ECS."""
    container = definition["containerDefinitions"][0]
    changed = container_override(overrides or {}, container["name"])
    environment = {
        **values(container.get("environment")),
        **values(changed.get("environment")),
        **secrets,
    }
    command = changed.get("command") or container.get("command") or image.command
    return Plan(
        task=task,
        label=label_of(definition),
        image=image,
        command=tuple(command),
        environment=environment,
        memory_mib=int(container.get("memory") or definition.get("memory") or 512),
        port=0 if one_off else free_port(),
        one_off=one_off,
    )


def container_override(overrides: Mapping[str, Any], name: str) -> dict[str, Any]:
    for each in overrides.get("containerOverrides") or []:
        if each.get("name") == name:
            return dict(each)
    return {}


def values(pairs: Sequence[Mapping[str, str]] | None) -> dict[str, str]:
    return {pair["name"]: pair["value"] for pair in pairs or []}


def label_of(definition: Mapping[str, Any]) -> str:
    """The log stream's prefix when it is as expected, else the family; safe as a path either way."""
    options = (definition["containerDefinitions"][0].get("logConfiguration") or {}).get(
        "options"
    ) or {}
    prefix = str(options.get("awslogs-stream-prefix", ""))
    if re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}/[a-z_]{1,20}", prefix):
        return prefix
    family = re.sub(r"[^A-Za-z0-9-]", "-", str(definition.get("family", "task")))[:64]
    return f"{family or 'task'}/task"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def full_environment(plan: Plan, scratch: Path) -> dict[str, str]:
    """The image's and the task's variables, and what any machine gives: a home, a place for files, a port."""
    image = {name: moved(value, plan.image) for name, value in plan.image.environment.items()}
    here = {
        "PATH": str(plan.image.python.parent),
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "USER": "app",
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "PYTHONNOUSERSITE": "1",
    }
    listens = {} if plan.one_off else {"PORT": str(plan.port), "HOST": "127.0.0.1"}
    return {**image, **plan.environment, **here, **listens}


def moved(value: str, image: Image) -> str:
    """`/app/site-packages:/app` → the same below the image's folder on this machine."""
    return ":".join(image.inside(part) for part in value.split(":"))


def launch_argument(plan: Plan, uid: int | None) -> str:
    program, *rest = plan.command
    if program in ("python", "python3"):
        program = str(plan.image.python)
    return json.dumps(
        {
            "command": [
                plan.image.inside(program) if program.startswith("/app/") else program,
                *rest,
            ],
            "folder": plan.image.inside(plan.image.folder),
            "uid": uid,
            "limits": limits(plan),
        }
    )


def limits(plan: Plan) -> dict[str, int]:
    """RLIMIT_DATA and not RLIMIT_AS: address space that is only reserved costs nothing."""
    most = {
        "RLIMIT_DATA": plan.memory_mib * 2**20,
        "RLIMIT_CORE": 0,
        "RLIMIT_NOFILE": 2048,
        "RLIMIT_FSIZE": 2**30,
        "RLIMIT_NPROC": 256,
    }
    if not daemons.is_root():
        del most["RLIMIT_NPROC"]  # it counts all processes of a person, not of an app
    return {**most, "RLIMIT_CPU": CPU_S_MAX} if plan.one_off else most


def user_id(slug: str) -> int | None:
    if not daemons.is_root():
        return None
    return FIRST_UID + int.from_bytes(hashlib.sha256(slug.encode()).digest()[:4], "big") % UIDS


class Contained:
    """A running task."""

    def __init__(
        self, plan: Plan, process: asyncio.subprocess.Process, scratch: Path, record: daemons.Record
    ) -> None:
        self.plan = plan
        self.record = record
        self.started = time.monotonic()
        self._process = process
        self._scratch = scratch

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def wait(self) -> int:
        code = await self._process.wait()
        self._end_stragglers()
        shutil.rmtree(self._scratch, ignore_errors=True)
        return code

    async def stop(self) -> None:
        """SIGTERM to the whole process group, SIGKILL to who stays."""
        if self.alive:
            self._signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self._process.wait(), STOP_PATIENCE_S)
            except TimeoutError:
                self._signal(signal.SIGKILL)
        await self.wait()

    def _end_stragglers(self) -> None:
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)


async def start(plan: Plan, place: Place) -> Contained:
    scratch = place.containers / "tasks" / plan.task
    scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    uid = user_id(plan.slug)
    if uid is not None:
        os.chown(scratch, uid, uid)
    base = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    with open_log(plan, place) as log:
        process = await asyncio.create_subprocess_exec(
            *(str(base), "-I", "-S", str(LAUNCHER), launch_argument(plan, uid)),
            env=full_environment(plan, scratch),
            cwd="/",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        created = psutil.Process(process.pid).create_time()
    except psutil.Error:
        created = 0.0
    return Contained(plan, process, scratch, daemons.Record(process.pid, created))


def open_log(plan: Plan, place: Place) -> Any:
    path = place.logs / "apps" / f"{plan.label}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    daemons.roll(path)
    log = path.open("ab")
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    log.write(f"--- {when} {plan.task}: {' '.join(plan.command)}\n".encode())
    log.flush()
    return log
