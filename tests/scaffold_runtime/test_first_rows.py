"""The rows that an app begins with, loaded at hand-over as a container does it: by its command, from an address."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import psycopg
import pytest

from .conftest import App
from .test_runtime import OWNER, Inbox

CUSTOMERS = [
    {"_id": "1.r2", "_at": "Clientes!2", "name": "María Núñez", "email": "maria@example.com"},
    {"_id": "1.r3", "_at": "Clientes!3", "name": "", "email": "nobody@example.com"},
    {"_id": "1.r4", "_at": "Clientes!4", "name": "Luis", "email": "not an address"},
]


class Shelf(BaseHTTPRequestHandler):
    rows: dict[str, Any] = {}

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(self.rows).encode())

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def shelf() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Shelf)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/rows.json"
    server.shutdown()
    server.server_close()


def handed_over(app: App, url: str) -> dict[str, Any]:
    inbox = Inbox()
    with inbox:
        app.manage("hand_over", REPORT_URL=inbox.url, REPORT_NONCE="n", ROWS_URL=url, **OWNER)
    facts: dict[str, Any] = inbox.reports[0]["facts"]
    return facts


def test_rows_that_fit_go_in_and_the_others_are_named(app: App, shelf: str) -> None:
    Shelf.rows = {"customer.customer": CUSTOMERS}
    facts = handed_over(app, shelf)
    assert (facts["rows_loaded"], facts["rows_skipped"], facts["rows_left"]) == (1, 2, 0)
    assert [line.partition(":")[0] for line in facts["rows_faults"]] == ["Clientes!3", "Clientes!4"]
    with psycopg.connect(app.environment["DATABASE_OWNER_URL"]) as owner:
        found = owner.execute("select is_demo, name from workspaces_workspace").fetchall()
    assert [is_demo for is_demo, _ in found] == [False]


def test_rows_are_loaded_once_however_often_the_app_is_handed_over(app: App, shelf: str) -> None:
    Shelf.rows = {"customer.customer": CUSTOMERS[:1]}
    assert handed_over(app, shelf)["rows_loaded"] == handed_over(app, shelf)["rows_loaded"] == 1


def test_what_the_app_does_not_know_is_skipped_and_said(app: App, shelf: str) -> None:
    Shelf.rows = {"ghost.ghost": [{"_id": "1", "_at": "Nada!2", "x": 1}]}
    facts = handed_over(app, shelf)
    assert (facts["rows_loaded"], facts["rows_skipped"]) == (0, 1)


def test_rows_that_can_not_be_had_take_nobodys_app_away(app: App) -> None:
    facts = handed_over(app, "http://127.0.0.1:9/rows.json")
    assert facts["rows_loaded"] == 0
    assert facts["username"] == "ana@example.com"
