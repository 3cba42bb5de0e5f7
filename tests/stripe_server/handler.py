"""HTTP of the double: who asks, what for, once; then the answer, or what goes wrong instead of it.

In: a request. Out: JSON of Stripe's, a page for a person, or a connection that ends. Callers: `server.py`. The surprise: a
fault that drops the answer comes after the work is done, as it does when a network fails: only the key saves who asks again.
"""

from __future__ import annotations

import json
import socket
import sys
import traceback
from base64 import b64decode
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

from tests.stripe_server import control, doing, pages_wire

RESET = b"\1\0\0\0\0\0\0\0"
"""SO_LINGER with no time: closing sends a reset."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_version = "nginx"
    sys_version = ""
    stripe = None

    def do_GET(self):
        self._answer()

    def do_POST(self):
        self._answer()

    def do_DELETE(self):
        self._answer()

    def _answer(self):
        self.raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        split = urlsplit(self.path)
        self.stripe.account.store.is_live = False
        try:
            self._answer_to(split)
        except ConnectionError:
            self.close_connection = True
        except Exception:  # A fault of the double itself: whoever builds on it should read where.
            said = traceback.format_exc()
            sys.stderr.write(said)
            self._json(
                500, {"error": {"type": "api_error", "message": f"The double broke: {said}"}}
            )

    def _answer_to(self, split):
        if split.path.startswith("/_double/"):
            self._json(*control.answered(self.stripe, self.command, split.path, self.raw))
        elif split.path.startswith(("/v1/", "/v2/")):
            self._api(split)
        else:
            self._page(split)

    def _api(self, split):
        fault = self.stripe.faults.met(self.command, split.path)
        asked = self._asked(split)
        self.stripe.received(asked)
        if fault and fault.slow_s:
            asked = asked.later(lambda: self.stripe.stopping.wait(fault.slow_s))
        if fault and fault.drop == "before":
            return self._break_off()
        if fault and fault.status:
            refused = fault.error()
            status, body, headers = refused.status, refused.body, {}
        else:
            status, body, headers = doing.done(self.stripe, asked)
        self.stripe.answered(asked, status)
        if fault and fault.drop:
            return self._break_off()
        return self._json(status, body, {"Request-Id": asked.request_id, **headers}, fault)

    def _asked(self, split):
        is_json = "json" in self.headers.get("Content-Type", "")
        return doing.Asked(
            method=self.command,
            path=split.path,
            query=split.query,
            raw=self.raw.decode(errors="replace"),
            is_json=is_json,
            key=self._shown_key(),
            idempotency_key=self.headers.get("Idempotency-Key") if self.command == "POST" else None,
            version=self.headers.get("Stripe-Version"),
            request_id=self.stripe.account.store.new_id("req", 14),
        )

    def _shown_key(self):
        kind, _, shown = self.headers.get("Authorization", "").partition(" ")
        if kind == "Basic":
            return b64decode(shown).decode(errors="replace").partition(":")[0]
        return shown.strip() if kind == "Bearer" else ""

    def _page(self, split):
        query = {name: values[-1] for name, values in parse_qs(split.query).items()}
        form = {name: values[-1] for name, values in parse_qs(self.raw.decode()).items()}
        status, headers, text = pages_wire.answered(
            self.stripe.account, self.command, split.path, {**query, **form}
        )
        self.stripe.deliveries.look()
        self._send(status, text.encode(), {"Content-Type": "text/html; charset=utf-8", **headers})

    def _json(self, status, body, headers=(), fault=None):
        raw = json.dumps(body, indent=2).encode()
        self._send(status, raw, {"Content-Type": "application/json", **dict(headers)}, fault)

    def _send(self, status, raw, headers, fault=None):
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if fault and fault.half:
            self.wfile.write(raw[: len(raw) // 2])
            self.wfile.flush()
            return self._break_off()
        return self.wfile.write(raw)

    def _break_off(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.close_connection = True
        self.connection.close()

    def date_time_string(self, timestamp=None):
        return super().date_time_string(timestamp or self.stripe.account.now())

    def log_message(self, *_):
        pass
