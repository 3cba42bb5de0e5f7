"""The identity secret, as it stands: read, remembered for five minutes, read again.

In: a way to read the secret. Out: `IdentityKeys`. Callers: wiring. The surprise: while Secrets Manager is away we go on
with what we know; only a process that knows nothing yet has to refuse.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from threading import Lock
from typing import Final, Protocol

from chalicelib.errors import PlatformError, Unavailable
from chalicelib.identity.keys import REREAD_AFTER_S, FaultyIdentitySecret, IdentityKeys, parse
from chalicelib.log import log

ASK_AGAIN_AFTER_S: Final = 30
"""Tokens with made-up key ids must not become calls."""


class Reader(Protocol):
    def read(self, name: str) -> str | None: ...


class StoredIdentityKeys:
    def __init__(
        self, secrets: Reader, secret_id: str, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._secrets, self._secret_id, self._clock = secrets, secret_id, clock
        self._known: IdentityKeys | None = None
        self._asked_at = 0.0
        self._lock = Lock()

    def current(self) -> IdentityKeys:
        """Raises `CloudBusy` when the secret was never read and can't be."""
        return self._not_older_than(REREAD_AFTER_S)

    def newer(self) -> IdentityKeys:
        """Somebody met a key id we do not know."""
        return self._not_older_than(ASK_AGAIN_AFTER_S)

    def _not_older_than(self, age_s: float) -> IdentityKeys:
        with self._lock:
            known = self._known
            if known is None:
                known = self._read()
            elif self._clock() - self._asked_at >= age_s:
                known = self._read_or_keep(known)
            self._known = known
            return known

    def _read_or_keep(self, known: IdentityKeys) -> IdentityKeys:
        try:
            return self._read()
        except PlatformError as error:
            log.warning("identity_keys_not_reread", error_type=type(error).__name__)
            self._asked_at = self._clock()
            return known

    def _read(self) -> IdentityKeys:
        text = self._secrets.read(self._secret_id)
        if not text:
            raise Unavailable("The identity keys are not there yet. Try again later.")
        try:
            keys = parse(text)
        except FaultyIdentitySecret as error:
            raise PlatformError(f"the identity secret can't be used: {error}") from None
        self._asked_at = self._clock()
        return replace(keys, newer=self.newer)
