"""What only goes wrong when two things meet: an answer and an event of the same second, a doubt and a clock that runs behind,
an erasure and an event, a death between the commit and the queue."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event as Signal
from typing import Any
from uuid import UUID

import pytest

from chalicelib.adapters.billing_held import hold
from chalicelib.adapters.billing_steps import PostgresSteps
from chalicelib.adapters.database import Database
from chalicelib.adapters.deletion_store import PostgresDeletionStore
from chalicelib.adapters.outbox import Outbox
from chalicelib.billing.newest import fetched_moment, moment_of
from chalicelib.billing.ports import Fetched
from chalicelib.billing.reading import read_invoice, read_subscription
from chalicelib.billing.stepping import Truth, truth_of
from chalicelib.errors import CloudBusy
from tests.billing.lives_of_subscriptions import BEGAN, CUSTOMER, DAY
from tests.database.test_stripe_events import NOW, PRICES, Till, subscription, told
from tests.database.world import Platform
from tests.fakes_mail import Jobs
from tests.stripe_events import event_of, invoice_of, subscription_of

DUE = "select step_due_at from platform.billing_accounts"
SECOND = timedelta(seconds=1)


@pytest.fixture
def till(database: Database, platform: Platform) -> Till:
    return Till(database, platform)


@pytest.fixture
def tenant(till: Till, organization: Callable[..., UUID]) -> UUID:
    return till.customer(organization("free"))


@pytest.fixture
def steps(database: Database) -> PostgresSteps:
    return PostgresSteps(database, Outbox(database))


def moment(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def answer(at: int, **more: Any) -> Truth:
    """What Stripe says of the subscription when it is asked."""
    about = read_subscription(subscription_of(CUSTOMER, now=BEGAN, **more), PRICES.plan_of)
    fetched = Fetched(subscription=about, moment=fetched_moment(about, moment(at)))
    return Truth(now=moment(at), subscriptions=[fetched])


def asked(till: Till, steps: PostgresSteps, tenant: UUID, at: int) -> datetime | None:
    """Which step that due is answered by it."""
    [[seen]] = till.rows(DUE)
    return steps.hear(tenant, answer(at), seen=seen).answers


# ---- an answer and an event ----


def test_an_end_that_an_answer_of_the_next_second_did_not_know_is_asked_about(
    till: Till, tenant: UUID, steps: PostgresSteps
) -> None:
    """Stripe's clocks differ by one: the answer was made first and says the later second."""
    steps.hear(tenant, answer(BEGAN + 61), seen=None)
    till.deliver(subscription("deleted", BEGAN + 60, status="canceled", ended_at=BEGAN + 60))
    assert till.jobs.put_jobs == [("billing", {"tenant_id": tenant})]


def test_a_payment_that_an_answer_of_the_next_second_did_not_know_is_asked_about(
    till: Till, tenant: UUID, steps: PostgresSteps
) -> None:
    owed = read_invoice(invoice_of(CUSTOMER, now=BEGAN, attempt_count=1))
    at = moment(BEGAN + 61)
    steps.hear(tenant, Truth(now=at, invoices=[(owed, fetched_moment(owed, at))]), seen=None)
    paid = invoice_of(CUSTOMER, now=BEGAN, status="paid")
    till.deliver(event_of("invoice.paid", paid, at=BEGAN + 60))
    assert till.jobs.put_jobs == [("billing", {"tenant_id": tenant})]


@pytest.mark.parametrize("status", ["active", "canceled"])
def test_an_answer_that_takes_back_an_event_of_the_second_before_is_asked_again(
    till: Till, tenant: UUID, steps: PostgresSteps, status: str
) -> None:
    """It may have been made before the event, and have waited here for the rest of what was asked."""
    till.deliver(subscription("updated", BEGAN + 60, plan="scale", status=status))
    assert asked(till, steps, tenant, BEGAN + 61) is None
    assert asked(till, steps, tenant, BEGAN + 61), "an answer that says the same again settles it"


def test_an_answer_of_later_settles_it(till: Till, tenant: UUID, steps: PostgresSteps) -> None:
    till.deliver(subscription("updated", BEGAN + 60, plan="scale"))
    assert asked(till, steps, tenant, BEGAN + 62)


def test_of_an_event_and_an_answer_of_the_same_second_the_answer_stands(
    till: Till, tenant: UUID, steps: PostgresSteps
) -> None:
    """Whoever changed their plan sees it, whatever was told in that second before."""
    till.deliver(subscription("updated", BEGAN + 60, plan="starter"))
    asked(till, steps, tenant, BEGAN + 60)
    assert till.stands(tenant)[0] == "pro"


# ---- a doubt and a clock ----


def test_a_doubt_is_not_forgotten_by_whoever_looked_at_the_clock_before_waiting_for_it(
    till: Till, tenant: UUID
) -> None:
    till.deliver(subscription("created", BEGAN))
    till.now = NOW + SECOND
    for plan in ("starter", "scale"):
        till.deliver(subscription("updated", BEGAN + 60, plan=plan))
    till.now = NOW
    till.deliver(subscription("updated", BEGAN + 90, plan="pro"))
    assert till.rows(DUE) == [(NOW + SECOND,)]


# ---- what was a former customer's ----


def test_what_a_former_customer_subscribed_to_calls_for_no_step(till: Till, tenant: UUID) -> None:
    """Nobody told that it ended, because the customer was gone by then; else every minute would be a step for ever."""
    till.deliver(subscription("created", BEGAN))
    gone = event_of("customer.deleted", {"id": CUSTOMER, "object": "customer"}, at=BEGAN + 60)
    till.deliver(gone)
    till.customer(tenant, "cus_2")
    bought = {"id": "sub_2", "start_date": BEGAN + 100}
    till.deliver(subscription("created", BEGAN + 100, plan="starter", **bought), "cus_2")
    [[due_at]] = till.rows(DUE)
    assert due_at > till.now + timedelta(days=1)


# ---- a debt that is older than what is looked at ----


class AskedSince:
    """`Books` of a customer, which notes how far back it was asked."""

    def __init__(self) -> None:
        self.since: datetime | None = None

    def now(self, test_clock_id: str | None) -> datetime:
        return moment(BEGAN + 200 * DAY)

    def subscriptions_of(self, customer_id: str) -> list[Fetched]:
        return []

    def invoices_of(self, customer_id: str, since: datetime) -> list[Any]:
        self.since = since
        return []


def test_stripe_is_asked_about_the_oldest_debt_however_old_it_is(
    till: Till, tenant: UUID, steps: PostgresSteps
) -> None:
    """Else who pays it after months, unheard, could never buy again."""
    owed = invoice_of(CUSTOMER, now=BEGAN, attempt_count=1)
    till.deliver(event_of("invoice.payment_failed", owed, at=BEGAN))
    account, books = steps.account(tenant), AskedSince()
    assert account is not None
    truth_of(account, books)  # type: ignore[arg-type]
    assert books.since == moment(BEGAN)
    till.deliver(event_of("invoice.paid", invoice_of(CUSTOMER, now=BEGAN, status="paid"), at=BEGAN + DAY))  # fmt: skip
    account = steps.account(tenant)
    assert account is not None
    truth_of(account, books)  # type: ignore[arg-type]
    assert books.since == moment(BEGAN + 140 * DAY)


# ---- an erasure and an event ----


@pytest.mark.parametrize(
    "plain",
    [
        subscription("updated", BEGAN + 60, plan="scale"),
        subscription("created", BEGAN + 60, id="sub_2", start_date=BEGAN + 60),
    ],
    ids=["of one that is known", "of another"],
)
def test_an_erasure_waits_for_an_event_that_is_being_heard_and_leaves_nothing_of_it(
    till: Till, tenant: UUID, database: Database, plain: dict[str, Any]
) -> None:
    """Closing the customer makes Stripe tell of its end, just when everything is erased."""
    till.deliver(subscription("created", BEGAN))
    till.rows("update platform.organizations set deletion_due_at = now(), deleted_at = now() where id = %s returning 1", tenant)  # fmt: skip
    held_now = Signal()

    def erase() -> None:
        held_now.wait(10)
        deletions = PostgresDeletionStore(database)
        while deletions.erase(tenant, most=1000):
            pass

    def hear() -> None:
        with database.tenant_session(tenant) as session:
            held = hold(session, Outbox(database), NOW)
            assert held is not None
            held_now.set()
            wait_until_somebody_waits(till)
            event = told(plain)
            about = read_subscription(event.about, PRICES.plan_of)
            held.keep_subscription(about, moment_of(about, event))

    with ThreadPoolExecutor(2) as pool:
        erasing = pool.submit(erase)
        hearing = pool.submit(hear)
        hearing.result(20)
        erasing.result(20)
    assert till.kept(tenant)["subscriptions"] == []


def wait_until_somebody_waits(till: Till) -> None:
    for _ in range(200):
        [[waiting]] = till.rows(
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
        )
        if waiting:
            return
        Signal().wait(0.02)


# ---- a death between the commit and the queue ----


class Away(Jobs):
    def put(self, job: str, **facts: Any) -> None:
        raise CloudBusy("the queue is away")


def test_a_dispute_whose_job_was_not_queued_is_queued_when_it_is_told_again(till: Till) -> None:
    dispute = {
        "id": "du_1",
        "object": "dispute",
        "charge": "ch_1",
        "status": "needs_response",
        "reason": "fraudulent",
        "currency": "usd",
        "amount": 9900,
        "created": BEGAN,
    }
    event = event_of("charge.dispute.created", dispute, at=BEGAN)
    till.jobs = Away()
    with pytest.raises(CloudBusy):
        till.deliver(event)
    till.jobs = Jobs()
    assert till.deliver(event) == "known"
    assert [job for job, _ in till.jobs.put_jobs] == ["dispute"]


# ---- within one second ----


@pytest.mark.parametrize("is_turned", [False, True])
def test_within_one_second_what_comes_later_in_a_life_stands_whatever_the_events_are_called(
    till: Till, tenant: UUID, is_turned: bool
) -> None:
    named = {"evt_c": ("created", {}), "evt_b": ("updated", {"plan": "scale"})}
    named["evt_a"] = ("deleted", {"status": "canceled", "ended_at": BEGAN})
    events = [{**subscription(kind, BEGAN, **more), "id": id_} for id_, (kind, more) in named.items()]  # fmt: skip
    for plain in reversed(events) if is_turned else events:
        till.deliver(plain)
    [kept] = till.kept(tenant)["subscriptions"]
    assert kept["status"] == "canceled"


@pytest.mark.parametrize("is_turned", [False, True])
def test_within_one_second_an_invoice_that_was_paid_stays_so_whatever_the_events_are_called(
    till: Till, tenant: UUID, is_turned: bool
) -> None:
    failed = {**event_of("invoice.payment_failed", invoice_of(CUSTOMER, now=BEGAN, attempt_count=1), at=BEGAN), "id": "evt_b"}  # fmt: skip
    paid = {**event_of("invoice.paid", invoice_of(CUSTOMER, now=BEGAN, status="paid"), at=BEGAN), "id": "evt_a"}  # fmt: skip
    for plain in [paid, failed] if is_turned else [failed, paid]:
        till.deliver(plain)
    [kept] = till.kept(tenant)["invoices"]
    assert kept["status"] == "paid"
