"""The way to Stripe: the official SDK, with our key, our deadline and our errors.

In: Stripe's secret, where it answers. Out: `StripeApi`, which lends the SDK's client for one operation. Callers: the other
`stripe_*.py`, `infra/billing.py`. The surprise: what the SDK says about itself is switched off for the whole process when the
first is made: its telemetry, its own log, and the variable that would turn that on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import Any, Final, Protocol

import stripe
from stripe import StripeClient, StripeObject

from chalicelib.adapters.stripe_faults import our_error
from chalicelib.adapters.stripe_http import OPERATION_S, StripeHttp
from chalicelib.adapters.stripe_secret import StripeSecret

RETRIES: Final = 2
"""By the SDK, after 409 and 5xx and where no whole answer was had."""
PAGE: Final = 100
API_VERSION: Final = stripe.api_version
"""Of what Stripe is asked for and of the events it sends: the SDK's."""


class Secret(Protocol):
    def current(self) -> StripeSecret: ...


class StripeApi:
    def __init__(
        self, secret: Secret, base_url: str = "", *, operation_s: float = OPERATION_S
    ) -> None:
        _keep_quiet()
        self._secret, self._base_url = secret, base_url.rstrip("/")
        self._http = StripeHttp(operation_s)
        self._made_for: StripeSecret | None = None
        self._client: StripeClient | None = None
        self._lock = Lock()

    @property
    def is_live(self) -> bool:
        return self._secret.current().is_live

    @contextmanager
    def speaking(self) -> Iterator[StripeClient]:
        """One operation: what is asked within shares one deadline, and leaves with errors of ours alone."""
        client = self._client_now()
        with self._http.operation():
            try:
                yield client
            except stripe.StripeError as error:
                raise our_error(error) from None

    def _client_now(self) -> StripeClient:
        secret = self._secret.current()
        with self._lock:
            if self._client is None or self._made_for != secret:
                self._client, self._made_for = self._made(secret.api_key), secret
            return self._client

    def _made(self, api_key: str) -> StripeClient:
        return StripeClient(
            api_key,
            base_addresses={"api": self._base_url} if self._base_url else {},
            http_client=self._http,
            max_network_retries=RETRIES,
        )


def _keep_quiet() -> None:
    stripe.enable_telemetry = False
    stripe.log = None
    stripe._util.STRIPE_LOG = None
    stripe._util.logger.setLevel("WARNING")


def plain(found: StripeObject) -> dict[str, Any]:
    """As it came over the wire."""
    return found.to_dict(for_json=True)


def answered_at(found: StripeObject) -> datetime:
    """By Stripe's clock, where it says."""
    headers = found.last_response.headers if found.last_response else {}
    try:
        return parsedate_to_datetime(headers["date"]).astimezone(UTC)
    except (KeyError, ValueError, TypeError):
        return datetime.now(UTC).replace(microsecond=0)
