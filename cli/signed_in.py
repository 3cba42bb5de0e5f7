"""Who is signed in on this computer: tokens in the system's keyring, else in a file that only its owner can read.

In: the answer of a sign-in. Out: what an `httpx` client needs to act as that person; tokens are renewed on the way.
Callers: `client.py`, `account.py`. The surprise: two commands may run at once and a refresh token is good once, so
renewing happens under a lock, and whoever waited takes what the other got.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import httpx

SERVICE = "fragua"
EARLY_S = 30
"""A token this close to its end is renewed before it is used."""


@dataclass(frozen=True, kw_only=True)
class Tokens:
    access_token: str
    refresh_token: str
    expires_at: float
    email: str = ""
    device: str = ""


class Wallet:
    """One set of tokens per API address."""

    def __init__(self, api_url: str, folder: Path | None = None) -> None:
        self._url = api_url
        self._folder = folder or config_folder()

    def read(self) -> Tokens | None:
        text = self._keyring_read() if uses_keyring() else self._file_read().get(self._url)
        try:
            return Tokens(**json.loads(text)) if text else None
        except (ValueError, TypeError):
            return None

    def write(self, tokens: Tokens) -> None:
        text = json.dumps(asdict(tokens))
        if uses_keyring():
            import keyring

            keyring.set_password(SERVICE, self._url, text)
            return
        self._file_write({**self._file_read(), self._url: text})

    def forget(self) -> None:
        if uses_keyring():
            import keyring
            from keyring.errors import PasswordDeleteError

            try:
                keyring.delete_password(SERVICE, self._url)
            except PasswordDeleteError:
                return
        known = self._file_read()
        if known.pop(self._url, None):
            self._file_write(known)

    @contextmanager
    def locked(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self._folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _keyring_read(self) -> str | None:
        import keyring

        return keyring.get_password(SERVICE, self._url)

    def _file_read(self) -> dict[str, str]:
        try:
            known: dict[str, str] = json.loads((self._folder / "tokens.json").read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return known

    def _file_write(self, known: dict[str, str]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        scratch = self._folder / f"tokens.{os.getpid()}.tmp"
        scratch.unlink(missing_ok=True)
        with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(known, file)
        scratch.replace(self._folder / "tokens.json")


class ActAsPerson(httpx.Auth):
    """Sends the access token; renews it when it is about to end, or when the API says it did."""

    requires_response_body = True

    def __init__(self, wallet: Wallet, tokens: Tokens, api_url: str) -> None:
        self._wallet, self._tokens, self._url = wallet, tokens, api_url

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if self._tokens.expires_at < time.time() + EARLY_S:
            yield from self._renew(request)
        request.headers["Authorization"] = f"Bearer {self._tokens.access_token}"
        answer = yield request
        if answer.status_code == 401:
            yield from self._renew(request)
            request.headers["Authorization"] = f"Bearer {self._tokens.access_token}"
            yield request

    def _renew(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        with self._wallet.locked():
            kept = self._wallet.read()
            if kept and kept.access_token != self._tokens.access_token:
                self._tokens = kept
                return
            body = {"refresh_token": self._tokens.refresh_token}
            answer = yield httpx.Request(
                "POST",
                f"{self._url}/v1/auth/refresh",
                json=body,
                headers={"User-Agent": request.headers["User-Agent"]},
            )
            if answer.status_code == 200:
                self._tokens = renewed(self._tokens, answer.json())
                self._wallet.write(self._tokens)


def renewed(before: Tokens, answer: Mapping[str, Any]) -> Tokens:
    return replace(before, **received(answer))


def received(answer: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of an answer with tokens; a device token stays when none is sent."""
    kept = {
        "access_token": answer["access_token"],
        "expires_at": time.time() + float(answer["expires_in_s"]),
    }
    for name in ("refresh_token", "device"):
        if answer.get(name):
            kept[name] = answer[name]
    return kept


def uses_keyring() -> bool:
    """False where there is none to unlock (a server, CI), and where somebody prefers the file."""
    if os.environ.get("FRAGUA_KEYRING", "") == "off":
        return False
    import keyring
    from keyring.backends import fail

    return not isinstance(keyring.get_keyring(), fail.Keyring)


def config_folder() -> Path:
    root = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(root) / "fragua"
