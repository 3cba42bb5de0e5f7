"""Claude, played over real HTTP on loopback by the protocol it speaks: /v1/messages (streamed or not) and count_tokens.

In: a brain, a callable from `Asked` to `Scripted`. Out: a server that the official SDK talks to; what was asked of it, what
it counted, how many were at work at once. Callers: tests, bench. The surprise: it is as strict as the real one (keys,
models, empty blocks, breakpoints, closed shapes) and cuts at `max_tokens` by itself, so a test can't pass on a request that
the real one would refuse.

    with served(lambda asked: says(json={"title": "Clinic"})) as server:
        ClaudeChat(server.key, server.url).ask(question)
    python -m tests.claude_server --port 4800 --brain tests.claude_server.brains:engineer
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import ThreadingHTTPServer

from tests.claude_server import wire
from tests.claude_server.asked import Asked
from tests.claude_server.caching import Counted, PromptCache, tokens
from tests.claude_server.handler import Handler
from tests.claude_server.refusals import refusal
from tests.claude_server.scripted import too_long

KEY = "sk-ant-test"
NOTHING = Counted(0, 0, 0)
MODELS = ("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5")
WINDOW_TOKENS = 1_000_000


@dataclass(frozen=True)
class Answered:
    """One request and what came of it."""

    asked: Asked
    status: int
    counted: Counted = NOTHING
    output_tokens: int = 0
    stop_reason: str = ""


class ClaudeServer:
    def __init__(
        self, brain, *, key=KEY, models=MODELS, window_tokens=WINDOW_TOKENS, clock=time.monotonic
    ):
        self.brain, self.key, self.models = brain, key, models
        self.window_tokens = window_tokens
        self.cache = PromptCache(clock)
        self.url = ""
        self.requests: list[Asked] = []
        self.answered: list[Answered] = []
        self.at_once_max = 0
        self.stopping = threading.Event()
        self._at_once = 0
        self._lock = threading.Lock()

    @property
    def bodies(self):
        return [asked.body for asked in self.requests]

    def cached_share(self, skip=1):
        """Of all input tokens of the answers after the first `skip`, those read from the cache."""
        counted = [each.counted for each in self.answered if each.status == 200][skip:]
        total = sum(each.all_tokens for each in counted)
        return sum(each.cache_read for each in counted) / total if total else 0.0

    def received(self, body, headers):
        with self._lock:
            asked = Asked(len(self.requests) + 1, body, headers)
            self.requests.append(asked)
        return asked

    @contextmanager
    def at_work(self):
        with self._lock:
            self._at_once += 1
            self.at_once_max = max(self.at_once_max, self._at_once)
        try:
            yield
        finally:
            with self._lock:
                self._at_once -= 1

    def answer(self, asked):
        """`(scripted, counted)`: what is said to it, within the limits that the request and the model have."""
        refused = refusal(asked.body, asked.headers, key=self.key, models=self.models)
        if refused:
            return refused, NOTHING
        counted = self.cache.count(asked.body, self.key)
        if counted.all_tokens > self.window_tokens:
            return too_long(counted.all_tokens, self.window_tokens), NOTHING
        scripted = self.brain(asked)
        if scripted.status != 200:
            return scripted, NOTHING
        return self._limited(scripted, asked.body["max_tokens"], counted), counted

    def note(self, asked, scripted, counted):
        is_good = scripted.status == 200
        spent = wire.output_tokens(scripted) if is_good else 0
        reason = scripted.stop_reason if is_good else ""
        with self._lock:
            self.answered.append(Answered(asked, scripted.status, counted, spent, reason))

    def _limited(self, scripted, max_tokens, counted):
        room = self.window_tokens - counted.all_tokens
        reason = "max_tokens" if max_tokens <= room else "model_context_window_exceeded"
        text_tokens = min(max_tokens, room) - tokens(scripted.thinking) - 1
        if tokens(scripted.text) <= text_tokens:
            return scripted
        return replace(
            scripted,
            text=scripted.text.encode()[: max(0, text_tokens) * 4].decode(errors="ignore"),
            stop_reason=reason,
        )


@contextmanager
def served(brain, *, port=0, **more):
    """The server on a port of its own; `server.url` is its address."""
    server = ClaudeServer(brain, **more)
    http = ThreadingHTTPServer(("127.0.0.1", port), type("Bound", (Handler,), {"claude": server}))
    http.daemon_threads = True
    http.handle_error = lambda *_: None
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{http.server_port}"
    try:
        yield server
    finally:
        server.stopping.set()
        http.shutdown()
        http.server_close()
        thread.join()
