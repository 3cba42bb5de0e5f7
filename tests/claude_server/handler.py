"""HTTP of the server: one request, one answer, and all that can go wrong between.

In: a POST. Out: JSON, or a stream of events in chunks. Callers: `server.py`. The surprise: a connection that is dropped
quietly ends its chunks as it should: a client that only watches the transport notices nothing.
"""

from __future__ import annotations

import json
import socket
from http.server import BaseHTTPRequestHandler

from tests.claude_server import wire

RESET = b"\1\0\0\0\0\0\0\0"
"""SO_LINGER with no time: closing sends a reset."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    claude = None

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        path = self.path.split("?")[0]
        if path == "/v1/messages/count_tokens":
            self._json(200, {"input_tokens": self.claude.cache.count(body).all_tokens})
        elif path == "/v1/messages":
            self._message(body)
        else:
            error = {"type": "not_found_error", "message": "Not found"}
            self._json(404, {"type": "error", "error": error})

    def _message(self, body):
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = self.claude.received(body, headers)
        with self.claude.at_work():
            scripted, counted = self.claude.answer(asked)
            self.claude.note(asked, scripted, counted)
            self.claude.stopping.wait(scripted.wait_s)
            if scripted.status != 200:
                refused = wire.refusal(scripted, f"req_{asked.number:04}")
                self._json(scripted.status, refused, scripted.headers)
            elif body.get("stream"):
                self._stream(asked, scripted, counted)
            else:
                self.claude.cache.began(counted)
                self._json(
                    200, wire.whole(f"msg_{asked.number:04}", asked.model, scripted, counted)
                )

    def _json(self, status, body, headers=()):
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.send_header("request-id", body.get("request_id", "req_0"))
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    def _stream(self, asked, scripted, counted):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.send_header("request-id", f"req_{asked.number:04}")
        self.end_headers()
        self._send(wire.start(f"msg_{asked.number:04}", asked.model, counted))
        self.claude.cache.began(counted)
        for each in wire.thinking(scripted.thinking):
            self._send(each)
        self._send(wire.block_start(scripted))
        if self._all_said(scripted):
            for each in wire.end(scripted):
                self._send(each)
            self.wfile.write(b"0\r\n\r\n")

    def _all_said(self, scripted):
        """Whether the answer may end as it should."""
        faults = (scripted.drop_after, scripted.garbled_after, scripted.error_after)
        is_faulty = any(each is not None for each in faults)
        text = scripted.text
        if is_faulty:
            text = text[: min(each for each in faults if each is not None)]
        for begin in range(0, len(text), scripted.pieces_bytes):
            self._send(wire.piece(scripted, text[begin : begin + scripted.pieces_bytes]))
            if scripted.pause_s and not self.claude.stopping.wait(scripted.pause_s):
                self._send(wire.event("ping"))
        if is_faulty:
            self._break_off(scripted)
        return not is_faulty

    def _break_off(self, scripted):
        if scripted.garbled_after is not None:
            self._send(b'event: content_block_delta\ndata: {"type": "content_blo\n\n')
        elif scripted.error_after is not None:
            error = {"type": "overloaded_error", "message": "Overloaded"}
            self._send(wire.event("error", error=error))
        if scripted.abruptly:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self.close_connection = True
            self.connection.close()
        else:
            self.wfile.write(b"0\r\n\r\n")

    def _send(self, raw):
        self.wfile.write(f"{len(raw):x}\r\n".encode() + raw + b"\r\n")
        self.wfile.flush()

    def log_message(self, *_):
        pass
