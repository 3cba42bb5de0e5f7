"""The public API as Python calls.

In: the address and who asks (environment, `fragua login`, or the `credentials.json` that `make up` writes). Out: decoded JSON.
Callers: the commands. The surprise: reads are retried while the service is busy; writes only when they carry an
Idempotency-Key, which is what makes that safe.
"""

from __future__ import annotations

import json
import os
import platform
import re
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx

from cli.api_types import TypedApi
from cli.language import language, told
from cli.signed_in import ActAsPerson, Tokens, Wallet

TIMEOUT_S = 30.0
TRIES = 5
FIRST_PAUSE_S = 0.2
PATIENCE_S = 10.0
"""Who is told to come back later than this is told so."""
BUSY = (429, 502, 503, 504)
NO_API: Final = "No API found. Run `make up`, or set FRAGUA_API_URL."
NOBODY: Final = (
    "Nobody is signed in. Run `fragua login` (or `make up` on a laptop), or set FRAGUA_API_KEY."
)
UNREACHABLE: Final = "No answer from {url}: {error}. Is the stack up? `make up` starts it."
GAPS: Final = re.compile(r"{(\w+)}")


class ApiProblem(Exception):
    """An answer that is a problem; `body` is its problem+json."""

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__(str(body.get("detail") or body.get("title") or "the API refused"))
        self.body = body


class NotConfigured(Exception):
    """Neither the environment nor a credentials file says where the API is."""


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """Where the API is and who asks: a key, somebody signed in, or nobody yet."""

    api_url: str
    api_key: str = ""
    tokens: Tokens | None = None

    def as_auth(self) -> httpx.Auth | None:
        if self.api_key:
            return WithKey(self.api_key)
        if self.tokens:
            return ActAsPerson(Wallet(self.api_url), self.tokens, self.api_url)
        return None


class WithKey(httpx.Auth):
    def __init__(self, key: str) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._key}"
        yield request


def find_credentials() -> Credentials:
    """A key in the environment first, then who signed in, then the key that `make up` left."""
    url, key = os.environ.get("FRAGUA_API_URL", ""), os.environ.get("FRAGUA_API_KEY", "")
    kept = kept_credentials()
    url = url or kept.get("api_url", "")
    if not url:
        raise NotConfigured(told(NO_API))
    if key:
        return Credentials(api_url=url, api_key=key)
    if tokens := Wallet(url).read():
        return Credentials(api_url=url, tokens=tokens)
    if url == kept.get("api_url") and kept.get("api_key"):
        return Credentials(api_url=url, api_key=kept["api_key"])
    raise NotConfigured(told(NOBODY))


def find_api() -> str:
    """Where the API is, whoever asks."""
    url = os.environ.get("FRAGUA_API_URL") or kept_credentials().get("api_url", "")
    if not url:
        raise NotConfigured(told(NO_API))
    return url


def kept_credentials() -> dict[str, str]:
    """`.fragua/credentials.json` here or in a folder above; empty when there is none."""
    for path in _credential_files():
        if path.is_file():
            kept: dict[str, str] = json.loads(path.read_text())
            return kept
    return {}


def _credential_files() -> Iterator[Path]:
    home = os.environ.get("FRAGUA_HOME")
    if home:
        yield Path(home) / "credentials.json"
        return
    here = Path.cwd()
    for folder in (here, *here.parents):
        yield folder / ".fragua" / "credentials.json"


class Client(TypedApi):
    """One connection to the API. Raises `ApiProblem` for every answer of 400 and above."""

    def __init__(self, credentials: Credentials) -> None:
        self._http = httpx.Client(
            base_url=credentials.api_url,
            timeout=TIMEOUT_S,
            auth=credentials.as_auth(),
            headers={"Accept-Language": language(), "User-Agent": user_agent()},
        )

    def call(self, method: str, path: str, body: Any, given: dict[str, Any]) -> Any:
        query = {name.rstrip("_"): value for name, value in given.items()}
        key = query.pop("idempotency_key", "")
        ids = {name: quote(str(query.pop(name)), safe="") for name in GAPS.findall(path)}
        sent: dict[str, Any] = {"params": query, "headers": {"Idempotency-Key": key} if key else {}}
        if method != "GET":
            sent["json"] = {} if body is None else body
        return self._send(method, path.format(**ids), repeat=bool(key) or method != "POST", **sent)

    def _send(self, method: str, path: str, *, repeat: bool, **request: Any) -> Any:
        for attempt in range(TRIES):
            last = attempt == TRIES - 1 or not repeat
            try:
                answer = self._http.request(method, path, **request)
            except httpx.TransportError as error:
                if last:
                    raise ApiProblem(_unreachable(self._http.base_url, error)) from error
                pause = FIRST_PAUSE_S * 2**attempt
            else:
                pause = max(FIRST_PAUSE_S * 2**attempt, _asked_pause_s(answer))
                if last or answer.status_code not in BUSY or pause > PATIENCE_S:
                    return _decoded(answer)
            time.sleep(pause)
        raise AssertionError("the last attempt returns or raises")


def own_version() -> str:
    try:
        return version("fragua")
    except PackageNotFoundError:
        return "0"


def user_agent() -> str:
    """What lists of sessions, the audit log and letters say about this program."""
    return f"fragua/{own_version()} ({platform.system()})"


def _asked_pause_s(answer: httpx.Response) -> float:
    text = answer.headers.get("Retry-After", "")
    return float(text) if text.isdigit() else 0.0


def _decoded(answer: httpx.Response) -> Any:
    if answer.status_code == 204:
        return None
    if answer.headers.get("Content-Type", "").startswith("text/"):
        return answer.text
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
        "detail": told(UNREACHABLE, url=url, error=error),
    }
