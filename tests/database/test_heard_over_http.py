"""Stripe's double sends real events over HTTP to the real door with PostgreSQL behind it: in order, shuffled, twice, and again
after a database that went away. What is kept then is what is true at Stripe."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import httpx
import pytest
from chalice.test import Client

from app import app
from chalicelib import jobs_billing
from chalicelib.adapters.billing_held import PostgresHeld
from chalicelib.adapters.billing_ledger import PostgresLedger
from chalicelib.adapters.billing_steps import PostgresSteps
from chalicelib.adapters.database import Database
from chalicelib.adapters.meter_store import PostgresMeterRows
from chalicelib.adapters.outbox import Outbox
from chalicelib.adapters.stripe_books import StripeBooks
from chalicelib.adapters.stripe_client import StripeApi
from chalicelib.adapters.stripe_event_store import PostgresStripeEvents
from chalicelib.adapters.stripe_meters import StripeMeters
from chalicelib.adapters.stripe_secret import StripeSecret
from chalicelib.adapters.stripe_webhooks import StripeWebhooks
from chalicelib.billing.disputing import READ
from chalicelib.billing.ports import Customer
from chalicelib.billing.price_ids import read_price_ids
from chalicelib.billing.reconciling import reconcile
from chalicelib.http import endpoint
from tests.database.company import founded
from tests.database.world import Platform
from tests.fakes_mail import Jobs
from tests.stripe.shop import DAY, Shop
from tests.stripe_server.server import Server

SECRET = "whsec_FraguaDouble"
RENEWS = 28 * DAY
HOUR = 3600
SOON = (0.05,) * 10


class Door(HTTPServer):
    """One request after the other: Chalice keeps the current one on the app."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[int] = []
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/webhooks/stripe"


class Handler(BaseHTTPRequestHandler):
    server: Door

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with Client(app) as client:
            answer = client.http.post(self.path, body=body, headers=dict(self.headers))
        self.server.answers.append(answer.status_code)
        self.send_response(answer.status_code)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: Any) -> None:
        pass


@dataclass
class Keys:
    key: str

    def current(self) -> StripeSecret:
        return StripeSecret(self.key, (SECRET,))

    newer = current


@dataclass
class Town:
    """An organization, its customer at Stripe, and the door that hears of it."""

    tenant_id: UUID
    database: Database
    shop: Shop
    door: Door
    jobs: Jobs = field(default_factory=Jobs)

    def __post_init__(self) -> None:
        keys, prices = Keys(self.shop.server.key), {**self.shop.prices, "tokens": self.shop.metered}
        self.ids = read_price_ids(",".join(f"{name}={id_}" for name, id_ in prices.items()))
        api = StripeApi(keys, self.shop.server.url)
        self.books, self.meters = StripeBooks(api, self.ids), StripeMeters(api, self.ids)
        self.ledger = PostgresLedger(self.database)
        self.steps = PostgresSteps(self.database, Outbox(self.database))
        self.wires = SimpleNamespace(
            webhooks=StripeWebhooks(keys),
            stripe_events=PostgresStripeEvents(self.database, Outbox(self.database)),
            price_ids=self.ids,
            jobs=self.jobs,
            books=self.books,
        )
        customer = Customer(id=self.shop.customer, is_live=False, test_clock_id=self.shop.clock.id)
        self.ledger.open_account(self.tenant_id, customer)

    def sends(self, **chosen: Any) -> None:
        deliveries = self.shop.server.deliveries
        deliveries.choose(retries_s=SOON, is_held=False, **chosen)
        assert deliveries.wait_until_sent(60)

    def lives(self) -> None:
        """Buys, goes up, fails to pay, is late, pays with another card, and cancels."""
        bought = self.shop.subscribe("starter")
        self.shop.at(2 * DAY)
        self.shop.change(bought, "pro")
        self.shop.give_card(self.shop.customer, "pm_card_chargeCustomerFail")
        self.shop.at(RENEWS + 2 * HOUR)
        self.shop.at(RENEWS + 4 * DAY)
        self.shop.give_card(self.shop.customer, "pm_card_visa")
        for owed in self.shop.invoices():
            if owed.status == "open":
                self.shop.v1.invoices.pay(owed.id)
        self.shop.at(RENEWS + 5 * DAY)
        self.cancels()

    def cancels(self) -> None:
        [bought] = self.shop.v1.subscriptions.list({"customer": self.shop.customer}).data
        self.shop.v1.subscriptions.update(bought.id, {"cancel_at_period_end": True})

    def takes_back(self) -> None:
        [bought] = self.shop.v1.subscriptions.list({"customer": self.shop.customer}).data
        self.shop.v1.subscriptions.update(bought.id, {"cancel_at_period_end": False})

    @property
    def plan_and_state(self) -> tuple[str, str]:
        standing = self.ledger.known(self.tenant_id).standing
        return standing.plan, standing.state

    def differences(self) -> list[str]:
        found = reconcile(
            self.tenant_id,
            comparisons=self.steps,
            books=self.books,
            sums=PostgresMeterRows(self.database),
            meters=self.meters,
        )
        return [f"{one.of} {one.field}: {one.kept} != {one.at_stripe}" for one in found.differences]


@pytest.fixture
def town(database: Database, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    door = Door()
    server = Server(webhook=door.url, webhook_secret=SECRET)
    server.deliveries.choose(is_held=True)
    with server:
        made = Town(founded(database).id, database, Shop(server), door)
        monkeypatch.setattr(endpoint, "wires", lambda: made.wires)
        yield made
    door.shutdown()
    door.server_close()


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_a_life_that_is_heard_shuffled_and_twice_is_kept_as_it_is_at_stripe(
    town: Town, seed: int
) -> None:
    town.lives()
    town.sends(is_shuffled=bool(seed), seed=seed, copies=2 if seed else 1)
    assert set(town.door.answers) == {200}
    assert town.plan_and_state == ("pro", "current")
    assert town.differences() == []


def test_what_nobody_can_order_is_asked_for(town: Town) -> None:
    """Cancelled, taken back and cancelled while the clock stands still: all within one second."""
    town.lives()
    town.takes_back()
    town.cancels()
    town.sends(is_shuffled=True, seed=5)
    assert ("billing", {"tenant_id": town.tenant_id}) in town.jobs.put_jobs
    town.differences()  # asks, and keeps what is true
    assert town.differences() == []
    [kept] = town.ledger.known(town.tenant_id).subscriptions
    assert kept.subscription.is_ending


def test_a_dispute_finds_its_organization_and_the_queue_gets_little_of_it(
    town: Town, platform: Platform
) -> None:
    """An event of a dispute names the payment, and nobody's customer."""
    town.shop.subscribe("pro")
    [charge] = town.shop.v1.charges.list({"customer": town.shop.customer}).data
    httpx.post(f"{town.shop.server.url}/_double/disputes", json={"charge": charge.id})
    town.sends()
    [facts] = [facts for job, facts in town.jobs.put_jobs if job == "dispute"]
    assert set(facts["about"]) <= set(READ)
    for _ in range(2):
        jobs_billing.dispute(json.loads(json.dumps(facts)), town.wires)  # type: ignore[arg-type]
    with platform.admin() as connection:
        kept = connection.execute("select tenant_id, id, dispute_status from platform.payments")
        assert kept.fetchall() == [(town.tenant_id, charge.id, "needs_response")]


def test_a_database_that_goes_away_in_the_middle_is_told_again_until_it_is_right(
    town: Town, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, deaths = PostgresHeld.restate, iter(range(1, 1000))

    def dies(held: PostgresHeld, **named: Any) -> Any:
        if next(deaths) % 3 == 0:
            pid = held._session._connection.info.backend_pid
            with platform.admin() as connection:
                connection.execute("select pg_terminate_backend(%s)", [pid])
        return real(held, **named)

    monkeypatch.setattr(PostgresHeld, "restate", dies)
    town.lives()
    town.sends()
    assert set(town.door.answers) == {200, 503}
    monkeypatch.setattr(PostgresHeld, "restate", real)
    assert town.plan_and_state == ("pro", "current")
    assert town.differences() == []
