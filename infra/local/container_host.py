"""The container host: plays the ECS agent's part where there is no Docker.

In: the emulated ECS's services, tasks and task definitions. Out: child processes that answer on each app's own port, and
one-off tasks that end. Callers: `stack` starts it as a process. The surprise: the emulator calls every task RUNNING, whether
anything runs or not; this process makes that true, and stops the task there when its process has ended here.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import aiohttp

from infra import base_image
from infra.local import contained, daemons
from infra.local.contained import Contained, Plan
from infra.local.emulated import AwsFault, EmulatedAws
from infra.local.images_on_disk import Image, fetch_base, pull, throw_away_unused
from infra.local.layers import UnsafeLayer
from infra.local.place import APP_REPOSITORY, Place, read_place
from infra.local.registry import Registry, RegistryFault
from infra.local.service import ServiceKeeper

NAME = "containers"
LOOK_EVERY_S = 0.25
TIDY_EVERY = 400
CLUSTER_MISSING_S = 2.0

log = logging.getLogger("containers")


class Host:
    def __init__(
        self, place: Place, aws: EmulatedAws, cluster: str, listener: str, told: str
    ) -> None:
        """`told` is the function that hears of tasks that ended."""
        self.place = place
        self.aws = aws
        self.cluster = cluster
        self.listener = listener
        self.told = told
        self.keepers: dict[str, ServiceKeeper] = {}
        self.one_offs: dict[str, asyncio.Task[None]] = {}
        self.running: dict[str, Contained] = {}
        self._pulls = asyncio.Lock()
        self._written = ""

    async def look_forever(self, stopping: asyncio.Event) -> None:
        away = False
        turn = 0
        while not stopping.is_set():
            try:
                await self.look()
                away = False
            except AwsFault as fault:
                if not away:
                    log.warning("the emulator is away, what runs goes on: %s", fault)
                away = True
            turn += 1
            if turn % TIDY_EVERY == 1:
                await self.tidy()
            self.write_state()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), LOOK_EVERY_S)
        await self.stop_all()

    async def look(self) -> None:
        """Compares what should run with what does."""
        services = await self.aws.services(self.cluster)
        tasks = await self.aws.one_off_tasks(self.cluster)
        await self.keep_services(services)
        await self.keep_one_offs(tasks)

    async def keep_services(self, services: list[dict[str, Any]]) -> None:
        wanted = {each["serviceName"]: each for each in services if each["desiredCount"] > 0}
        for name in self.keepers.keys() - wanted.keys():
            await self.keepers.pop(name).end()
        for name, service in wanted.items():
            if name not in self.keepers:
                port = await self.port_of(service)
                if port is None:
                    continue
                self.keepers[name] = ServiceKeeper(name, port, self)
            self.keepers[name].want(service["taskDefinition"])

    async def port_of(self, service: Mapping[str, Any]) -> int | None:
        for balancer in service.get("loadBalancers") or []:
            number = await self.aws.rule_priority(self.listener, balancer["targetGroupArn"])
            if number is not None:
                return self.place.app_port_base + number
        return None

    async def keep_one_offs(self, tasks: list[dict[str, Any]]) -> None:
        wanted = {each["taskArn"]: each for each in tasks}
        for arn in self.one_offs.keys() - wanted.keys():
            self.one_offs.pop(arn).cancel()
        for arn, task in wanted.items():
            if arn not in self.one_offs:
                self.one_offs[arn] = asyncio.create_task(self.run_one_off(arn, task))

    async def run_one_off(self, arn: str, task: Mapping[str, Any]) -> None:
        """Runs to its end, then says so; a task that is stopped from outside is ended."""
        reason, code = "stopped", None
        running: Contained | None = None
        try:
            plan = await self.plan(
                task["taskDefinitionArn"], arn.rpartition("/")[2], task.get("overrides") or {}
            )
            running = await self.start(plan)
            code = await running.wait()
            reason = f"Essential container exited with code {code}"
            log.info("%s %s: %s", plan.label, plan.task, reason)
        except asyncio.CancelledError:
            if running:
                await asyncio.shield(running.stop())
            raise
        except (RegistryFault, UnsafeLayer, AwsFault, OSError, KeyError) as fault:
            reason = f"CannotStartContainerError: {fault}"
            log.exception("task %s can't start", arn)
        finally:
            self.forget(running)
            with contextlib.suppress(AwsFault):
                await self.aws.stop_task(self.cluster, arn, reason)
        with contextlib.suppress(AwsFault):
            await self.aws.invoke(self.told, stopped_event(arn, task, code, reason))

    async def plan(
        self, definition_arn: str, task: str, overrides: Mapping[str, Any] | None = None
    ) -> Plan:
        definition = await self.aws.task_definition(definition_arn)
        container = definition["containerDefinitions"][0]
        image = await self.image(container["image"])
        secrets = {
            each["name"]: await self.aws.secret(each["valueFrom"])
            for each in container.get("secrets") or []
        }
        return contained.planned(
            task, definition, image, secrets, overrides=overrides, one_off=overrides is not None
        )

    async def image(self, name: str) -> Image:
        """One at a time: two tasks of one image must not unpack it twice."""
        async with self._pulls:
            return await asyncio.to_thread(
                pull, name, self.place.containers, self.place.emulator_url
            )

    async def tidy(self) -> None:
        """Not while an image is put together: nothing says yet that its layers are needed."""
        if self._pulls.locked():
            return
        async with self._pulls:
            used = {each.plan.image.root for each in self.running.values()}
            await asyncio.to_thread(throw_away_unused, self.place.containers, used)

    async def prepare(self) -> None:
        """While nobody waits: the first app of a new scaffold starts seconds sooner."""
        registry = Registry(self.place.emulator_url, APP_REPOSITORY)
        async with self._pulls:
            try:
                await asyncio.to_thread(
                    fetch_base, base_image.tag(), self.place.containers, registry
                )
            except (RegistryFault, UnsafeLayer, OSError) as fault:
                log.warning("the base image was not fetched beforehand: %s", fault)

    async def start(self, plan: Plan) -> Contained:
        running = await contained.start(plan, self.place)
        self.running[plan.task] = running
        self.write_records()
        return running

    def forget(self, running: Contained | None) -> None:
        if running and self.running.pop(running.plan.task, None):
            self.write_records()

    def write_records(self) -> None:
        """So that a later host, or `down`, can end what a killed host left behind."""
        path = self.place.run / "contained.json"
        scratch = path.with_suffix(".tmp")
        scratch.write_text(json.dumps([asdict(each.record) for each in self.running.values()]))
        scratch.replace(path)

    def write_state(self) -> None:
        state = json.dumps([keeper.state() for keeper in self.keepers.values()])
        if state != self._written:
            (self.place.run / "apps.json").write_text(state)
            self._written = state

    async def stop_all(self) -> None:
        for task in self.one_offs.values():
            task.cancel()
        await asyncio.gather(
            *(keeper.end() for keeper in self.keepers.values()),
            *self.one_offs.values(),
            return_exceptions=True,
        )


def stopped_event(
    arn: str, task: Mapping[str, Any], code: int | None, reason: str
) -> dict[str, Any]:
    """In the shape of ECS's own event. EventBridge takes none of `aws.ecs` from anybody but AWS, the emulator's neither."""
    container = {"lastStatus": "STOPPED"} | ({} if code is None else {"exitCode": code})
    return {
        "source": "aws.ecs",
        "detail-type": "ECS Task State Change",
        "detail": {
            "taskArn": arn,
            "lastStatus": "STOPPED",
            "startedBy": task.get("startedBy", ""),
            "stoppedReason": reason,
            "containers": [container],
        },
    }


def end_leftovers(place: Place) -> None:
    """What a host that was killed left running."""
    path = place.run / "contained.json"
    try:
        records = [daemons.Record(**each) for each in json.loads(path.read_text())]
    except (FileNotFoundError, ValueError, TypeError):
        return
    for record in records:
        daemons.stop_record(record, patience_s=5)
    path.unlink(missing_ok=True)


async def main(cluster: str, listener: str, told: str) -> None:
    place = read_place()
    end_leftovers(place)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    timeout = aiohttp.ClientTimeout(total=10)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        aws = EmulatedAws(place.emulator_url, session)
        host = Host(place, aws, cluster, listener, told)
        preparing = asyncio.create_task(host.prepare())
        await host.look_forever(stopping)
        preparing.cancel()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    asyncio.run(main(*sys.argv[1:4]))
