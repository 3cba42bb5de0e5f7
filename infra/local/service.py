"""One long-running service: the wanted version beside the serving one, switched when healthy, restarted when it ends.

In: which task definition is wanted. Out: a healthy process behind the app's port. Callers: `container_host`. The surprise: a
version that never becomes healthy never gets the port; the one before goes on serving.
"""

from __future__ import annotations

import asyncio
import logging
import time
import urllib.error
import urllib.request
import uuid
from typing import Protocol

from infra.local.contained import Contained, Plan
from infra.local.emulated import AwsFault
from infra.local.layers import UnsafeLayer
from infra.local.pipe import Pipe
from infra.local.registry import RegistryFault

HEALTH_PATH = "/healthz"
HEALTH_EVERY_S = 0.1
HEALTHY_WITHIN_S = 60
BACKOFF_S = (0.2, 0.5, 1, 2, 5, 10, 30)
STEADY_AFTER_S = 30

log = logging.getLogger("containers")


class Runner(Protocol):
    """What a keeper needs from the host."""

    async def plan(self, definition_arn: str, task: str) -> Plan: ...

    async def start(self, plan: Plan) -> Contained: ...

    def forget(self, running: Contained | None) -> None: ...


class ServiceKeeper:
    def __init__(self, name: str, port: int, runner: Runner) -> None:
        self.name = name
        self.pipe = Pipe(port)
        self.restarts = 0
        self.fault = ""
        self._runner = runner
        self._wanted = ""
        self._serving: tuple[str, Contained] | None = None
        self._work: asyncio.Task[None] | None = None
        self._opened = False

    def want(self, definition_arn: str) -> None:
        """Called at every look; does something only when the wanted version changed."""
        if definition_arn == self._wanted and self._work and not self._work.done():
            return
        previous, self._wanted = self._work, definition_arn
        self._work = asyncio.create_task(self._after(previous))

    async def _after(self, previous: asyncio.Task[None] | None) -> None:
        if previous:
            previous.cancel()
            await asyncio.gather(previous, return_exceptions=True)
        await self._keep(self._wanted)

    async def _keep(self, wanted: str) -> None:
        """Keeps this version running until it is told to stop (cancelled)."""
        failures = 0
        while True:
            await self._open_port()
            running = await self._running(wanted)
            if running is None:
                await asyncio.sleep(BACKOFF_S[min(failures, len(BACKOFF_S) - 1)])
                failures += 1
                continue
            since = time.monotonic()
            code = await running.wait()
            self._lost(running)
            self.restarts += 1
            self.fault = f"ended with code {code}"
            log.warning("%s ended with code %s, starts again", self.name, code)
            failures = 0 if time.monotonic() - since > STEADY_AFTER_S else failures + 1
            await asyncio.sleep(BACKOFF_S[min(failures, len(BACKOFF_S) - 1)])

    async def _running(self, wanted: str) -> Contained | None:
        """The wanted version, serving; None when it could not be brought to health this time."""
        if self._serving and self._serving[0] == wanted and self._serving[1].alive:
            return self._serving[1]
        candidate: Contained | None = None
        try:
            plan = await self._runner.plan(wanted, uuid.uuid4().hex[:12])
            candidate = await self._runner.start(plan)
            if await healthy(candidate):
                await self._switch(wanted, candidate)
                return candidate
            self.fault = "did not become healthy"
            log.warning("%s: %s did not become healthy", self.name, wanted)
        except asyncio.CancelledError:
            await self._drop(candidate)
            raise
        except (RegistryFault, UnsafeLayer, AwsFault, OSError, KeyError) as fault:
            self.fault = str(fault)
            log.exception("%s can't start", self.name)
        await self._drop(candidate)
        return None

    async def _switch(self, version: str, candidate: Contained) -> None:
        previous, self._serving = self._serving, (version, candidate)
        self.pipe.target = candidate.plan.port
        self.fault = ""
        log.info("%s: port %s goes to %s", self.name, self.pipe.port, version.rpartition("/")[2])
        if previous:
            await asyncio.shield(self._drop(previous[1]))

    async def _drop(self, running: Contained | None) -> None:
        if running:
            await asyncio.shield(running.stop())
            self._runner.forget(running)

    def _lost(self, running: Contained) -> None:
        self._runner.forget(running)
        if self._serving and self._serving[1] is running:
            self._serving = None
            self.pipe.target = None

    async def _open_port(self) -> None:
        if self._opened:
            return
        try:
            await self.pipe.open()
            self._opened = True
        except OSError as fault:
            self.fault = f"port {self.pipe.port} is taken: {fault.strerror}"
            log.error("%s: %s", self.name, self.fault)

    async def end(self) -> None:
        if self._work:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)
        await self.pipe.close()
        if self._serving:
            await self._drop(self._serving[1])
            self._serving = None

    def state(self) -> dict[str, object]:
        serving = self._serving
        return {
            "app": self.name,
            "url": f"http://localhost:{self.pipe.port}",
            "pid": serving[1].record.pid if serving else None,
            "healthy": bool(serving and self._opened),
            "version": serving[0].rpartition("/")[2] if serving else None,
            "restarts": self.restarts,
            "fault": self.fault,
        }


async def healthy(running: Contained) -> bool:
    """Asks the process itself, as the load balancer would, until it answers 200, ends, or takes too long."""
    deadline = time.monotonic() + HEALTHY_WITHIN_S
    while running.alive and time.monotonic() < deadline:
        if await asyncio.to_thread(answers, running.plan):
            return True
        await asyncio.sleep(HEALTH_EVERY_S)
    return False


def answers(plan: Plan) -> bool:
    host = plan.environment.get("ALLOWED_HOSTS", "localhost").partition(",")[0] or "localhost"
    url = f"http://127.0.0.1:{plan.port}{HEALTH_PATH}"
    request = urllib.request.Request(url, headers={"Host": host})
    try:
        with urllib.request.urlopen(request, timeout=5) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False
