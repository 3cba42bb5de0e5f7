"""Webhooks: what happened is sent to who wants it, signed, until it is answered with 2xx.

In: deliveries in the store. Out: POSTs over HTTP with `Stripe-Signature`. Callers: `server.py`, `control.py`.
The surprise: nothing promises an order; `choose(is_held=True)` keeps events back, so a test can send them shuffled and twice.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from tests.stripe_server.endpoints import url_of, who_wants
from tests.stripe_server.events import deliver, notification
from tests.stripe_server.wire import invalid, shown

RETRIES_S = (0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600)
"""Stripe's go on for three days; a laptop has less patience."""
CHOICES = ("is_held", "is_shuffled", "seed", "copies", "at_once", "retries_s")


class Deliveries:
    """Sends what is due, one after the other and in order, unless told otherwise."""

    def __init__(self, account):
        self._account = account
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._is_sending = False
        self.is_held = False
        self.is_shuffled = False
        self.at_once = 1
        self.copies = 1
        self.retries_s = RETRIES_S
        self.seed = 0
        self.sent = []
        """`(event id, status or None)` of each try."""

    def choose(self, **wanted):
        for name, value in wanted.items():
            if name not in CHOICES:
                raise invalid(f"Deliveries have no {name!r}.")
            setattr(self, name, value)

    def start(self):
        self._thread.start()

    def stop(self):
        self._stopping.set()
        self._wake.set()
        self._thread.join()

    def look(self):
        self._wake.set()

    def resend(self, event_id):
        """To every endpoint that is enabled, whether it had it or not."""
        store = self._account.store
        with store.changing():
            told = store.find(event_id)
            if told is None:
                raise invalid(f"No such event: '{event_id}'")
            for endpoint in who_wants(self._account, told):
                deliver(store, told, endpoint)

    def wait_until_sent(self, timeout_s=10):
        """Whether nothing waits any more."""
        ends_at = time.monotonic() + timeout_s
        while time.monotonic() < ends_at:
            self.look()
            with self._account.store.lock:
                waiting = [each for is_live in (False, True) for each in self._all(is_live)]
            if not waiting and not self._is_sending:
                return True
            time.sleep(0.01)
        return False

    def _run(self):
        while not self._stopping.is_set():
            self._wake.wait(0.1)
            self._wake.clear()
            if not self.is_held:
                self._is_sending = True
                self._send(self._due())
                self._is_sending = False

    def _send(self, due):
        if self.is_shuffled:
            random.Random(self.seed).shuffle(due)
        with ThreadPoolExecutor(self.at_once) as pool:
            list(pool.map(self._try_unless_held, due))

    def _try_unless_held(self, delivery):
        if not self._stopping.is_set() and not self.is_held:
            self._try(delivery)

    def _all(self, is_live):
        self._account.store.is_live = is_live
        return self._account.store.all("_delivery")

    def _due(self):
        with self._account.store.lock:
            found = [dict(each) for is_live in (False, True) for each in self._all(is_live)]
        now = time.time()
        return [each for each in found if each["due_at"] <= now for _ in range(self.copies)]

    def _try(self, delivery):
        store = self._account.store
        store.is_live = delivery["livemode"]
        with store.lock:
            told, endpoint = store.find(delivery["event"]), store.find(delivery["endpoint"])
            if told is None or endpoint is None:
                return self._settle(delivery, is_done=True)
            body = told if told["object"] == "event" else notification(told)
            raw = json.dumps(shown(body), indent=2).encode()
            url, secrets = url_of(endpoint), endpoint["_secrets"]
        status = posted(url, raw, signature(raw, secrets, int(time.time())))
        self.sent.append((told["id"], status))
        return self._settle(delivery, is_done=status is not None and 200 <= status < 300)

    def _settle(self, delivery, *, is_done):
        store = self._account.store
        with store.changing():
            kept = store.find(delivery["id"])
            if kept is None:
                return
            kept["tries"] += 1
            if not is_done and kept["tries"] <= len(self.retries_s):
                kept["due_at"] = time.time() + self.retries_s[kept["tries"] - 1]
                return
            store.remove(kept["id"])
            told = store.find(delivery["event"])
            if told and is_done and told.get("pending_webhooks"):
                told["pending_webhooks"] -= 1


def signature(raw, secrets, timestamp):
    """The header, with a signature for each secret that counts."""
    signed = [
        hmac.new(secret.encode(), f"{timestamp}.".encode() + raw, hashlib.sha256).hexdigest()
        for secret in secrets
    ]
    return ",".join([f"t={timestamp}", *(f"v1={each}" for each in signed)])


def posted(url, raw, signed, timeout_s=20):
    """The status, None where nobody answered."""
    split = urlsplit(url)
    kind = http.client.HTTPSConnection if split.scheme == "https" else http.client.HTTPConnection
    connection = kind(split.hostname, split.port, timeout=timeout_s)
    try:
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signed,
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        connection.request(
            "POST", f"{split.path or '/'}{'?' + split.query if split.query else ''}", raw, headers
        )
        answer = connection.getresponse()
        answer.read()
        return answer.status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
