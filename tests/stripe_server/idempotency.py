"""The same key, the same answer: for 24 hours, errors included; never for what failed before anything was done.

In: the key and what is asked under it. Out: the answer that was given, or permission to go on. Callers: `handler.py`.
The surprise: a second request while the first is still at work is refused with 409 and may come again.
"""

from __future__ import annotations

import hashlib
import json
import threading

from tests.stripe_server.wire import Refused

KEPT_S = 24 * 3600
LENGTH_MAX = 255


class Keys:
    def __init__(self, account):
        self._account = account
        self._at_work = set()
        self._lock = threading.Lock()

    def begin(self, key, method, path, params):
        """`(status, body)` as it was answered before, or None: then `end` must follow."""
        if len(key) > LENGTH_MAX:
            raise _refused("Idempotency keys may be up to 255 characters long.")
        with self._lock:
            if key in self._at_work:
                message = "There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through)."
                raise Refused(409, "idempotency_error", message, code="idempotency_key_in_use")
            known = self._known(key)
            if known is None:
                self._at_work.add(key)
                return None
        if known["asked"] != _digest(method, path, params):
            raise _refused(
                f"Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '{key}' if you meant to execute a different request."
            )
        return known["status"], known["body"]

    def keep(self, key, asked, status, body):
        """Inside the change it is the answer of."""
        id_ = self._id(key)
        if self._account.store.find(id_):
            self._account.store.remove(id_)
        self._account.store.add(
            {
                "id": id_,
                "object": "_answer",
                "livemode": self._account.store.is_live,
                "asked": _digest(*asked),
                "status": status,
                "body": body,
                "kept_at": self._account.now(),
            }
        )

    def end(self, key):
        with self._lock:
            self._at_work.discard(key)

    def _known(self, key):
        with self._account.store.lock:
            found = self._account.store.find(self._id(key))
        if found and found["kept_at"] > self._account.now() - KEPT_S:
            return found
        return None

    def _id(self, key):
        return f"_answer_{'live' if self._account.store.is_live else 'test'}_{key}"


def _digest(method, path, params):
    return hashlib.sha256(json.dumps([method, path, params], sort_keys=True).encode()).hexdigest()


def _refused(message):
    return Refused(400, "idempotency_error", message)
