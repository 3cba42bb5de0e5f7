"""The command line against the real door, over real HTTP, with fakes behind the door."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from chalice.test import Client
from typer.testing import CliRunner

from cli.main import app as commands
from tests.door import app, mvs, world  # noqa: F401
from tests.fakes import uuid

EXAMPLE = "examples/clinica-dental.yaml"


@pytest.fixture
def served(app, world):  # noqa: F811
    """The door on a loopback port. `served.refusals` makes the next answers 503."""
    state = SimpleNamespace(refusals=0, requests=[])

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            state.requests.append((self.command, self.path))
            if state.refusals:
                state.refusals -= 1
                self._send(503, {"Content-Type": "application/problem+json"}, b'{"title": "busy"}')
                return
            with Client(app) as client:
                reply = client.http.request(
                    self.command, self.path, headers=dict(self.headers), body=body
                )
            self._send(reply.status_code, reply.headers, reply.body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

        def _send(self, status, headers, body):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    yield state
    server.shutdown()
    server.server_close()


@pytest.fixture
def fragua(served, world, monkeypatch, tmp_path):  # noqa: F811
    """`fragua("apps", "--json")` → (exit code, stdout, stderr). `given` is typed."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("FRAGUA_KEYRING", "off")
    world.tenant = uuid.uuid4()
    monkeypatch.setenv("FRAGUA_API_URL", served.url)
    monkeypatch.setenv("FRAGUA_API_KEY", world.api_keys.issue(world.tenant))
    monkeypatch.setattr("cli.watch.POLL_S", 0.01)
    monkeypatch.setattr("cli.watch.POLL_S_MAX", 0.01)
    monkeypatch.setattr("cli.client.FIRST_PAUSE_S", 0.01)

    def run(*words, given=None):
        result = CliRunner().invoke(commands, words, input=given)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return SimpleNamespace(code=result.exit_code, out=result.stdout, err=result.stderr)

    run.json = lambda *words: json.loads(run(*words).out.splitlines()[-1])
    return run


@pytest.fixture
def ends(world, monkeypatch):  # noqa: F811
    """`ends("succeeded")`: the next generation is closed as soon as somebody reads its events."""

    def arrange(how, told=(), **values):
        def events(generation_id, after="", limit=500):
            getattr(world.generations, how)(world.tenant, uuid.UUID(generation_id), **values)
            seen = [
                {
                    "id": "1",
                    "at": "2026-11-30T09:30:00Z",
                    "stage": "Orchestrate",
                    "module": None,
                    "round": 1,
                    "status": "done",
                    "message": "offline",
                    "ms": 12,
                },
                {
                    "id": "2",
                    "at": "2026-11-30T09:30:00Z",
                    "stage": "GenerateModule",
                    "module": "patient",
                    "round": 2,
                    "status": "done",
                    "message": "",
                    "ms": 34,
                },
                *told,
            ]
            return [event for event in seen if event["id"] > after]

        monkeypatch.setattr(world.runs, "events", events)

    return arrange
