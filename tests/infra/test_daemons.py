"""Processes of ours: recognized by pid and start time, stopped with their children, nobody else touched."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from infra.local import daemons
from infra.local.place import CannotStart, Place, quiet_environment, read_place

SLEEPER = "import time; time.sleep(60)"
PARENT = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {SLEEPER!r}]); time.sleep(60)"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(home=tmp_path / "home")
    place.make()
    yield place
    daemons.stop(place, "sleeper", patience_s=1)


def start(place: Place, code: str = SLEEPER) -> daemons.Record:
    command = [sys.executable, "-c", code]
    return daemons.start(place, "sleeper", command, environment=quiet_environment())


def test_a_started_process_is_recognized_and_stopped(place: Place) -> None:
    record = start(place)
    assert daemons.running(place, "sleeper") == record
    assert daemons.stop(place, "sleeper", patience_s=5)
    assert daemons.running(place, "sleeper") is None
    assert not daemons.stop(place, "sleeper")


def test_a_pid_that_now_belongs_to_somebody_else_is_left_alone(place: Place) -> None:
    record = start(place)
    stale = daemons.Record(record.pid, record.started - 1000)
    daemons.write_record(place.run / "sleeper.json", stale)
    assert daemons.running(place, "sleeper") is None
    assert not daemons.stop(place, "sleeper")
    assert daemons.process_of(record) is not None
    daemons.stop_record(record, patience_s=5)


def test_children_end_with_their_parent(place: Place) -> None:
    record = start(place, PARENT)
    leader = psutil.Process(record.pid)
    deadline = time.monotonic() + 10
    while not (children := leader.children()) and time.monotonic() < deadline:
        time.sleep(0.02)
    daemons.stop(place, "sleeper", patience_s=5)
    assert children
    assert psutil.wait_procs(children, timeout=5)[1] == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '{"nonsense": 1}'])
def test_a_damaged_record_is_no_record(place: Place, text: str) -> None:
    (place.run / "sleeper.json").write_text(text)
    assert daemons.running(place, "sleeper") is None


def test_a_taken_port_is_reported_with_its_owner_and_the_variable_that_moves_ours(
    tmp_path: Path,
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        place = Place(home=tmp_path, emulator_port=port)
        with pytest.raises(CannotStart) as fault:
            daemons.require_free(place, "emulator_port", name="emulator")
    message = str(fault.value)
    assert f"Port {port} is taken by" in message
    assert "python" in message
    assert "FRAGUA_EMULATOR_PORT=" in message


def test_a_process_that_dies_while_starting_is_reported_with_its_last_words(place: Place) -> None:
    record = start(place, "raise SystemExit('no luck today')")
    with pytest.raises(CannotStart, match="no luck today"):
        daemons.wait_until(
            lambda: False,
            alive=lambda: daemons.process_of(record) is not None,
            within_s=20,
            what="The sleeper",
            log=place.logs / "sleeper.log",
        )


def test_malformed_ports_are_all_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAGUA_PORT", "eight")
    monkeypatch.setenv("FRAGUA_POSTGRES_PORT", "70000")
    with pytest.raises(CannotStart) as fault:
        read_place()
    assert "FRAGUA_PORT is 'eight'" in str(fault.value)
    assert "FRAGUA_POSTGRES_PORT is '70000'" in str(fault.value)


def test_no_credentials_of_the_person_reach_our_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "secret")
    assert not {"AWS_PROFILE", "ANTHROPIC_API_KEY"} & quiet_environment().keys()


def test_a_long_log_is_rolled(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_bytes(bytes(2000))
    daemons.roll(log, bytes_max=1000)
    assert (log.exists(), (tmp_path / "x.log.1").exists()) == (False, True)
