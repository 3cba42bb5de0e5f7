"""How long one question may take in all, its retries included, and which failures the SDK must not try again.

In: a deadline. Out: the SDK's own answer, or an error of ours that its retry loop does not know. Callers: `claude.py`, as
middleware of one request. The surprise: the SDK waits as long as `retry-after` says, up to weeks, and its time limit of a
read starts anew with every ping; both end here.
"""

from __future__ import annotations

import email.utils
import json
import time
from collections.abc import Iterator
from typing import Any, Final

import httpx2
from anthropic import APIConnectionError, APIRequest, APIResponse, CallNext, Middleware

from chalicelib.adapters.claude_faults import is_spend_limit, spend_limit_reached, was_sent
from chalicelib.errors import ModelBusy

CONNECT_S: Final = 5
SILENCE_S: Final = 120
"""Between two signs of life. While a model thinks there are pings."""
TOO_MUCH: Final = 429
WAIT_S_MAX: Final = 10.0**9
"""Longer than anybody means."""


class Patience(Middleware):
    def __init__(self, deadline: float) -> None:
        self._deadline = deadline

    def handle(self, request: APIRequest, call_next: CallNext) -> APIResponse[Any]:
        """Once per try. What is raised here as an error of ours is not tried again."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise ModelBusy("The model did not answer in time.")
        silence = min(left, SILENCE_S)
        timeout = httpx2.Timeout(silence, connect=min(left, CONNECT_S))
        try:
            response = call_next(request.copy(timeout=timeout))
        except APIConnectionError as error:
            if was_sent(error):
                # Without a cause: the SDK would find its own error there, and try again what may have been charged.
                raise ModelBusy("The model did not answer in time.", was_sent=True) from None
            raise
        if response.http_response.is_success:
            http = response.http_response
            http.stream = _Until(self._deadline, http.stream)  # type: ignore[arg-type]
        else:
            self._refuse_waste(response.http_response)
        return response

    def _refuse_waste(self, response: httpx2.Response) -> None:
        if response.status_code == TOO_MUCH and is_spend_limit(_body(response)):
            raise spend_limit_reached(response)
        wait = _asked_to_wait_s(response)
        if wait > self._deadline - time.monotonic():
            raise ModelBusy(
                f"The model asks us to wait {round(wait)} s, longer than we may.",
                retry_after_s=round(wait),
            )


class _Until(httpx2.SyncByteStream):
    def __init__(self, deadline: float, stream: httpx2.SyncByteStream) -> None:
        self._deadline = deadline
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._stream:
            if time.monotonic() > self._deadline:
                raise httpx2.ReadTimeout("The answer took longer than it may.")
            yield piece

    def close(self) -> None:
        self._stream.close()


def _body(response: httpx2.Response) -> object:
    try:
        return json.loads(response.read())
    except ValueError:
        return None


def _asked_to_wait_s(response: httpx2.Response) -> float:
    """`retry-after`: seconds or a date; 0 where there is none. A date there can't be is for ever: the SDK stumbles over it."""
    asked = response.headers.get("retry-after", "")
    try:
        return min(float(asked), WAIT_S_MAX)
    except ValueError:
        at = email.utils.parsedate_tz(asked)
    try:
        return email.utils.mktime_tz(at) - time.time() if at else 0
    except (ValueError, OverflowError):
        return WAIT_S_MAX
