"""An organization that pays: its rows here, its customer, meters and prices at the double of Stripe, over real HTTP.

In: a migrated database, a running double. Out: what a test books, tells, breaks off and counts on both sides. Callers: the
tests of metering. `died` is what a Lambda does that is killed: nothing after that point happens.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from stripe import StripeClient

from chalicelib.adapters.app_store import PostgresAppStore
from chalicelib.adapters.database import Database
from chalicelib.adapters.generation_store import PostgresGenerationStore
from chalicelib.adapters.meter_store import PostgresMeterRows
from chalicelib.adapters.stripe_books import StripeBooks
from chalicelib.adapters.stripe_client import StripeApi
from chalicelib.adapters.stripe_meters import StripeMeters
from chalicelib.adapters.stripe_secret import StripeSecret
from chalicelib.adapters.usage_store import PostgresUsage
from chalicelib.agents.booking import UsageRow
from chalicelib.billing import metering
from chalicelib.billing.price_ids import read_price_ids
from tests.stripe_server.server import Server

METERS = {"generations": "300", "tokens": "0.001"}
INCLUDED = 3_000_000
"""Tokens of the plan starter."""
BY = "system:test"


class Killed(BaseException):
    """The Lambda is gone. No `except` of ours may see it."""


@dataclass
class Shift:
    """How far time has gone on, for us and for Stripe."""

    passed: timedelta = timedelta()

    def __call__(self):
        return time.time() + self.passed.total_seconds()


class Till:
    def __init__(self, platform, *, plan="starter", overage=100):
        self.shift = Shift()
        self.server = Server(clock=self.shift).start()
        self.platform, self.database = platform, Database(platform.app_dsn)
        self.v1 = StripeClient(
            self.server.key, base_addresses={"api": self.server.url}, max_network_retries=0
        ).v1
        self.customer = self.v1.customers.create({"name": "Ana"}).id
        ids = ",".join(f"{meter}={self._price(meter, cost)}" for meter, cost in METERS.items())
        api = StripeApi(self, self.server.url, operation_s=0.9)  # no time for a second try
        self.prices = read_price_ids(ids)
        self.meters, self.books = StripeMeters(api, self.prices), StripeBooks(api, self.prices)
        self.rows, self.usage = PostgresMeterRows(self.database), PostgresUsage(self.database)
        self.apps = PostgresAppStore(self.database)
        self.generations = PostgresGenerationStore(self.database)
        self.started_at = datetime.now(UTC).replace(microsecond=0) - timedelta(days=10)
        self.id = self._organization(plan, overage)
        self.discovery = uuid4()
        self.sql(
            "insert into platform.discoveries (tenant_id, id, title, locale, engine, created_by)"
            " values (%(tenant)s, %(id)s, 'A talk', 'en', 'claude', 'system:test')",
            id=self.discovery,
        )

    def close(self):
        self.database.close()
        self.server.stop()

    def current(self):
        """As a stored secret is asked."""
        return StripeSecret(self.server.key, ("whsec_1",))

    # ---- what happens ----

    def book(self, tokens, *, source=None, **more):
        row = call(tokens, source=source, **more)
        self.usage.add(self.id, [row], discovery_id=self.discovery)

    def tell(self, *, meters=None, rows=None):
        """As the job does."""
        return metering.tell(
            self.id, rows=rows or self.rows, meters=meters or self.meters, clock=self.books
        )

    def fault(self, **fault):
        self.server.faults.add({"method": "POST", "path": "/v1/billing/meter_events", **fault})

    def pass_time(self, **much):
        """For our rows as for Stripe's memory; the date an event was given stays."""
        self.shift.passed += timedelta(**much)
        self.sql(
            "update platform.meter_events set first_tried_at = first_tried_at - %(much)s,"
            " last_tried_at = last_tried_at - %(much)s where tenant_id = %(tenant)s",
            much=timedelta(**much),
        )

    def renew(self, *, ago):
        """The next period began so long ago; everything so far happened before that."""
        began = datetime.now(UTC).replace(microsecond=0) - timedelta(**ago)
        self.sql(
            "update platform.organizations set period_started_at = %(began)s,"
            " period_ends_at = %(began)s + interval '30 days' where tenant_id = %(tenant)s",
            began=began,
        )
        self.sql(
            "update platform.meter_events set happened_at = least(happened_at, %(last)s)"
            " where tenant_id = %(tenant)s",
            last=began - timedelta(seconds=1),
        )
        return began

    def subscribe_by_a_clock(self):
        """The plan and both meters, for a customer of its own on a test clock. When the period begins and ends."""
        begins = int(datetime.now(UTC).timestamp())
        self.clock = self.v1.test_helpers.test_clocks.create({"frozen_time": begins})
        customer = self.v1.customers.create({"name": "Ana", "test_clock": self.clock.id})
        self.customer = customer.id
        card = self.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
        settings = {"default_payment_method": card.id}
        self.v1.customers.update(customer.id, {"invoice_settings": settings})
        product = self.v1.products.create({"name": "Starter"})
        plan = self.v1.prices.create(
            {
                "product": product.id,
                "currency": "usd",
                "unit_amount": 2900,
                "recurring": {"interval": "month"},
            }
        )
        prices = [plan.id, *self.prices.sold.values()]
        wish = {"customer": customer.id, "items": [{"price": price} for price in prices]}
        item = self.v1.subscriptions.create(wish)["items"].data[0]
        since, until = (
            datetime.fromtimestamp(at, UTC)
            for at in (item.current_period_start, item.current_period_end)
        )
        self.sql(
            "update platform.billing_accounts set customer_id = %(customer)s, test_clock_id = %(clock)s",
            customer=customer.id,
            clock=self.clock.id,
        )
        self.sql(
            "update platform.organizations set period_started_at = %(since)s, period_ends_at = %(until)s",
            since=since,
            until=until,
        )
        self.started_at = since
        return since, until

    def billed_at(self, moment):
        """What the newest invoice says of each meter, once the clock is there."""
        frozen = {"frozen_time": int(moment.timestamp())}
        self.v1.test_helpers.test_clocks.advance(self.clock.id, frozen)
        invoice = self.v1.invoices.list({"customer": self.customer, "limit": 1}).data[0]
        meters = {price: meter for meter, price in self.prices.sold.items()}
        lines = {line.pricing.price_details.price: line.amount for line in invoice.lines.data}
        return {meter: lines[price] for price, meter in meters.items() if price in lines}

    # ---- what there is ----

    def at_stripe(self, meter="tokens", since=None, until=None):
        """What it counted, by its own sums."""
        since = since or self.started_at - timedelta(minutes=5)
        return self.meters.total(
            self.customer, meter, since, until or datetime.now(UTC) + timedelta(days=40)
        )

    def events(self, columns="meter, quantity, sent_at is not null, refused_reason"):
        return self.sql(
            f"select {columns} from platform.meter_events where tenant_id = %(tenant)s"
            " order by happened_at, id"
        )

    def counted(self):
        found = self.sql(
            "select period_started_at, counted_tokens from platform.usage_periods"
            " where tenant_id = %(tenant)s order by 1"
        )
        return dict(found)

    def is_noted(self):
        """Whether the schedule would bring it back."""
        return bool(
            self.sql(
                "select from platform.tenant_jobs where organization_id = %(tenant)s and job = 'meter'"
            )
        )

    def told(self):
        """Identifiers in the order Stripe was told, whatever became of it."""
        return [
            one["params"]["identifier"]
            for one in self.server.requests
            if one["path"] == "/v1/billing/meter_events"
        ]

    def sql(self, query, **values):
        """As the superuser."""
        with self.platform.admin() as connection:
            done = connection.execute(query, {"tenant": self.id, **values})
            return done.fetchall() if done.description is not None else []

    def _price(self, meter, cost):
        made = self.v1.billing.meters.create(
            {
                "display_name": meter,
                "event_name": f"fragua_{meter}",
                "default_aggregation": {"formula": "sum"},
            }
        )
        product = self.v1.products.create({"name": meter})
        recurring = {"interval": "month", "usage_type": "metered", "meter": made.id}
        return self.v1.prices.create(
            {
                "product": product.id,
                "currency": "usd",
                "unit_amount_decimal": cost,
                "recurring": recurring,
            }
        ).id

    def _organization(self, plan, overage):
        self.id = uuid4()
        self.sql(
            "insert into platform.organizations (id, name, plan, period_started_at, period_ends_at,"
            " overage_generations_max) values (%(tenant)s, 'A', %(plan)s, %(since)s, %(until)s, %(overage)s)",
            plan=plan,
            since=self.started_at,
            until=self.started_at + timedelta(days=30),
            overage=overage,
        )
        self.sql(
            "insert into platform.billing_accounts (tenant_id, customer_id, is_live)"
            " values (%(tenant)s, %(customer)s, false)",
            customer=self.customer,
        )
        return self.id


@dataclass
class Dying:
    """A port behind which the process dies: before the method named is done, or right after it."""

    inner: object
    method: str
    when: str = "before"
    times: int = 1
    calls: list = field(default_factory=list)

    def __getattr__(self, name):
        act = getattr(self.inner, name)
        if name != self.method:
            return act

        def dying(*given, **named):
            self.calls.append(given)
            is_last = len(self.calls) <= self.times
            if is_last and self.when == "before":
                raise Killed
            done = act(*given, **named)
            if is_last:
                raise Killed
            return done

        return dying


def call(tokens, *, source=None, model="claude-sonnet-5-5", **more):
    """A call of so many tokens that count, spread over the three kinds that do."""
    written, cached = tokens // 3, tokens // 5
    facts = {
        "source": source or f"discovery:{uuid4()}",
        "role": "discovery",
        "model": model,
        "prompt_sha256": "a" * 64,
        "input_tokens": tokens - written - cached,
        "output_tokens": written,
        "cache_read_tokens": 10_000,
        "cache_write_tokens": cached,
        "cost_microdollars": 7,
        "duration_ms": 5,
        "stop_reason": "end_turn",
        "called_at": datetime.now(UTC),
    }
    return UsageRow(**{**facts, **more})


def generation(till, *, is_overage=True, status="queued") -> UUID:
    """A run of an app of its own, as the quota let it in."""
    app = till.apps.create(till.id, name="An app", locale="en", mvs={"name": "A"}, by=BY)
    made = uuid4()
    till.sql(
        "insert into platform.generations (tenant_id, id, app_id, version, engine, mvs_sha256, request_sha256,"
        " quota_period_started_at, is_overage, status, created_by) values (%(tenant)s, %(id)s, %(app)s, 1, 'claude',"
        " %(digest)s, %(digest)s, %(since)s, %(beyond)s, %(status)s, 'system:test')",
        id=made,
        app=app.id,
        digest="0" * 64,
        since=till.started_at,
        beyond=is_overage,
        status=status,
    )
    return made
