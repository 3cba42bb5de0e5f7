"""Where the local stack lives and which ports it takes: one frozen `Place`, read once from the environment.

In: FRAGUA_HOME, the port variables, the engine's, the till's. Out: paths under `.fragua/`, ports, URLs. Callers: all of infra/local.
The surprise: nothing here reads AWS_* variables; the stack must never see a person's real AWS account.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local.engine import OFFLINE, Engine, read_engine
from infra.local.till import PLAYED, Till, read_till

PROJECT = Path(__file__).resolve().parents[2]
STACK_NAME = "fragua-dev"
REGION = "eu-west-1"
ACCOUNT = "000000000000"
APP_REPOSITORY = f"{STACK_NAME}/apps"
PORT_VARIABLES = {
    "front_port": ("FRAGUA_PORT", 8000),
    "emulator_port": ("FRAGUA_EMULATOR_PORT", 4566),
    "postgres_port": ("FRAGUA_POSTGRES_PORT", 54329),
    "stripe_port": ("FRAGUA_STRIPE_PORT", 12111),
    "app_port_base": ("FRAGUA_APP_PORT_BASE", 8100),
}


class CannotStart(Exception):
    """Something outside prevents the stack from running; the message says what, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Place:
    home: Path
    front_port: int = 8000
    emulator_port: int = 4566
    postgres_port: int = 54329
    stripe_port: int = 12111
    app_port_base: int = 8100
    parameters: tuple[tuple[str, str], ...] = ()
    """Of the template, set otherwise than for a laptop: by tests that need other limits."""
    engine: Engine = OFFLINE
    till: Till = PLAYED

    @property
    def front_url(self) -> str:
        return f"http://localhost:{self.front_port}"

    @property
    def emulator_url(self) -> str:
        return f"http://127.0.0.1:{self.emulator_port}"

    @property
    def stripe_url(self) -> str:
        """Of the stand-in."""
        return f"http://127.0.0.1:{self.stripe_port}"

    @property
    def mailbox_url(self) -> str:
        """Every letter that was sent, as the emulator keeps them."""
        return f"{self.emulator_url}/_ministack/ses/messages"

    @property
    def app_url_template(self) -> str:
        return "http://localhost:{port}"

    @property
    def pgdata(self) -> Path:
        return self.home / "pgdata"

    @property
    def run(self) -> Path:
        """Pid files, locks and what was last deployed."""
        return self.home / "run"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def cache(self) -> Path:
        return self.home / "cache"

    @property
    def containers(self) -> Path:
        return self.home / "containers"

    @property
    def emulator_state(self) -> Path:
        return self.home / "emulator"

    @property
    def credentials(self) -> Path:
        return self.home / "credentials.json"

    @property
    def sockets(self) -> Path:
        """A short path, because a Unix socket's name holds about 100 characters; private to one user and one home."""
        digest = hashlib.sha256(str(self.home).encode()).hexdigest()[:10]
        return Path(tempfile.gettempdir()) / f"fragua-{os.getuid()}-{digest}"

    def make(self) -> None:
        """What holds secrets is for one person only; the folder of the containers lets others pass through."""
        self.home.mkdir(mode=0o711, parents=True, exist_ok=True)
        for folder in (self.run, self.logs, self.cache, self.emulator_state):
            folder.mkdir(mode=0o700, exist_ok=True)
        for folder in (self.containers, self.containers / "tasks"):
            folder.mkdir(mode=0o711, exist_ok=True)

    def make_sockets(self) -> None:
        self.sockets.mkdir(mode=0o711, exist_ok=True)
        if self.sockets.stat().st_uid != os.getuid():
            raise CannotStart(f"{self.sockets} belongs to somebody else; remove it or set TMPDIR.")


def read_place() -> Place:
    """Raises `CannotStart` naming every malformed variable at once."""
    ports: dict[str, Any] = {}
    faults = []
    for field, (variable, default) in PORT_VARIABLES.items():
        text = os.environ.get(variable) or str(default)
        if text.isdigit() and 0 < int(text) < 65536:
            ports[field] = int(text)
        else:
            faults.append(f"{variable} is {text!r}, give a port number between 1 and 65535")
    engine, till = OFFLINE, PLAYED
    try:
        engine = read_engine(os.environ)
        till = read_till(os.environ)
    except ValueError as fault:
        faults.append(str(fault))
    if faults:
        raise CannotStart("; ".join(faults))
    home = Path(os.environ.get("FRAGUA_HOME") or PROJECT / ".fragua").resolve()
    return Place(home=home, engine=engine, till=till, **ports)


def quiet_environment(**more: str) -> dict[str, str]:
    """What a process of ours may know of the person who started it: how to find programs, and no credentials."""
    kept = {
        name: os.environ[name]
        for name in ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")
        if name in os.environ
    }
    ours = {
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(PROJECT),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    return {**kept, **ours, **more}


def python() -> str:
    return sys.executable
