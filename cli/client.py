"""The public API as Python calls.

In: the address and key (environment, or the `credentials.json` that `make up` writes). Out: decoded JSON.
Callers: the commands. The surprise: reads are retried while the service is busy; writes only when they carry an
Idempotency-Key, which is what makes that safe.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

TIMEOUT_S = 30.0
TRIES = 5
FIRST_PAUSE_S = 0.2
BUSY = (429, 502, 503, 504)


class ApiProblem(Exception):
    """An answer that is a problem; `body` is its problem+json."""

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__(str(body.get("detail") or body.get("title") or "the API refused"))
        self.body = body


class NotConfigured(Exception):
    """Neither the environment nor a credentials file says where the API is."""


@dataclass(frozen=True)
class Credentials:
    api_url: str
    api_key: str


def find_credentials() -> Credentials:
    """Environment first, then `.fragua/credentials.json` here or in a folder above."""
    url, key = os.environ.get("FRAGUA_API_URL"), os.environ.get("FRAGUA_API_KEY")
    if url and key:
        return Credentials(url, key)
    for path in _credential_files():
        if path.is_file():
            kept = json.loads(path.read_text())
            return Credentials(url or kept["api_url"], key or kept["api_key"])
    raise NotConfigured(
        "No API key found. Run `make up`, or set FRAGUA_API_URL and FRAGUA_API_KEY."
    )


def _credential_files() -> Iterator[Path]:
    home = os.environ.get("FRAGUA_HOME")
    if home:
        yield Path(home) / "credentials.json"
        return
    here = Path.cwd()
    for folder in (here, *here.parents):
        yield folder / ".fragua" / "credentials.json"


class Client:
    """One connection to the API. Raises `ApiProblem` for every answer of 400 and above."""

    def __init__(self, credentials: Credentials, *, language: str = "en") -> None:
        self._http = httpx.Client(
            base_url=credentials.api_url,
            timeout=TIMEOUT_S,
            headers={
                "Authorization": f"Bearer {credentials.api_key}",
                "Accept-Language": language,
            },
        )

    def get(self, path: str, **query: Any) -> Any:
        return self._send("GET", path, params=query, repeat=True)

    def post(self, path: str, body: Any = None, *, idempotency_key: str = "") -> Any:
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        body = {} if body is None else body
        return self._send("POST", path, json=body, headers=headers, repeat=bool(idempotency_key))

    def put(self, path: str, body: Any) -> Any:
        return self._send("PUT", path, json=body, repeat=True)

    def pages(self, path: str) -> Iterator[Any]:
        """Every item of a paged list."""
        cursor = ""
        while True:
            query = {"limit": 100, "cursor": cursor} if cursor else {"limit": 100}
            page = self.get(path, **query)
            yield from page["items"]
            cursor = page.get("next_cursor") or ""
            if not cursor:
                return

    def _send(self, method: str, path: str, *, repeat: bool, **request: Any) -> Any:
        for attempt in range(TRIES):
            last = attempt == TRIES - 1 or not repeat
            try:
                answer = self._http.request(method, path, **request)
            except httpx.TransportError as error:
                if last:
                    raise ApiProblem(_unreachable(self._http.base_url, error)) from error
            else:
                if last or answer.status_code not in BUSY:
                    return _decoded(answer)
            time.sleep(FIRST_PAUSE_S * 2**attempt)
        raise AssertionError("the last attempt returns or raises")


def _decoded(answer: httpx.Response) -> Any:
    try:
        body = answer.json()
    except ValueError:
        body = {"title": f"HTTP {answer.status_code}", "detail": answer.text[:200]}
    if answer.status_code >= 400:
        raise ApiProblem({"status": answer.status_code, **body})
    return body


def _unreachable(url: httpx.URL, error: Exception) -> dict[str, Any]:
    return {
        "status": 0,
        "title": "The API can't be reached",
        "detail": f"No answer from {url}: {error}. Is the stack up? `make up` starts it.",
    }
