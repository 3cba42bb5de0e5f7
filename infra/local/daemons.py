"""Processes that outlive the shell: started with a record of pid and start time, stopped by that record only.

In: a name and a command. Out: `run/<name>.json`, `logs/<name>.log`. Callers: `stack`, `postgres`, `container_host`.
The surprise: a pid alone proves nothing (pids are reused), so a process is ours only if its start time matches too.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from infra.local.place import PORT_VARIABLES, CannotStart, Place

START_TIME_SLACK_S = 0.05
DYING_S = 5


@dataclass(frozen=True)
class Record:
    """One process we started. `pgid` is its own: it leads a new session."""

    pid: int
    started: float
    fingerprint: str = ""


def start(
    place: Place,
    name: str,
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    fingerprint: str = "",
    user: int | None = None,
) -> Record:
    """Starts a process in its own session with its output in logs/<name>.log, and records it."""
    log = place.logs / f"{name}.log"
    roll(log)
    with log.open("ab") as output:
        process = subprocess.Popen(
            list(command),
            env=dict(environment),
            cwd=place.home,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            close_fds=True,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
    record = Record(process.pid, psutil.Process(process.pid).create_time(), fingerprint)
    process.returncode = 0  # it outlives us on purpose: no warning about that
    write_record(place.run / f"{name}.json", record)
    return record


def roll(log: Path, bytes_max: int = 10_000_000) -> None:
    """Keeps one older log file, so that logs can't fill the disk."""
    if log.exists() and log.stat().st_size > bytes_max:
        log.replace(log.with_suffix(".log.1"))


def write_record(path: Path, record: Record) -> None:
    scratch = path.with_suffix(".tmp")
    scratch.write_text(json.dumps(asdict(record)))
    scratch.replace(path)


def read_record(path: Path) -> Record | None:
    try:
        return Record(**json.loads(path.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def running(place: Place, name: str) -> Record | None:
    """The record of a process of ours that is still alive."""
    record = read_record(place.run / f"{name}.json")
    return record if record and process_of(record) else None


def process_of(record: Record) -> psutil.Process | None:
    try:
        process = psutil.Process(record.pid)
        same = abs(process.create_time() - record.started) < START_TIME_SLACK_S
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.Error:
        return None


def stop(place: Place, name: str, *, patience_s: float = 15, forget: bool = True) -> bool:
    """Stops a recorded process and its children. Answers whether there was one."""
    path = place.run / f"{name}.json"
    record = read_record(path)
    stopped = record is not None and stop_record(record, patience_s=patience_s)
    if forget:
        path.unlink(missing_ok=True)
    return stopped


def stop_record(record: Record, *, patience_s: float = 15, first: int = signal.SIGTERM) -> bool:
    """Asks the leader, so that it can end its own children well; then ends whoever is left of its family."""
    leader = process_of(record)
    if leader is None:
        return False
    family = descendants(leader)
    try:
        leader.send_signal(first)
        leader.wait(patience_s)
    except psutil.TimeoutExpired:
        leader.kill()
    except psutil.NoSuchProcess:
        pass
    end_all(family)
    return True


def descendants(process: psutil.Process) -> list[psutil.Process]:
    try:
        return list(process.children(recursive=True))
    except psutil.Error:
        return []


def end_all(processes: Sequence[psutil.Process]) -> None:
    """psutil compares start times itself before it signals, so a reused pid is left alone."""
    for process in processes:
        try:
            process.terminate()
        except psutil.Error:
            continue
    for process in psutil.wait_procs(list(processes), timeout=3)[1]:
        try:
            process.kill()
        except psutil.Error:
            continue


def port_answers(port: int, timeout_s: float = 0.5) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=timeout_s):
            return True
    except OSError:
        return False


def require_free(place: Place, field: str, *, name: str) -> None:
    """Raises `CannotStart` with the process that has the port and the variable that moves ours.

    A process of ours that was killed may hold its port a moment longer, hence the patience where there was one.
    """
    port = getattr(place, field)
    was_ours = read_record(place.run / f"{name}.json") is not None
    deadline = time.monotonic() + (DYING_S if was_ours else 0)
    while not is_free(port):
        if time.monotonic() > deadline:
            variable, _ = PORT_VARIABLES[field]
            raise CannotStart(
                f"Port {port} is taken by {port_owner(port)}. Stop it, or choose another port: "
                f"{variable}={port + 1000} make up"
            )
        time.sleep(0.05)


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def port_owner(port: int) -> str:
    try:
        for connection in psutil.net_connections(kind="inet"):
            here = connection.laddr
            if connection.status == psutil.CONN_LISTEN and here and here.port == port:
                return describe(connection.pid)
    except psutil.Error:
        pass
    return "another process"


def describe(pid: int | None) -> str:
    if pid is None:
        return "another process"
    try:
        return f"{psutil.Process(pid).name()!r} (pid {pid})"
    except psutil.Error:
        return f"pid {pid}"


def wait_until(
    ready: Callable[[], bool], *, alive: Callable[[], bool], within_s: float, what: str, log: Path
) -> None:
    """Raises `CannotStart` with the log's last lines when a process dies or takes too long."""
    deadline = time.monotonic() + within_s
    while not ready():
        if not alive():
            raise CannotStart(f"{what} stopped while starting. Last lines of {log}:\n{tail(log)}")
        if time.monotonic() > deadline:
            raise CannotStart(f"{what} did not answer in {within_s:g} s. See {log}:\n{tail(log)}")
        time.sleep(0.02)


def tail(log: Path, lines: int = 12) -> str:
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return "(nothing)"


def is_root() -> bool:
    return os.geteuid() == 0
