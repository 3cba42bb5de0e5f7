"""What the platform does with Stripe, done at Stripe: sold, changed, declined, used, not paid, read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from chalicelib.billing.handlers import OF_A_CUSTOMER
from chalicelib.billing.ports import CheckoutWish
from chalicelib.billing.reading import read_invoice, read_subscription
from chalicelib.billing.records import MeterEvent
from chalicelib.errors import PaymentDeclined

pytestmark = pytest.mark.live

DAY_S = 86_400
HOUR_S = 3600
MONTH_S = 31 * DAY_S


def test_what_is_sold_is_made_once(till):
    again = till.sync()
    assert again.done == ()


def test_a_customer_and_a_page_to_pay_on(till):
    key = uuid4().hex
    customer = till.new_customer(key=key)
    page = till.selling.open_checkout(
        CheckoutWish(
            tenant_id=uuid4(),
            customer_id=customer,
            plan="pro",
            locale="es",
            success_url="https://fragua.example/billing?came=paid",
            cancel_url="https://fragua.example/billing?came=left",
        ),
        key=uuid4().hex,
    )
    assert (page.plan, page.status) == ("pro", "open")
    assert page.page_url.startswith("http")
    assert till.selling.expire_checkout(page.id).status == "expired"
    assert till.selling.expire_checkout(page.id).status == "expired", "as often as one likes"
    assert till.selling.payment_method(customer) is None
    assert till.selling.portal_url(customer, locale="es", return_url="https://fragua.example/")


def test_up_now_costs_what_was_said_and_down_waits_for_the_period(till, clock):
    customer, bought = till.subscribe(clock, "starter")
    till.goes_on(clock, 10 * DAY_S)
    seen = till.subscriptions.preview(bought, "pro")
    up = till.subscriptions.change_now(bought, "pro", key=uuid4().hex).subscription
    assert (up.plan, up.status) == ("pro", "active")
    paid = [invoice for invoice, _ in till.books.invoices_of(customer, ages_ago())]
    assert {invoice.status for invoice in paid} == {"paid"}
    assert abs(max(paid, key=lambda one: one.made_at).amount_paid - seen.amount_due) <= 2

    down = till.subscriptions.change_at_period_end(bought, "starter", key=uuid4().hex)
    assert (down.subscription.plan, down.pending_plan) == ("pro", "starter")
    assert down.pending_at == up.period_ends_at
    assert till.subscriptions.go_on(bought, key=uuid4().hex).pending_plan is None
    assert till.subscriptions.end_at_period_end(bought, key=uuid4().hex).subscription.is_ending
    assert not till.subscriptions.go_on(bought, key=uuid4().hex).subscription.is_ending

    till.subscriptions.change_at_period_end(bought, "starter", key=uuid4().hex)
    till.goes_on(clock, 22 * DAY_S)
    assert till.now(customer).plan == "starter"
    assert till.subscriptions.end_now(bought, key=uuid4().hex).subscription.status == "canceled"
    assert till.subscriptions.end_now(bought, key=uuid4().hex).subscription.status == "canceled"


def test_a_declined_upgrade_changes_nothing(till, clock):
    customer, bought = till.subscribe(clock, "starter")
    till.give_card(customer, "pm_card_chargeCustomerFail")
    with pytest.raises(PaymentDeclined):
        till.subscriptions.change_now(bought, "pro", key=uuid4().hex)
    now = till.now(customer)
    assert (now.plan, now.status) == ("starter", "active")


def test_a_bank_that_asks_leaves_a_page_on_which_to_say_yes(till, clock):
    customer, bought = till.subscribe(clock, "starter")
    till.give_card(customer, "pm_card_authenticationRequired")
    with pytest.raises(PaymentDeclined) as asked:
        till.subscriptions.change_now(bought, "pro", key=uuid4().hex)
    assert asked.value.facts["reason"] == "authentication_required"
    assert asked.value.facts["page_url"].startswith("http")
    assert till.now(customer).plan == "starter"


def test_what_is_told_twice_is_counted_once(till, clock):
    customer, _ = till.subscribe(clock)
    event = MeterEvent(id=uuid4(), meter="tokens", quantity=1_500, happened_at=datetime.now(UTC))
    till.meters.report(customer, event)
    till.meters.report(customer, event)
    since, until = event.happened_at - timedelta(hours=1), event.happened_at + timedelta(hours=1)
    assert till.until(lambda: till.meters.total(customer, "tokens", since, until)) == 1_500


def test_who_does_not_pay_is_tried_again_and_gets_up_to_date_by_paying(till, clock):
    customer, bought = till.subscribe(clock)
    till.give_card(customer, "pm_card_chargeCustomerFail")
    till.goes_on(clock, MONTH_S + 2 * HOUR_S)
    assert till.now(customer).status == "past_due"
    owed = [one for one, _ in till.books.invoices_of(customer, ages_ago()) if one.status == "open"]
    assert [one.subscription_id for one in owed] == [bought]
    assert owed[0].attempts >= 1
    assert owed[0].next_attempt_at is not None
    assert owed[0].page_url.startswith("http")

    till.give_card(customer, "pm_card_visa")
    till.v1.invoices.pay(owed[0].id)
    assert till.now(customer).status == "active"


def test_what_happened_can_be_read(till, clock):
    customer, _ = till.subscribe(clock)
    since = {"created": {"gte": till.began_at - 60}}
    found = till.until(lambda: _of(till, customer, since))
    kinds = {event["type"] for event in found}
    assert {"customer.subscription.created", "invoice.paid"} <= kinds & set(OF_A_CUSTOMER)
    for event in found:
        about = event["data"]["object"]
        if about["object"] == "subscription":
            assert read_subscription(about, till.prices.plan_of).plan == "starter"
        elif about["object"] == "invoice" and about.get("id"):
            assert read_invoice(about).subscription_id


def _of(till, customer, since):
    """Its events, once the last that matters is there."""
    told = till.v1.events.list({"limit": 100, **since})
    events = [event.to_dict(for_json=True) for event in told.auto_paging_iter()]
    mine = [one for one in events if one["data"]["object"].get("customer") == customer]
    return mine if any(one["type"] == "invoice.paid" for one in mine) else None


def ages_ago():
    return datetime.now(UTC) - timedelta(days=60)
