"""Keeps apps and one-off tasks away from the local AWS: they deliver their report, fetch the rows they begin with, and reach nothing else of it.

In: the emulator's ASGI app. Out: the same, asking Linux whose connection it is. Callers: `emulator`. The surprise: it
works only where tasks have user ids of their own, that is for root; elsewhere nobody can tell who calls
(docs/security/generated-apps.md). Without it, generated code could read every secret and replace a Lambda that runs as the person.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from infra.local.contained import FIRST_UID, UIDS
from infra.local.no_browsers import App, Receive, Scope, Send, refuse

TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
ESTABLISHED, NOBODYS = "01", "0"
INBOX = re.compile(r"/[a-z0-9.-]+/inbox/[A-Za-z0-9/_.-]+")
_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
ROWS = re.compile(rf"/[a-z0-9.-]+/generations/{_ID}/{_ID}/rows-named\.json")
PLAIN_HEADERS = {
    *(b"host", b"user-agent", b"content-type", b"content-length", b"accept", b"accept-encoding"),
    b"connection",
}


def no_tasks(app: App) -> App:
    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        is_theirs = scope["type"] == "lifespan" or is_report(scope) or is_rows(scope)
        if is_theirs or not is_task(caller(scope)):
            await app(scope, receive, send)
        else:
            await refuse(send)

    return guarded if can_tell_who_calls() else app


def can_tell_who_calls() -> bool:
    """Tasks have user ids of their own, and Linux says whose a connection is."""
    return os.geteuid() == 0 and TABLES[0].exists()


def is_report(scope: Scope) -> bool:
    """A presigned PUT into the inbox."""
    return scope["method"] == "PUT" and bool(INBOX.fullmatch(scope["path"])) and is_plain(scope)


def is_rows(scope: Scope) -> bool:
    """A presigned GET of the rows that an app begins with. The emulator checks no signature: that nobody reads another
    app's rows rests on the two ids in the path, which an app knows of itself only."""
    return scope["method"] == "GET" and bool(ROWS.fullmatch(scope["path"])) and is_plain(scope)


def is_plain(scope: Scope) -> bool:
    """Presigned, and without a header or parameter that could make it anything else."""
    query = scope["query_string"]
    return (
        ".." not in scope["path"]
        and b"X-Amz-Signature=" in query
        and b"Action=" not in query
        and {name.lower() for name, _ in scope["headers"]} <= PLAIN_HEADERS
    )


def is_task(uid: int | None) -> bool:
    """Whose connection nobody owns any more is taken for a task's: it may have been let go on purpose."""
    return uid is None or FIRST_UID <= uid < FIRST_UID + UIDS


def caller(scope: Scope) -> int | None:
    """The user id of the other end of a connection on this machine."""
    here, there = scope["server"][1], scope["client"][1]
    for table in TABLES:
        if table.exists() and (uid := owner(table.read_text(), there, here)) is not None:
            return uid
    return None


def owner(table: str, local_port: int, remote_port: int) -> int | None:
    """From the kernel's table: address:port in hex, state, …, user id, …, inode."""
    ends = (f":{local_port:04X}", f":{remote_port:04X}")
    for line in table.splitlines()[1:]:
        _, local, remote, state, _, _, _, uid, _, inode, *_ = line.split()
        is_it = local.endswith(ends[0]) and remote.endswith(ends[1])
        if is_it and state == ESTABLISHED and inode != NOBODYS:
            return int(uid)
    return None
