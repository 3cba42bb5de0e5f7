"""How bytes go to Stripe and back: no redirects, nothing of the environment, and one deadline over all tries of an operation.

In: what the SDK wants sent. Out: what came back; `APIConnectionError` for what the SDK may try again, `PaymentsBusy` when
there is no time left for that. Callers: the SDK, by way of `stripe_client.py`. The surprise: an answer that was cut short and
is no JSON any more counts as a broken connection: each writing request has its Idempotency-Key, so another try does nothing
twice.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import stripe
import urllib3
from stripe import APIConnectionError, HTTPClient

from chalicelib.errors import PaymentsBusy

CONNECT_S: Final = 3.0
TRY_S: Final = 8.0
"""Of silence, for one try. Stripe says that a charge may take several seconds."""
OPERATION_S: Final = 11.0
"""For one method of a port, its retries included: the API's Lambda has 29 s, and a request needs two of them at most."""
WORTH_A_TRY_S: Final = 1.0
BODY_BYTES_MAX: Final = 16 * 1024 * 1024
CONNECTIONS_KEPT: Final = 8
PIECE_BYTES: Final = 256 * 1024
TOO_LATE: Final = (
    "Stripe did not answer in time. Try again in a moment: nothing is done twice for it."
)


class StripeHttp(HTTPClient):
    name = "urllib3"

    def __init__(self, operation_s: float = OPERATION_S) -> None:
        super().__init__()
        self._operation_s = operation_s
        self._pool = urllib3.PoolManager(
            retries=False,
            maxsize=CONNECTIONS_KEPT,
            ca_certs=stripe.ca_bundle_path,
        )
        self._of_thread = threading.local()

    @contextmanager
    def operation(self) -> Iterator[None]:
        """All that is asked within must be answered by then. One within another has the outer one's time."""
        if getattr(self._of_thread, "deadline", None) is not None:
            yield
            return
        self._of_thread.deadline = time.monotonic() + self._operation_s
        try:
            yield
        finally:
            self._of_thread.deadline = None

    # The SDK's name and parameters.
    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        deadline = getattr(self._of_thread, "deadline", None) or time.monotonic() + TRY_S
        try:
            return self._asked(method, url, _plain(headers or {}), post_data, deadline)
        except (urllib3.exceptions.HTTPError, OSError, ValueError, RecursionError) as error:
            if deadline - time.monotonic() < WORTH_A_TRY_S:
                raise PaymentsBusy(TOO_LATE) from None
            # The SDK's constructor says no types.
            failed: Any = APIConnectionError
            raise failed(type(error).__name__, should_retry=True) from None

    def close(self) -> None:
        self._pool.clear()

    def _asked(
        self, method: str, url: str, headers: dict[str, str], post_data: Any, deadline: float
    ) -> tuple[str, int, Mapping[str, str]]:
        left = deadline - time.monotonic()
        if left <= 0:
            raise PaymentsBusy(TOO_LATE)
        answer = self._pool.request(
            method.upper(),
            url,
            body=post_data.encode() if isinstance(post_data, str) else post_data,
            headers=headers,
            timeout=urllib3.Timeout(connect=min(CONNECT_S, left), read=min(TRY_S, left)),
            redirect=False,
            preload_content=False,
        )
        raw = _read(answer, deadline)
        if 200 <= answer.status < 300:
            json.loads(raw)
        given = dict(answer.headers)
        # The SDK would make a warning of what the server says there.
        given.pop("Stripe-Notice", None)
        return raw.decode(), answer.status, {name.lower(): value for name, value in given.items()}


def _plain(headers: Mapping[str, str]) -> dict[str, str]:
    """Without what the SDK tells of this machine and of who runs programs on it."""
    kept = {name: value for name, value in headers.items() if not name.startswith("X-Stripe-")}
    return {**kept, "User-Agent": f"Stripe/v1 PythonBindings/{stripe.VERSION} fragua"}


def _read(answer: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
    """`read1` returns what has come, so that the deadline is looked at between pieces."""
    raw = b""
    while piece := answer.read1(PIECE_BYTES):
        raw += piece
        if len(raw) > BODY_BYTES_MAX or time.monotonic() > deadline:
            answer.close()
            raise ValueError("too much, or too slow")
    answer.release_conn()
    return raw
