"""Generated code on this machine reaches the inbox of the local AWS, and nothing else of it."""

from __future__ import annotations

import os
import socket
from typing import Any

import pytest

from infra.local.contained import FIRST_UID
from infra.local.no_tasks import caller, is_report, is_rows, is_task, owner

TABLE = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:11D6 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 11 1 0
   1: 0100007F:C350 0100007F:11D6 {state} 00000000:00000000 00:00000000 00000000 {uid}        0 {inode} 1 0
"""
UUID_ = "0b0fbc4f-5c53-4a1c-9f0e-6d3f7a2f9a11"
REPORT = "/fragua-dev-artifacts-000000000000/inbox/tenant/generation/checks-1.json"


def scope(**changes: Any) -> dict[str, Any]:
    usual = {
        "method": "PUT",
        "path": REPORT,
        "query_string": b"X-Amz-Signature=ab",
        "headers": [(b"host", b"127.0.0.1:4566"), (b"Content-Type", b"application/json")],
    }
    return usual | changes


def seen(uid: int = 20_001, state: str = "01", inode: int = 7) -> int | None:
    return owner(TABLE.format(uid=uid, state=state, inode=inode), 0xC350, 0x11D6)


def test_the_kernel_says_whose_connection_it_is() -> None:
    assert seen(uid=20_001) == 20_001
    assert seen(uid=0) == 0


def test_a_connection_that_was_let_go_is_nobodys() -> None:
    assert seen(uid=0, inode=0) is None
    assert seen(uid=0, state="06") is None
    assert is_task(None)


def test_tasks_have_user_ids_of_their_own() -> None:
    assert is_task(FIRST_UID)
    assert not is_task(0)
    assert not is_task(1000)


def test_a_report_passes() -> None:
    assert is_report(scope())


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "GET"},
        {"path": "/fragua-dev-artifacts-000000000000/generations/x/y/mvs.json"},
        {"path": "/b/inbox/"},
        {"path": "/b/inbox/../generations/x/y/mvs.json"},
        {"query_string": b""},
        {"query_string": b"X-Amz-Signature=ab&Action=CreateStack"},
        {"headers": [(b"X-Amz-Target", b"secretsmanager.ListSecrets")]},
        {"headers": [(b"x-amz-copy-source", b"/b/generations/x")]},
        {"headers": [(b"authorization", b"AWS4-HMAC-SHA256 Credential=x")]},
    ],
)
def test_nothing_else_passes_as_a_report(changes: dict[str, Any]) -> None:
    assert not is_report(scope(**changes))


ROWS = f"/fragua-dev-artifacts-000000000000/generations/{UUID_}/{UUID_}/rows-named.json"


def test_the_rows_that_an_app_begins_with_pass() -> None:
    assert is_rows(scope(method="GET", path=ROWS))


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "PUT"},
        {"path": ROWS.replace("rows-named", "mvs")},
        {"path": ROWS.replace("rows-named.json", "../x/rows-named.json")},
        {"path": "/b/generations/*/*/rows-named.json"},
        {"query_string": b""},
        {"headers": [(b"X-Amz-Target", b"secretsmanager.ListSecrets")]},
    ],
    ids=range(6),
)
def test_nothing_else_passes_as_rows(changes: dict[str, Any]) -> None:
    assert not is_rows(scope(**{"method": "GET", "path": ROWS, **changes}))


@pytest.mark.skipif(not os.path.exists("/proc/net/tcp"), reason="asks Linux")
def test_our_own_connection_is_ours() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        with socket.create_connection(server.getsockname()) as client:
            ends = {"server": server.getsockname(), "client": client.getsockname()}
            assert caller(ends) == os.getuid()
