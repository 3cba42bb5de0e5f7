"""How we talk to sign-in providers: few bytes, little time, no redirects, JSON or nothing.

In: a method, an address of ours, fields. Out: `Answer`; `ProviderBusy` when there is none to be had. Callers:
`oauth_providers.py`, `id_tokens.py`. The surprise: a time limit of the socket starts anew with every byte, so the whole
answer has a deadline of its own: a provider that drips must not hold a request until the gateway gives up.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import urllib3

from chalicelib.errors import ProviderBusy

CONNECT_S: Final = 3
READ_S: Final = 5
WHOLE_S: Final = 8
BODY_BYTES_MAX: Final = 256 * 1024
TOO_MUCH: Final = 429


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    """What the JSON says."""

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300


class ProviderCalls:
    def __init__(
        self, provider: str, *, connect_s: float = CONNECT_S, read_s: float = READ_S
    ) -> None:
        self._provider = provider
        timeout = urllib3.Timeout(connect=connect_s, read=read_s)
        self._http = urllib3.PoolManager(timeout=timeout, retries=False)

    def get(self, url: str, *, bearer: str = "") -> Answer:
        return self._call(
            "GET", url, headers={"Authorization": f"Bearer {bearer}"} if bearer else {}
        )

    def post(self, url: str, fields: Mapping[str, str]) -> Answer:
        return self._call("POST", url, fields=dict(fields), encode_multipart=False)

    def _call(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, **sent: Any
    ) -> Answer:
        deadline = time.monotonic() + WHOLE_S
        sent_headers = {"Accept": "application/json", "User-Agent": "fragua", **(headers or {})}
        try:
            answer = self._http.request(
                method, url, headers=sent_headers, preload_content=False, redirect=False, **sent
            )
            raw = self._read(answer, deadline)
            body = json.loads(raw)
        except (urllib3.exceptions.HTTPError, OSError, ValueError, RecursionError) as error:
            raise self._busy(type(error).__name__) from error
        if answer.status >= 500 or answer.status == TOO_MUCH:
            raise self._busy(str(answer.status))
        return Answer(answer.status, body)

    def _read(self, answer: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
        """`read1` returns what has come, so that the deadline is looked at between pieces."""
        raw = b""
        while piece := answer.read1(BODY_BYTES_MAX):
            raw += piece
            if len(raw) > BODY_BYTES_MAX or time.monotonic() > deadline:
                answer.close()
                raise ValueError("too much, or too slow")
        answer.release_conn()
        return raw

    def _busy(self, why: str) -> ProviderBusy:
        return ProviderBusy(f"{self._provider} does not answer ({why}). Try again in a moment.")
