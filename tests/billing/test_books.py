"""What is true at Stripe, and what its meters count: our windows against the double, through the SDK."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from chalicelib.adapters.stripe_meters import StripeMeters
from chalicelib.billing.price_ids import read_price_ids
from chalicelib.billing.records import MeterEvent
from chalicelib.billing.standing import standing
from chalicelib.errors import Conflict, NotFound, PaymentDeclined, PaymentsAccountRefused
from tests.billing.till import BEGIN, DAY, till

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def here():
    with till() as made:
        yield made
        made.server.faults.clear()


def used(quantity=3, **changed):
    told = MeterEvent(id=uuid4(), meter="tokens", quantity=quantity, happened_at=datetime.now(UTC))
    return replace(told, **changed)


def counted(here, customer_id, meter="tokens"):
    now = datetime.now(UTC)
    return here.meters.total(
        customer_id, meter, now - timedelta(days=1), now + timedelta(minutes=1)
    )


# ---- books ----


def test_a_customer_is_told_of_with_its_clock(here):
    clock = here.new_clock()
    customer_id, _ = here.subscribe(clock=clock)
    found = here.books.customer_now(customer_id)
    assert (found.id, found.test_clock_id, found.is_live) == (customer_id, clock, False)


def test_one_that_was_deleted_says_so_and_closing_it_again_is_fine(here):
    customer_id, subscription_id = here.subscribe()
    here.books.close_customer(customer_id)
    here.books.close_customer(customer_id)
    assert here.books.customer_now(customer_id).is_deleted
    assert here.v1.subscriptions.retrieve(subscription_id).status == "canceled"


def test_a_customer_nobody_knows_is_closed_already(here):
    here.books.close_customer("cus_nobody")


def test_what_is_sold_is_told_with_what_it_costs_now(here):
    told = {price.id: price for price, _ in here.books.prices()}
    ids = here.prices.sold
    assert set(told) == set(ids.values())
    assert told[ids["pro"]].unit_amount_decimal == 9900
    assert told[ids["pro"]].is_active


def test_all_subscriptions_that_ever_were_are_there_the_newest_first(here):
    customer_id, first = here.subscribe("starter")
    here.subscriptions.end_now(first, key=uuid4().hex)
    wish = {"customer": customer_id, "items": [{"price": here.prices.price_of("pro")}]}
    second = here.v1.subscriptions.create(wish).id
    found = here.books.subscriptions_of(customer_id)
    assert [(one.subscription.id, one.subscription.status) for one in found] == [
        (second, "active"),
        (first, "canceled"),
    ]


def test_what_a_schedule_will_do_is_there_too(here):
    customer_id, subscription_id = here.subscribe("pro")
    here.subscriptions.change_at_period_end(subscription_id, "starter", key=uuid4().hex)
    [found] = here.books.subscriptions_of(customer_id)
    assert found.pending_plan == "starter"


def test_invoices_come_in_pages_and_all_of_them(here, monkeypatch):
    monkeypatch.setattr("chalicelib.adapters.stripe_books.PAGE", 2)
    clock = here.new_clock()
    customer_id, _ = here.subscribe("starter", clock=clock)
    for month in range(1, 5):
        at = BEGIN + 31 * month * DAY
        here.v1.test_helpers.test_clocks.advance(clock, {"frozen_time": at})
    found = here.books.invoices_of(customer_id, LONG_AGO)
    assert len(found) == 5
    assert len({invoice.id for invoice, _ in found}) == 5
    assert {moment.happened_at for _, moment in found} == {datetime.fromtimestamp(at, UTC)}


def test_older_invoices_are_left_out(here):
    clock = here.new_clock()
    customer_id, _ = here.subscribe("starter", clock=clock)
    at = BEGIN + 45 * DAY
    here.v1.test_helpers.test_clocks.advance(clock, {"frozen_time": at})
    since = datetime.fromtimestamp(at - 20 * DAY, UTC)
    [(invoice, _)] = here.books.invoices_of(customer_id, since)
    assert invoice.reason == "subscription_cycle"


def test_the_time_is_the_clocks_or_ours(here):
    clock = here.new_clock()
    assert here.books.now(clock) == datetime.fromtimestamp(BEGIN, UTC)
    assert abs(here.books.now(None) - datetime.now(UTC)) < timedelta(seconds=2)


def test_nobody_owes_for_an_upgrade_that_waits_for_the_bank(here):
    customer_id, subscription_id = here.subscribe("starter")
    method = here.v1.payment_methods.attach(
        "pm_card_authenticationRequired", {"customer": customer_id}
    )
    settings = {"invoice_settings": {"default_payment_method": method.id}}
    here.v1.customers.update(customer_id, settings)
    with pytest.raises(PaymentDeclined):
        here.subscriptions.change_now(subscription_id, "pro", key=uuid4().hex)
    subscriptions = [one.subscription for one in here.books.subscriptions_of(customer_id)]
    invoices = [invoice for invoice, _ in here.books.invoices_of(customer_id, LONG_AGO)]
    stands = standing(subscriptions, invoices, datetime.now(UTC))
    assert (stands.plan, stands.state) == ("starter", "current")


# ---- meters ----


def test_what_was_reported_is_counted(here):
    customer_id, _ = here.subscribe()
    here.meters.report(customer_id, used(3))
    here.meters.report(customer_id, used(4))
    here.meters.report(customer_id, used(2, meter="generations"))
    assert (counted(here, customer_id), counted(here, customer_id, "generations")) == (7, 2)


def test_the_same_event_counts_once_however_often_it_is_told(here):
    customer_id, _ = here.subscribe()
    event = used(5)
    for _ in range(3):
        here.meters.report(customer_id, event)
    assert counted(here, customer_id) == 5


@pytest.mark.parametrize("fault", [{"drop": "after"}, {"half": True}, {"drop": "before"}], ids=str)
def test_an_answer_that_got_lost_counts_nothing_twice(here, fault):
    customer_id, _ = here.subscribe()
    event = used(5)
    here.goes_wrong(method="POST", path="/v1/billing/meter_events", **fault)
    here.meters.report(customer_id, event)
    here.meters.report(customer_id, event)
    assert counted(here, customer_id) == 5


def test_what_is_too_old_is_refused_for_ever(here):
    customer_id, _ = here.subscribe()
    with pytest.raises(Conflict):
        here.meters.report(customer_id, used(happened_at=datetime.now(UTC) - timedelta(days=36)))


def test_another_customers_are_not_counted(here):
    one, _ = here.subscribe()
    other, _ = here.subscribe()
    here.meters.report(one, used(5))
    assert counted(here, other) == 0


def test_a_meter_without_a_price_is_an_operators_turn(here):
    meters = StripeMeters(here.api, read_price_ids(""))
    with pytest.raises(PaymentsAccountRefused, match="billing sync"):
        meters.total("cus_1", "tokens", LONG_AGO, datetime.now(UTC))


def test_a_customer_nobody_knows_has_no_total(here):
    with pytest.raises((NotFound, PaymentsAccountRefused)):
        counted(here, "cus_nobody")
