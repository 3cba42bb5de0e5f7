"""What it costs to hear Stripe: a webhook on the local stack, how many a minute long, and what the door has to load.

In: the local stack that is up (`make up`), with the double as Stripe. Out: rows. The surprise: the organizations are made for the
measurement and taken away again, straight in the database; and each tenth event is sent twice, because Stripe does so.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from http.client import HTTPConnection
from itertools import chain, islice

from bench.peer_api import plain_handler
from bench.rows import NotMeasured, Row, command, paired_medians
from bench.stripe_events import Sent, events, subscribers
from bench.subscribed import kept_events, organizations
from bench.webhook_door import in_process
from infra.local import stack
from infra.local.place import Place, read_place

PATH = "/webhooks/stripe"
ORGANIZATIONS, AT_ONCE, TWICE_EACH = 64, 4, 10
WARM_UP_S, SUSTAINED_S = 10, 60
ONE_BY_ONE = 200
BARE = (sys.executable, "-c", "pass")
DOOR = "import chalicelib.adapters.billing_ledger, chalicelib.adapters.stripe_event_store, chalicelib.billing.receiving, chalicelib.adapters.stripe_webhooks"


def measure() -> Iterable[Row]:
    yield from imports()
    place = read_place()
    if not place.credentials.exists() or not stack.status(place)["up"]:
        raise NotMeasured("the local stack is not up: `make up`")
    secret = place.till.webhook_secrets[0]
    with organizations(place, ORGANIZATIONS) as opened, plain_handler(place, secret) as plain:
        subscribed = opened(lambda tenants: subscribers(tenants, starter_price(place)))
        stream = events(subscribed)
        ours = door(place.front_port, PATH, secret)
        deployed = json.loads((place.run / "deployed.json").read_text())["outputs"]["RestAPIId"]
        own = f"/restapis/{deployed}/api/_user_request_{PATH}"
        direct = door(place.emulator_port, own, secret)
        peer = door(place.emulator_port, plain, secret)
        yield from in_process(place, secret, prices(place), stream)
        yield from one_by_one(direct, peer, stream)
        yield from sustained(place, ours, stream)


# ---- one after the other, beside a handler that only verifies ----


def one_by_one(ours: Callable[[Sent], str], peer: Callable[[Sent], str], stream: Iterator[Sent]) -> Iterator[Row]:  # fmt: skip
    """In turn, so that a busy machine hits both; the first few of each start their workers."""
    spent: tuple[list[float], list[float]] = ([], [])
    for number, sent in enumerate(islice(stream, ONE_BY_ONE + 10)):
        for send, times in zip((ours, peer), spent, strict=True):
            began = time.perf_counter()
            send(sent)
            if number >= 10:
                times.append((time.perf_counter() - began) * 1000)
    for name, share in (("p50", 50), ("p99", 99)):
        mine, theirs = (statistics.quantiles(times, n=100)[share - 1] for times in spent)
        yield Row(
            what=f"webhook on the local stack, {name} of {ONE_BY_ONE}",
            ours=mine,
            unit="ms",
            peer="a handler that only verifies, same gateway",
            theirs=theirs,
            target="within a second",
        )


# ---- a minute without a pause ----


def sustained(place: Place, send: Callable[[Sent], str], stream: Iterator[Sent]) -> Iterator[Row]:
    doubles = chain.from_iterable(
        [sent, sent] if number % TWICE_EACH == 0 else [sent] for number, sent in enumerate(stream)
    )
    load(send, doubles, for_s=WARM_UP_S)
    heard, times, elapsed_s = load(send, doubles, for_s=SUSTAINED_S)
    applied = Counter(id_ for id_, outcome in heard if outcome == "applied")
    unanswered = [id_ for id_, outcome in heard if outcome not in ("applied", "known")]
    ids = {id_ for id_, _ in heard}
    lost = len(ids) - kept_events(place, ids)
    doubled = sum(count - 1 for count in applied.values())
    yield Row(
        what=f"webhooks sustained for {SUSTAINED_S} s, {AT_ONCE} at once, each tenth sent twice",
        ours=len(heard) / elapsed_s,
        unit="/s",
        target=f"{lost} lost, {doubled} doubled of {len(ids)} ({len(unanswered)} not answered well)",
    )
    yield Row(
        what="… p50 / p99 of them",
        ours=statistics.median(times),
        unit="ms",
        peer=f"p99 {statistics.quantiles(times, n=100)[98]:.0f} ms",
        target="within a second",
    )


def load(
    send: Callable[[Sent], str], stream: Iterator[Sent], *, for_s: float
) -> tuple[list[tuple[str, str]], list[float], float]:
    """`(id, outcome)` and milliseconds of each that was sent."""
    heard: list[tuple[str, str]] = []
    times: list[float] = []
    taking = threading.Lock()
    ends_at = time.monotonic() + for_s

    def work() -> None:
        while time.monotonic() < ends_at:
            with taking:
                sent = next(stream)
            began = time.perf_counter()
            outcome = send(sent)
            times.append((time.perf_counter() - began) * 1000)
            heard.append((sent.id, outcome))

    began = time.monotonic()
    workers = [threading.Thread(target=work) for _ in range(AT_ONCE)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    return heard, times, time.monotonic() - began


def door(port: int, path: str, secret: str) -> Callable[[Sent], str]:
    """What became of it; each thread keeps its connection."""
    kept = threading.local()

    def send(sent: Sent) -> str:
        if not hasattr(kept, "line"):
            kept.line = HTTPConnection("127.0.0.1", port, timeout=30)
        headers = {"Content-Type": "application/json", "Stripe-Signature": sent.signature(secret)}
        try:
            kept.line.request("POST", path, sent.raw, headers)
            answer = kept.line.getresponse()
            said = json.loads(answer.read())
        except (OSError, ValueError) as fault:
            kept.line.close()
            return type(fault).__name__
        return str(said.get("outcome", answer.status))

    return send


# ---- what the door has to load ----


def imports() -> Iterator[Row]:
    loaded = "import app, sys; raise SystemExit('stripe' in sys.modules)"
    if subprocess.run([sys.executable, "-c", loaded], check=False).returncode:
        raise NotMeasured("the API module loads stripe")
    bare, app = paired_medians(command(*BARE), command(sys.executable, "-c", "import app"))
    door_, sdk = paired_medians(
        command(sys.executable, "-c", f"import app; {DOOR}"),
        command(sys.executable, "-c", "import stripe"),
    )
    yield Row(
        what="import of the billing door, beyond the API's, on its first call",
        ours=(door_ - app) * 1000,
        unit="ms",
        peer="import stripe",
        theirs=(sdk - bare) * 1000,
        target="stripe not loaded by the API (checked)",
    )


def starter_price(place: Place) -> str:
    from chalicelib.billing.price_ids import read_price_ids

    return read_price_ids(prices(place)).price_of("starter")


def prices(place: Place) -> str:
    return str(json.loads((place.run / "stripe_prices.json").read_text())["prices"])
