"""Stripe, played over real HTTP on loopback by the protocol it speaks: what Fragua uses of it, as strict as the real one.

In: keys, a file to keep what there is, where webhooks go. Out: a server that the official SDK talks to. Callers: tests, bench,
the local stack. The surprise: parameters are held against the SDK's own types, so what the real one would refuse fails here too.

    with Server(webhook="http://127.0.0.1:8000/webhooks/stripe", webhook_secret="whsec_…") as stripe:
        StripeClient(stripe.key, base_addresses={"api": stripe.url}).v1.customers.create({"name": "Ana"})
    python -m tests.stripe_server --port 12111 --state stripe.json --webhook URL --webhook-secret whsec_…
"""

from __future__ import annotations

import threading
import time
from http.server import ThreadingHTTPServer

from tests.stripe_server.account import Account
from tests.stripe_server.faults import Faults
from tests.stripe_server.handler import Handler
from tests.stripe_server.idempotency import Keys
from tests.stripe_server.store import Store
from tests.stripe_server.webhooks import Deliveries

KEY = "sk_test_FraguaDouble000000000000"
LIVE_KEY = "sk_live_FraguaDouble000000000000"


class Server:
    def __init__(
        self, *, port=0, state=None, keys=None, webhook=None, webhook_secret=None, clock=time.time
    ):
        self.keys = keys or {KEY: None, LIVE_KEY: None}
        self.key = next(iter(self.keys))
        self.account = Account(Store(state), clock=clock)
        self.faults = Faults()
        self.once = Keys(self.account)
        self.deliveries = Deliveries(self.account)
        self.stopping = threading.Event()
        self.requests = []
        """`{"method", "path", "params", "idempotency_key", "status"}` of each, in the order in which they came."""
        self._noted = {}
        self._lock = threading.Lock()
        self._port = port
        self._webhook = (webhook, webhook_secret)

    @property
    def url(self):
        return self.account.url

    def start(self):
        bound = type("Bound", (Handler,), {"stripe": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", self._port), bound)
        self._http.daemon_threads = True
        self._http.handle_error = lambda *_: None
        self.account.url = f"http://127.0.0.1:{self._http.server_port}"
        self._add_webhook()
        self.deliveries.start()
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def stop(self):
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
        self.deliveries.stop()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def received(self, asked):
        noted = {
            "id": asked.request_id,
            "method": asked.method,
            "path": asked.path,
            "params": asked.params_or_nothing(),
            "idempotency_key": asked.idempotency_key,
            "status": None,
        }
        with self._lock:
            self.requests.append(noted)
            self._noted[asked.request_id] = noted

    def answered(self, asked, status):
        with self._lock:
            self._noted[asked.request_id]["status"] = status

    def reset(self):
        """Nothing is left but the webhook it was started with."""
        self.account.store.clear()
        self.account.settings.clear()
        self.faults.clear()
        with self._lock:
            self.requests.clear()
            self._noted.clear()
        self._add_webhook()

    def _add_webhook(self):
        """Of the command line: it has every event of both kinds, in test mode, signed with the secrets that were given."""
        url, secret = self._webhook
        store = self.account.store
        known = store.all("webhook_endpoint", url=url)
        if not url or known:
            return
        with store.changing():
            self.account.new(
                "webhook_endpoint",
                "we",
                api_version=None,
                application=None,
                description=None,
                enabled_events=["*"],
                _takes_thin=True,
                metadata={},
                status="enabled",
                url=url,
                _secrets=(secret or store.new_id("whsec", 32)).split(","),
            )
