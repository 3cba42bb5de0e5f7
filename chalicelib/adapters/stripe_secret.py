"""The Stripe secret, as it stands: read, remembered for five minutes, read again.

In: a way to read `{"api_key": …, "webhook_secrets": [new, old]}`. Out: `StripeSecret`. Callers: wiring, the other
`stripe_*.py`. The surprise: an event that nothing known has signed may have been signed by a secret that was put there a
moment ago, so `newer` reads again, at most twice a minute: forged events must not become calls.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final, Protocol

from chalicelib.errors import PaymentsAccountRefused, PlatformError
from chalicelib.log import log

REREAD_AFTER_S: Final = 300
ASK_AGAIN_AFTER_S: Final = 30
WEBHOOK_SECRETS_MAX: Final = 4
TEST_KEYS: Final = ("sk_test_", "rk_test_")
LIVE_KEYS: Final = ("sk_live_", "rk_live_")
SHAPE: Final = '{"api_key": "rk_…", "webhook_secrets": ["whsec_…"]}'


@dataclass(frozen=True)
class StripeSecret:
    api_key: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(repr=False)

    @property
    def is_live(self) -> bool:
        return self.api_key.startswith(LIVE_KEYS)


class Reader(Protocol):
    def read(self, name: str) -> str | None: ...


class StoredStripeSecret:
    def __init__(
        self, secrets: Reader, secret_id: str, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._secrets, self._secret_id, self._clock = secrets, secret_id, clock
        self._known: StripeSecret | None = None
        self._asked_at = 0.0
        self._lock = Lock()

    def current(self) -> StripeSecret:
        """Raises `PaymentsAccountRefused` for one that can't be used, `CloudBusy` when it was never read and can't be."""
        return self._not_older_than(REREAD_AFTER_S)

    def newer(self) -> StripeSecret:
        """Somebody met a signature of a secret we do not know."""
        return self._not_older_than(ASK_AGAIN_AFTER_S)

    def _not_older_than(self, age_s: float) -> StripeSecret:
        with self._lock:
            if self._known is None:
                self._known = self._read()
            elif self._clock() - self._asked_at >= age_s:
                self._known = self._read_or_keep(self._known)
            return self._known

    def _read_or_keep(self, known: StripeSecret) -> StripeSecret:
        try:
            return self._read()
        except PlatformError as error:
            log.warning("stripe_secret_not_reread", error_type=type(error).__name__)
            self._asked_at = self._clock()
            return known

    def _read(self) -> StripeSecret:
        secret = parse(self._secrets.read(self._secret_id) or "")
        self._asked_at = self._clock()
        return secret


def parse(text: str) -> StripeSecret:
    """Raises `PaymentsAccountRefused`, which repeats nothing of it."""
    try:
        given: Any = json.loads(text)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise _fault("is not there yet" if not text else "is no JSON object")
    key, webhook = given.get("api_key"), given.get("webhook_secrets")
    if not isinstance(key, str) or not key.startswith((*TEST_KEYS, *LIVE_KEYS)):
        raise _fault("has no api_key that is one of Stripe's")
    if not isinstance(webhook, list) or not all(_is_secret(one) for one in webhook):
        raise _fault("has no webhook_secrets that are Stripe's")
    if len(webhook) > WEBHOOK_SECRETS_MAX:
        raise _fault(f"has more than {WEBHOOK_SECRETS_MAX} webhook_secrets")
    return StripeSecret(key, tuple(webhook))


def _is_secret(value: object) -> bool:
    return isinstance(value, str) and value.startswith("whsec_") and value == value.strip()


def _fault(what: str) -> PaymentsAccountRefused:
    return PaymentsAccountRefused(f"Stripe's secret {what}. Put {SHAPE} there.")
