"""What goes wrong on demand: an answer with another status, none at all, a late one, half of one.

In: `POST /_double/faults {"method": "POST", "path": "/v1/customers", "status": 429, "times": 2}`; instead of `status`:
`"drop": "before"` (never done) or `"after"` (done, the answer is lost), `"slow_s": 3`, `"half": true` (done, half of the
answer arrives). Out: which of them a request meets. Callers: `handler.py`, tests. `path` is the beginning of a path.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

from tests.stripe_server.wire import Refused, invalid

ERRORS = {
    400: ("invalid_request_error", None, "Something about it is wrong."),
    401: ("invalid_request_error", None, "Expired API Key provided."),
    402: ("card_error", "card_declined", "Your card was declined."),
    403: ("invalid_request_error", None, "The provided key does not have the required permissions for this endpoint."),
    409: ("idempotency_error", "idempotency_key_in_use", "There is currently another in-progress request using this Idempotent Key."),
    429: ("invalid_request_error", "rate_limit", "Request rate limit exceeded."),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Fault:
    method: str = "*"
    path: str = "/"
    status: int | None = None
    drop: str | None = None
    slow_s: float = 0.0
    half: bool = False
    times: int = 1

    def error(self):
        """What is answered instead; the double never got to do anything."""
        type_, code, message = ERRORS.get(self.status, ("api_error", None, "An error occurred."))
        return Refused(self.status, type_, message, code=code)


class Faults:
    def __init__(self):
        self._left = []
        self._lock = threading.Lock()

    def add(self, wanted):
        try:
            fault = Fault(**wanted)
        except TypeError as error:
            raise invalid(str(error)) from error
        with self._lock:
            self._left.append(fault)

    def clear(self):
        with self._lock:
            self._left.clear()

    def met(self, method, path):
        """The oldest that fits, used up by one; None for a request that goes well."""
        with self._lock:
            for number, fault in enumerate(self._left):
                if fault.method not in ("*", method) or not path.startswith(fault.path):
                    continue
                if fault.times <= 1:
                    del self._left[number]
                else:
                    self._left[number] = replace(fault, times=fault.times - 1)
                return fault
        return None
