"""The whole local stack: `up` tells the story in order, `down` stops what was recorded, `status` says what runs.

In: a `Place`. Out: running processes, one line per step. Callers: `__main__`, the end-to-end tests. The surprise: every step is
an `ensure_…`: it looks, does what is missing, and repairs what is half dead, so `up` is the answer to most troubles.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from infra.local import daemons, deploy, emulator, images, payments, platform_data, postgres
from infra.local.no_tasks import can_tell_who_calls
from infra.local.place import (
    APP_REPOSITORY,
    STACK_NAME,
    CannotStart,
    Place,
    python,
    quiet_environment,
)

CONTAINERS, FRONT = "containers", "front"
LOCK_PATIENCE_S = 300

Say = Callable[[str], None]
Result = TypeVar("Result")


def up(place: Place, say: Say) -> None:
    """Brings everything up; does next to nothing when it is. Raises `CannotStart`."""
    require_fence(place)
    place.make()
    with one_at_a_time(place, say):
        started = time.monotonic()
        place.make_sockets()
        let_apps_pass(place, say)
        require_ports(place)
        with ThreadPoolExecutor(3) as pool:
            database = pool.submit(timed, lambda: start_database(place))
            packages = pool.submit(images.packages_layer, place)
            prices = pool.submit(timed, lambda: payments.ensure(place))
            report(say, "local AWS", *timed(lambda: start_emulator(place)))
            place = selling(place, prices.result()[0])
            report(say, "payments", place.till.said or "ready", prices.result()[1])
            report(say, "deploy", *timed(lambda: deploy_template(place)))
            report(say, "database", *database.result())
            report(say, "base image", *timed(lambda: push_base_image(place, packages)))
        report(say, "secrets", *timed(lambda: fill_secrets(place)))
        report(say, "containers", *timed(lambda: start_containers(place)))
        report(say, "front door", *timed(lambda: start_front_door(place)))
        report(say, "runs", *timed(lambda: sweep_runs(place)))
        if place.engine.said:
            say(f"  engine      {place.engine.said}")
        say(
            f"up in {time.monotonic() - started:.1f} s: {place.front_url}  (key in {place.credentials})"
        )


def selling(place: Place, prices: str) -> Place:
    """The same place, with what plans cost among the template's parameters."""
    base_url = place.stripe_url if place.till.is_played else ""
    chosen = (("StripePrices", prices), ("StripeBaseUrl", base_url))
    return replace(place, parameters=(*chosen, *place.parameters))


def start_database(place: Place) -> str:
    began = postgres.ensure(place)
    applied = platform_data.ensure_schema(place)
    seeded = platform_data.ensure_seed(place)
    return words(
        began and "started",
        applied and f"{len(applied)} migrations applied",
        seeded and "seeded",
    )


def start_emulator(place: Place) -> str:
    forked = emulator.ensure_workers(place)
    return words((emulator.ensure(place) or forked) and "started")


def deploy_template(place: Place) -> str:
    verb = deploy.ensure(place)
    return words(verb != "unchanged" and verb)


def push_base_image(place: Place, packages: Future[bytes]) -> str:
    packages.result()
    return words(images.ensure(place) and "pushed")


def fill_secrets(place: Place) -> str:
    """Fills them after each deployment, each start of the emulator and each change of keys: nothing else can have
    changed them."""
    secret = platform_data.identity(place) + place.engine.key + place.till.secret
    keys = hashlib.sha256(secret.encode()).hexdigest()
    mark = f"{require_deployed(place)}{daemons.running(place, emulator.NAME)}{keys}"
    done = place.run / "secrets.txt"
    if done.exists() and done.read_text() == mark:
        return words(False)
    platform_data.ensure_secrets(place, require_deployed(place))
    platform_data.ensure_sender(place)
    done.write_text(mark)
    return words("filled")


def start_containers(place: Place) -> str:
    outputs = require_deployed(place).outputs
    names = ("AppClusterName", "AppListenerArn", "TaskStoppedFunction")
    arguments = [outputs[name] for name in names]
    command = [python(), "-m", "infra.local.container_host", *arguments]
    return ensure_daemon(place, CONTAINERS, command, ready=lambda: True)


def start_front_door(place: Place) -> str:
    command = [python(), "-m", "infra.local.front_door"]
    return ensure_daemon(
        place, FRONT, command, ready=lambda: daemons.port_answers(place.front_port)
    )


def sweep_runs(place: Place) -> str:
    """Runs end with the emulator that drove them. No worker of theirs lives on, so there is nothing to wait for."""
    mark = str(daemons.running(place, emulator.NAME))
    done = place.run / "swept.txt"
    if done.exists() and done.read_text() == mark:
        return words(False)
    emulator.invoke(place, require_deployed(place).outputs["SweepFunction"], {"quiet_s": 0})
    done.write_text(mark)
    return words("looked after")


def ensure_daemon(place: Place, name: str, command: list[str], *, ready: Callable[[], bool]) -> str:
    mark = " ".join(command)
    known = daemons.running(place, name)
    if known and known.fingerprint == mark and ready():
        return words(False)
    daemons.stop(place, name)
    environment = quiet_environment(**settings_of(place))
    record = daemons.start(place, name, command, environment=environment, fingerprint=mark)
    daemons.wait_until(
        ready,
        alive=lambda: daemons.process_of(record) is not None,
        within_s=20,
        what=name,
        log=place.logs / f"{name}.log",
    )
    return words("started")


def settings_of(place: Place) -> dict[str, str]:
    return {
        "FRAGUA_HOME": str(place.home),
        "FRAGUA_PORT": str(place.front_port),
        "FRAGUA_EMULATOR_PORT": str(place.emulator_port),
        "FRAGUA_POSTGRES_PORT": str(place.postgres_port),
        "FRAGUA_STRIPE_PORT": str(place.stripe_port),
        "FRAGUA_APP_PORT_BASE": str(place.app_port_base),
    }


def let_apps_pass(place: Place, say: Say) -> None:
    """As root, PostgreSQL and apps run as other users: these must be able to reach their files."""
    if not daemons.is_root():
        return
    base = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    for target in (place.containers, base):
        for folder in postgres.let_others_pass(target.parent):
            say(
                f"  let other users pass through {folder} (chmod o+x), the database and apps are not root"
            )


def require_fence(place: Place) -> None:
    """A person's keys come in only where generated apps can't read them."""
    is_fenced = can_tell_who_calls()
    if fault := place.engine.fault(is_fenced=is_fenced) or place.till.fault(is_fenced=is_fenced):
        raise CannotStart(fault)


def require_ports(place: Place) -> None:
    """All taken ports are found before anything is started."""
    owners = {
        "front_port": FRONT,
        "emulator_port": emulator.NAME,
        "postgres_port": postgres.NAME,
        **({"stripe_port": payments.NAME} if place.till.is_played else {}),
    }
    faults = []
    for field, name in owners.items():
        if daemons.running(place, name) or (name == postgres.NAME and postgres.adopt(place)):
            continue
        try:
            daemons.require_free(place, field, name=name)
        except CannotStart as fault:
            faults.append(str(fault))
    if faults:
        raise CannotStart("\n".join(faults))


def require_deployed(place: Place) -> deploy.Deployed:
    found = deploy.deployed(place)
    if found is None:
        raise CannotStart("Nothing is deployed: run `make up` again.")
    return found


def down(place: Place, say: Say) -> None:
    """Stops what was recorded, the newest first, and nothing else. Data stay."""
    if not place.run.exists():
        say("nothing runs")
        return
    with one_at_a_time(place, say):
        stops: list[tuple[str, Callable[[], bool]]] = [
            ("front door", lambda: daemons.stop(place, FRONT, patience_s=5)),
            ("containers", lambda: stop_containers(place)),
            ("payments", lambda: daemons.stop(place, payments.NAME, patience_s=5)),
            ("local AWS", lambda: emulator.stop(place)),
            ("database", lambda: postgres.stop(place)),
        ]
        for name, stop in stops:
            stopped, seconds = timed(stop)
            report(say, name, "stopped" if stopped else "was not running", seconds)
        shutil.rmtree(place.sockets, ignore_errors=True)


def stop_containers(place: Place) -> bool:
    from infra.local.container_host import end_leftovers

    stopped = daemons.stop(place, CONTAINERS, patience_s=20)
    end_leftovers(place)
    (place.run / "apps.json").unlink(missing_ok=True)
    return stopped


def status(place: Place) -> dict[str, Any]:
    ports = {
        FRONT: place.front_port,
        emulator.NAME: place.emulator_port,
        postgres.NAME: place.postgres_port,
    }
    names = [postgres.NAME, emulator.NAME, emulator.WORKERS, CONTAINERS, FRONT]
    if place.till.is_played:
        names.append(payments.NAME)
        ports[payments.NAME] = place.stripe_port
    processes = {}
    for name in names:
        record = daemons.running(place, name)
        port = ports.get(name)
        processes[name] = {
            "running": record is not None,
            "pid": record.pid if record else None,
            "port": port,
            "answers": port is None or daemons.port_answers(port),
        }
    return {
        "url": place.front_url,
        "home": str(place.home),
        "repository": APP_REPOSITORY,
        "stack": STACK_NAME,
        "up": all(each["running"] and each["answers"] for each in processes.values()),
        "processes": processes,
        "apps": apps(place),
    }


def apps(place: Place) -> list[dict[str, Any]]:
    try:
        known: list[dict[str, Any]] = json.loads((place.run / "apps.json").read_text())
    except (FileNotFoundError, ValueError):
        return []
    return known if daemons.running(place, CONTAINERS) else []


@contextmanager
def one_at_a_time(place: Place, say: Say) -> Iterator[None]:
    """A lock that the kernel gives back when its holder dies."""
    with (place.run / "lock").open("w") as file:
        deadline = time.monotonic() + LOCK_PATIENCE_S
        waited = False
        while not try_lock(file.fileno()):
            if time.monotonic() > deadline:
                raise CannotStart(
                    "Another `make up` or `make down` does not end; see `make status`."
                )
            if not waited:
                say("waiting for another `make up` or `make down` to end")
            waited = True
            time.sleep(0.2)
        yield


def try_lock(number: int) -> bool:
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def timed(do: Callable[[], Result]) -> tuple[Result, float]:
    started = time.monotonic()
    return do(), time.monotonic() - started


def report(say: Say, step: str, what: str, seconds: float) -> None:
    say(f"  {step:<11} {what:<36} {seconds:5.1f} s")


def words(*said: str | bool | list[str]) -> str:
    return ", ".join(each for each in said if isinstance(each, str) and each) or "ready"
