"""The provider's prompt cache, as it counts: by breakpoint, exact, from 1,024 tokens on, readable once an answer began.

In: a request. Out: how many input tokens are read, written, or paid in full. Callers: `server.py`.
The surprise: the shape of the answer is part of the prefix: it is told to the model before everything else, so two calls
with different shapes share nothing. And an entry that is still being written is a miss: calls that start together all write.
"""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock

from tests.claude_server.asked import blocks

TOKENS_MIN = 1_024
LIVES_S = 300
LOOKS_BACK_BLOCKS = 20
BYTES_PER_TOKEN = 4


@dataclass(frozen=True)
class Counted:
    input_tokens: int
    cache_read: int
    cache_write: int
    written: tuple = ()
    """What becomes readable when the answer begins."""

    @property
    def all_tokens(self):
        return self.input_tokens + self.cache_read + self.cache_write


class PromptCache:
    def __init__(self, clock=time.monotonic):
        self._clock = clock
        self._lives_until = {}
        self._lock = Lock()

    def count(self, body, key=""):
        """Before the answer. `key` is whose cache it is."""
        prefixes = list(_prefixes(body, key))
        total = prefixes[-1][1] if prefixes else 0
        marked = [number for number, each in enumerate(prefixes) if each[2]]
        marked = [number for number in marked if prefixes[number][1] >= TOKENS_MIN]
        if not marked:
            return Counted(total, 0, 0)
        read = self._longest_known(prefixes, marked)
        upto = prefixes[marked[-1]][1]
        written = tuple(prefixes[number][0] for number in marked)
        return Counted(total - upto, read, upto - read, written)

    def began(self, counted):
        """Its first event is on its way."""
        with self._lock:
            for digest in counted.written:
                self._lives_until[digest] = self._clock() + LIVES_S

    def _longest_known(self, prefixes, marked):
        now = self._clock()
        with self._lock:
            for number in reversed(marked):
                for back in range(number, max(-1, number - LOOKS_BACK_BLOCKS), -1):
                    if self._lives_until.get(prefixes[back][0], -1) > now:
                        return prefixes[back][1]
        return 0


def tokens(text):
    return math.ceil(len(text.encode("utf-8", "surrogatepass")) / BYTES_PER_TOKEN)


def _prefixes(body, key):
    """`(digest, tokens, is_marked)` up to and with each block."""
    config = body.get("output_config", {})
    head = json.dumps(config.get("format"), sort_keys=True) if config.get("format") else ""
    running = sha256(f"{key}\0{body.get('model')}\0{head}".encode())
    count = tokens(head)
    for block in blocks(body):
        plain = {name: value for name, value in block.items() if name != "cache_control"}
        text = json.dumps(plain, sort_keys=True, ensure_ascii=False)
        running.update(b"\0" + text.encode("utf-8", "surrogatepass"))
        count += tokens(block.get("text", text))
        yield running.copy().hexdigest(), count, "cache_control" in block
