"""Events of Stripe through PostgreSQL: any order, many at once, a database that goes away, and what each leaves behind."""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from chalicelib.adapters.billing_held import PostgresHeld
from chalicelib.adapters.database import Database
from chalicelib.adapters.outbox import Outbox
from chalicelib.adapters.stripe_event_store import PostgresStripeEvents
from chalicelib.billing.price_ids import read_price_ids
from chalicelib.billing.receiving import Outcome, receive
from chalicelib.billing.records import Event
from chalicelib.errors import DatabaseBusy
from tests.billing.lives_of_subscriptions import BEGAN, CUSTOMER, DAY, LIVES, Life
from tests.database.company import founded
from tests.database.world import Platform
from tests.fakes_mail import Jobs
from tests.stripe_events import charge_of, event_of, invoice_of, subscription_of

PRICES = read_price_ids("starter=price_starter,pro=price_pro,scale=price_scale,generations=price_generations")  # fmt: skip
SEED = 20261122
ORDERS = 24
KEPT = ["subscriptions", "invoices", "payments", "checkouts"]
NOW = datetime.fromtimestamp(BEGAN + DAY, UTC)

Plain = dict[str, Any]
Deliver = Callable[..., Outcome]


def told(plain: Plain, customer_id: str = CUSTOMER) -> Event:
    about = plain["data"]["object"]
    named = about["id"] if about["object"] == "customer" else about.get("customer")
    return Event(
        id=plain["id"],
        kind=plain["type"],
        happened_at=datetime.fromtimestamp(plain["created"], UTC),
        is_live=plain["livemode"],
        about=about,
        customer_id=customer_id if named == CUSTOMER else named,
    )


class Till:
    """Delivers to a database, at a time that the test says."""

    def __init__(self, database: Database, platform: Platform) -> None:
        self.database, self.platform, self.jobs, self.now = database, platform, Jobs(), NOW
        self.events = PostgresStripeEvents(database, Outbox(database), lambda: self.now)

    def deliver(self, plain: Plain, customer_id: str = CUSTOMER) -> Outcome:
        return receive(
            told(plain, customer_id),
            events=self.events,
            jobs=self.jobs,
            plan_of=PRICES.plan_of,
            now=self.now,
        )

    def customer(self, tenant_id: UUID, customer_id: str = CUSTOMER) -> UUID:
        with self.database.tenant_session(tenant_id) as session:
            session.run(
                "select platform.open_billing_account(%(customer)s, false, null)",
                customer=customer_id,
            )
        return tenant_id

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.platform.admin() as connection:
            return connection.execute(query, values or None).fetchall()  # type: ignore[call-overload, no-any-return]

    def stands(self, tenant_id: UUID) -> tuple[Any, ...]:
        [found] = self.rows(
            "select plan, billing_state, billing_state_ends_at, period_started_at, period_ends_at"
            " from platform.organizations where id = %s",
            tenant_id,
        )
        return found

    def kept(self, tenant_id: UUID) -> dict[str, list[Plain]]:
        """All that is kept of it, whose it is left out."""
        with self.platform.admin() as connection:
            return {
                table: [
                    row
                    for (row,) in connection.execute(
                        sql.SQL(
                            "select to_jsonb(one) - 'tenant_id' from platform.{} as one"
                            " where tenant_id = %s order by id"
                        ).format(sql.Identifier(table)),
                        [tenant_id],
                    )
                ]
                for table in KEPT
            }


@pytest.fixture
def till(database: Database, platform: Platform) -> Till:
    return Till(database, platform)


@pytest.fixture
def tenant(till: Till, organization: Callable[..., UUID]) -> UUID:
    return till.customer(organization("free"))


def subscription(kind: str, at: int, **more: Any) -> Plain:
    about = subscription_of(CUSTOMER, now=BEGAN, **more)
    return event_of(f"customer.subscription.{kind}", about, at=at)


# ---- any order ----


@pytest.mark.parametrize("life", LIVES, ids=[life.name for life in LIVES])
def test_every_order_with_duplicates_ends_in_the_same_rows(
    till: Till, organization: Callable[..., UUID], life: Life
) -> None:
    """Each order is an organization of its own; what it heard before does not keep it from being told again."""
    chance = random.Random(SEED)
    orders = list(itertools.permutations(life.events))
    till.now = life.now
    ends = []
    for number, order in enumerate([life.events, *chance.sample(orders, min(ORDERS, len(orders)))]):
        customer_id = f"cus_{number}"
        tenant_id = till.customer(organization("free"), customer_id)
        twice = [*order]
        for again in chance.sample(life.events, 2):
            twice.insert(chance.randrange(len(twice) + 1), again)
        for plain in twice:
            till.deliver(plain, customer_id)
        ends.append((till.stands(tenant_id), till.kept(tenant_id)))
        till.rows("delete from platform.stripe_events returning 1")
    assert ends[0][0][:2] == (life.plan, life.state)
    assert [end for end in ends if end != ends[0]] == []


# ---- many at once ----


def test_thirty_two_deliveries_at_once_of_eight_events_apply_each_once(
    till: Till, tenant: UUID
) -> None:
    plans = ["starter", "pro", "scale"] * 2
    events = [
        subscription("created", BEGAN),
        *[
            subscription("updated", BEGAN + 60 * step, plan=plan)
            for step, plan in enumerate(plans, start=1)
        ],
        event_of("invoice.paid", invoice_of(CUSTOMER, now=BEGAN, status="paid"), at=BEGAN + 5),
    ]
    deliveries = events * 4
    random.Random(SEED).shuffle(deliveries)
    together = threading.Barrier(len(deliveries))

    def deliver(plain: Plain) -> Outcome:
        together.wait(30)
        return till.deliver(plain)

    with ThreadPoolExecutor(len(deliveries)) as pool:
        outcomes = list(pool.map(deliver, deliveries))
    assert sorted(outcomes) == ["applied"] * 8 + ["known"] * 24
    assert till.stands(tenant)[:2] == ("scale", "current")
    assert len(till.rows("select id from platform.stripe_events")) == 8
    changes = till.rows(
        "select facts->'before'->>'plan', facts->'after'->>'plan' from platform.audit_log"
        " where tenant_id = %s and action = 'billing.plan_changed' order by id",
        tenant,
    )
    assert [before for before, _ in changes] == ["free", *[after for _, after in changes[:-1]]]


def test_deliveries_for_two_organizations_do_not_wait_for_each_other(
    till: Till, tenant: UUID, organization: Callable[..., UUID]
) -> None:
    till.customer(organization("free"), "cus_2")
    with till.database.tenant_session(tenant) as session:
        session.run(
            "select from platform.billing_accounts where tenant_id = %(tenant_id)s for update"
        )
        assert till.deliver(subscription("created", BEGAN), "cus_2") == "applied"


# ---- a database that goes away ----


@pytest.fixture
def dying(till: Till, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Ends the server's side of the connection in the middle of a transaction, once, when the named step is reached."""

    def at(step: str) -> None:
        real = getattr(PostgresHeld, step)

        def dies(held: PostgresHeld, *args: Any, **named: Any) -> Any:
            monkeypatch.setattr(PostgresHeld, step, real)
            answer = real(held, *args, **named) if step == "restate" else None
            pid = held._session._connection.info.backend_pid
            till.rows("select pg_terminate_backend(%s)", pid)
            return answer if step == "restate" else real(held, *args, **named)

        monkeypatch.setattr(PostgresHeld, step, dies)

    return at


@pytest.mark.parametrize("step", ["keep_subscription", "restate", "_record", "_note_step"])
def test_a_connection_that_dies_leaves_nothing_and_the_next_delivery_is_right(
    till: Till, tenant: UUID, dying: Callable[[str], None], step: str
) -> None:
    event = subscription("created", BEGAN)
    dying(step)
    with pytest.raises(DatabaseBusy):
        till.deliver(event)
    assert till.rows("select id from platform.stripe_events") == []
    assert (till.stands(tenant)[0], till.kept(tenant)["subscriptions"]) == ("free", [])
    assert till.deliver(event) == "applied"
    assert till.stands(tenant)[0] == "pro"


def test_an_answer_that_got_lost_after_the_commit_is_known_the_next_time(
    till: Till, tenant: UUID
) -> None:
    event = subscription("created", BEGAN)
    assert [till.deliver(event), till.deliver(event)] == ["applied", "known"]


def test_whoever_waits_too_long_for_the_organization_is_told_to_come_again(
    till: Till, tenant: UUID
) -> None:
    event = subscription("created", BEGAN)
    with till.platform.admin() as holder, holder.transaction():
        holder.execute("select from platform.billing_accounts for update")
        with pytest.raises(DatabaseBusy):
            till.deliver(event)
    assert till.deliver(event) == "applied"


# ---- whose it is ----


def test_an_event_reaches_its_customers_organization_and_no_other(
    till: Till, tenant: UUID, organization: Callable[..., UUID]
) -> None:
    other = till.customer(organization("free"), "cus_2")
    till.deliver(subscription("created", BEGAN))
    assert (till.stands(tenant)[0], till.stands(other)[0]) == ("pro", "free")
    assert till.kept(other)["subscriptions"] == []


def test_an_event_of_nobodys_customer_is_written_down_and_changes_nothing(
    till: Till, tenant: UUID
) -> None:
    assert till.deliver(subscription("created", BEGAN), "cus_9") == "unknown_customer"
    assert till.rows("select organization_id from platform.stripe_events") == [(None,)]
    assert till.stands(tenant)[0] == "free"


def test_a_customer_leads_to_one_organization_for_ever(
    till: Till, tenant: UUID, organization: Callable[..., UUID]
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        till.customer(organization("free"))


def test_an_organization_that_never_bought_anything_keeps_the_plan_it_was_given(
    till: Till, tenant: UUID, organization: Callable[..., UUID]
) -> None:
    gifted = organization("scale")
    till.deliver(subscription("created", BEGAN))
    assert till.stands(gifted)[0] == "scale"


def test_what_is_about_a_former_customer_changes_nothing(till: Till, tenant: UUID) -> None:
    till.deliver(subscription("created", BEGAN))
    till.deliver(
        event_of("customer.deleted", {"id": CUSTOMER, "object": "customer"}, at=BEGAN + 60)
    )
    assert till.stands(tenant)[0] == "free"
    till.customer(tenant, "cus_2")
    assert till.deliver(subscription("updated", BEGAN + 90, plan="scale")) == "former_customer"
    bought = {"id": "sub_2", "start_date": BEGAN + 100}
    till.deliver(subscription("created", BEGAN + 100, plan="starter", **bought), "cus_2")
    assert till.stands(tenant)[0] == "starter"


# ---- what else it leaves behind ----


def test_the_audit_log_says_what_changed_and_the_organizations_managers_are_written_to(
    till: Till, database: Database
) -> None:
    company = founded(database)
    till.customer(company.id)
    till.rows("delete from platform.outbox returning 1")
    till.deliver(subscription("created", BEGAN))
    [line] = till.rows(
        "select actor, facts from platform.audit_log where tenant_id = %s and action like 'billing.%%'",
        company.id,
    )
    assert line == ("system:billing", {"before": {"plan": "free"}, "after": {"plan": "pro"}})
    assert till.rows("select kind, body->>'plan' from platform.outbox") == [("plan_changed", "pro")]
    assert ("mail", {}) in till.jobs.put_jobs


def test_a_doubt_makes_a_step_due_at_once_and_an_event_after_it_takes_nothing_back(
    till: Till, tenant: UUID
) -> None:
    due = "select step_due_at from platform.billing_accounts"
    till.deliver(subscription("created", BEGAN))
    [[later]] = till.rows(due)
    assert later > till.now
    till.deliver(subscription("updated", BEGAN + 60, plan="starter"))
    till.deliver(subscription("updated", BEGAN + 60, plan="scale"))
    assert till.rows(due) == [(till.now,)]
    assert till.jobs.put_jobs == [("billing", {"tenant_id": tenant})]
    asked_for, till.now = till.now, till.now + timedelta(seconds=5)
    till.deliver(subscription("updated", BEGAN + 90, plan="pro"))
    assert till.rows(due) == [(asked_for,)]
    [[noted]] = till.rows("select due_at from platform.tenant_jobs where job = 'billing'")
    assert noted == asked_for


def test_that_a_bank_asks_a_person_is_not_forgotten_by_what_is_told_later(
    till: Till, tenant: UUID
) -> None:
    open_one = invoice_of(CUSTOMER, now=BEGAN, attempt_count=1)
    asks = event_of("invoice.payment_action_required", open_one, at=BEGAN)
    updated = event_of("invoice.updated", {**open_one, "next_payment_attempt": BEGAN + DAY}, at=BEGAN + 9)  # fmt: skip
    needs = "select status = 'open' and action_attempts >= attempts from platform.invoices"
    for order in ([asks, updated], [updated, asks]):
        for event in order:
            till.deliver(event)
        assert till.rows(needs) == [(True,)]
        till.rows("delete from platform.invoices returning 1")
        till.rows("delete from platform.stripe_events returning 1")
    for event in (asks, updated, event_of("invoice.payment_failed", {**open_one, "attempt_count": 2}, at=BEGAN + DAY)):  # fmt: skip
        till.deliver(event)
    assert till.rows(needs) == [(False,)]


def test_a_refund_and_its_dispute_are_kept_in_any_order_without_a_card(
    till: Till, tenant: UUID
) -> None:
    half = event_of("charge.refunded", charge_of(CUSTOMER, now=BEGAN, refunded=100), at=BEGAN + 9)
    whole = event_of("charge.refunded", charge_of(CUSTOMER, now=BEGAN, refunded=9900), at=BEGAN + 9)
    dispute = {
        "id": "du_1",
        "object": "dispute",
        "charge": "ch_1",
        "payment_intent": "pi_1",
        "customer": CUSTOMER,
        "status": "needs_response",
        "reason": "fraudulent",
        "currency": "usd",
        "amount": 9900,
        "created": BEGAN + 20,
    }
    opened = event_of("charge.dispute.created", dispute, at=BEGAN + 20)
    closed = event_of("charge.dispute.closed", {**dispute, "status": "lost"}, at=BEGAN + 20)
    ends = []
    for order in itertools.permutations([half, whole, opened, closed]):
        for event in order:
            till.deliver(event)
        [kept] = till.kept(tenant)["payments"]
        ends.append(kept)
        till.rows("delete from platform.payments returning 1")
        till.rows("delete from platform.stripe_events returning 1")
    assert [end for end in ends if end != ends[0]] == []
    assert (ends[0]["amount_refunded"], ends[0]["dispute_status"]) == (9900, "lost")


def test_prices_are_kept_the_newest_whatever_the_order(till: Till) -> None:
    price = {"id": "price_pro", "object": "price", "product": "prod_1", "active": True, "currency": "usd"}  # fmt: skip
    first = event_of("price.created", {**price, "unit_amount": 9900, "recurring": {"interval": "month"}}, at=BEGAN)  # fmt: skip
    second = event_of("price.updated", {**price, "active": False, "unit_amount_decimal": "0.001"}, at=BEGAN + 9)  # fmt: skip
    assert [till.deliver(second), till.deliver(first)] == ["applied", "applied"]
    [kept] = till.events.prices()
    assert (kept.id, kept.is_active, str(kept.unit_amount_decimal)) == ("price_pro", False, "0.001")

    asked = replace(kept, unit_amount_decimal=Decimal(12900))
    till.events.note_price(asked, datetime.fromtimestamp(BEGAN + 5, UTC))
    assert till.events.prices() == [kept]
    till.events.note_price(asked, datetime.fromtimestamp(BEGAN + 60, UTC))
    assert till.events.prices() == [asked]


def test_what_waits_for_time_alone_is_looked_at_when_it_comes(till: Till, tenant: UUID) -> None:
    till.deliver(subscription("created", BEGAN))
    unpaid = invoice_of(CUSTOMER, now=BEGAN, attempt_count=1)
    till.deliver(event_of("invoice.payment_failed", unpaid, at=BEGAN + 60))
    plan, state, ends_at, *_ = till.stands(tenant)
    assert (plan, state, ends_at) == ("pro", "past_due", NOW + timedelta(days=2))
    assert till.rows("select step_due_at from platform.billing_accounts") == [(ends_at,)]


def test_events_are_forgotten_after_sixty_days_and_not_before(till: Till) -> None:
    for kind in ("old.one", "new.one"):
        till.deliver(event_of(kind, {"object": "thing", "customer": None}, at=BEGAN))
    age = "update platform.stripe_events set received_at = now() - %s::interval where kind = %s returning 1"
    till.rows(age, "61 days", "old.one")
    till.rows(age, "59 days", "new.one")
    till.now = datetime.now(UTC) + timedelta(days=300)
    assert till.events.forget() == 1
    assert till.rows("select kind from platform.stripe_events") == [("new.one",)]


def test_the_event_that_is_written_down_says_nothing_of_what_it_said(till: Till) -> None:
    columns = till.rows(
        "select attname from pg_attribute where attrelid = 'platform.stripe_events'::regclass and attnum > 0"
    )
    assert {name for (name,) in columns} == {"duty", "id", "kind", "organization_id", "happened_at", "received_at"}  # fmt: skip


def test_an_unknown_tenant_is_never_made_up(till: Till) -> None:
    assert till.deliver(subscription("created", BEGAN), f"cus_{uuid4().hex}") == "unknown_customer"
