"""The double on a port of its own, the official SDK pointed at it, and somebody who listens to its webhooks."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import Request, urlopen

import pytest
from stripe import StripeClient

from tests.stripe_server.server import Server


@pytest.fixture
def server():
    with Server() as server:
        yield server


@pytest.fixture
def client(server):
    return client_of(server)


@pytest.fixture
def listener():
    with Listener() as listener:
        yield listener


def client_of(server, *, key=None, retries=0):
    addresses = {"api": server.url}
    return StripeClient(key or server.key, base_addresses=addresses, max_network_retries=retries)


def double(server, what, said=None):
    """What is told to the double itself, over HTTP as a person or another process does."""
    raw = None if said is None else json.dumps(said).encode()
    with urlopen(Request(f"{server.url}/_double/{what}", data=raw)) as answer:
        return json.load(answer)


class Listener:
    """Whoever has a webhook endpoint. `statuses`: what it answers next, then 200 for ever."""

    def __init__(self):
        self.heard = []
        """`(raw body, Stripe-Signature)` of each, in the order in which they came."""
        self.statuses = []

    def __enter__(self):
        bound = type("Bound", (_Door,), {"listener": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), bound)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_port}/webhooks/stripe"
        return self

    def __exit__(self, *_):
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    listener = None

    def do_POST(self):
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        self.listener.heard.append((raw, self.headers["Stripe-Signature"]))
        status = self.listener.statuses.pop(0) if self.listener.statuses else 200
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass
