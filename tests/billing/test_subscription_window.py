"""Changing and ending what was bought: our window against the double, through the SDK."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from chalicelib.errors import Conflict, PaymentDeclined
from tests.billing.till import BEGIN, DAY, till


@pytest.fixture(scope="module")
def here():
    with till() as made:
        yield made


@pytest.fixture
def clock(here):
    return here.new_clock()


def plan_at(here, subscription_id):
    found = here.v1.subscriptions.retrieve(subscription_id)
    ids = [one.price.id for one in found["items"].data]
    return next(plan for one in ids if (plan := here.prices.plan_of(one)))


def advance(here, clock, days):
    here.v1.test_helpers.test_clocks.advance(clock, {"frozen_time": BEGIN + days * DAY})


def use_card(here, customer_id, card):
    method = here.v1.payment_methods.attach(card, {"customer": customer_id})
    settings = {"invoice_settings": {"default_payment_method": method.id}}
    here.v1.customers.update(customer_id, settings)


def test_up_is_paid_at_once(here):
    customer_id, subscription_id = here.subscribe("starter")
    done = here.subscriptions.change_now(subscription_id, "pro", key=subscription_id)
    assert (done.subscription.plan, done.subscription.status) == ("pro", "active")
    [newest, *_] = here.v1.invoices.list({"customer": customer_id}).data
    assert (newest.billing_reason, newest.status) == ("subscription_update", "paid")


def test_what_it_costs_is_known_before(here, clock):
    customer_id, subscription_id = here.subscribe("starter", clock=clock)
    advance(here, clock, 10)
    seen = here.subscriptions.preview(subscription_id, "pro")
    here.subscriptions.change_now(subscription_id, "pro", key=subscription_id)
    [newest, *_] = here.v1.invoices.list({"customer": customer_id}).data
    assert (seen.amount_due, seen.currency) == (newest.amount_paid, "usd")
    assert 0 < seen.amount_due < 9900 - 2900 + 1


def test_what_goes_beyond_the_plan_stays_with_it(here):
    _, subscription_id = here.subscribe("starter")
    here.subscriptions.change_now(subscription_id, "scale", key=subscription_id)
    found = here.v1.subscriptions.retrieve(subscription_id)
    assert {one.price.id for one in found["items"].data} == {
        here.prices.price_of("scale"),
        here.prices.price_of("generations"),
        here.prices.price_of("tokens"),
    }


def test_the_same_key_is_paid_once(here):
    customer_id, subscription_id = here.subscribe("starter")
    here.goes_wrong(method="POST", path=f"/v1/subscriptions/{subscription_id}", drop="after")
    here.subscriptions.change_now(subscription_id, "pro", key=subscription_id)
    updates = [
        one
        for one in here.v1.invoices.list({"customer": customer_id}).data
        if one.billing_reason == "subscription_update"
    ]
    assert len(updates) == 1


def test_declined_nothing_is_changed_and_nothing_is_owed(here):
    customer_id, subscription_id = here.subscribe("starter")
    use_card(here, customer_id, "pm_card_chargeCustomerFail")
    with pytest.raises(PaymentDeclined) as declined:
        here.subscriptions.change_now(subscription_id, "pro", key=subscription_id)
    assert declined.value.facts == {"reason": "generic_decline"}
    assert plan_at(here, subscription_id) == "starter"
    assert not here.v1.invoices.list({"customer": customer_id, "status": "open"}).data
    assert here.v1.subscriptions.retrieve(subscription_id).pending_update is None


def test_another_card_and_another_key_pay_what_was_declined(here):
    customer_id, subscription_id = here.subscribe("starter")
    use_card(here, customer_id, "pm_card_chargeCustomerFail")
    with pytest.raises(PaymentDeclined):
        here.subscriptions.change_now(subscription_id, "pro", key=uuid4().hex)
    use_card(here, customer_id, "pm_card_visa")
    done = here.subscriptions.change_now(subscription_id, "pro", key=uuid4().hex)
    assert done.subscription.plan == "pro"


def test_a_bank_that_asks_is_answered_on_a_page_and_until_then_nothing_is_changed(here):
    customer_id, subscription_id = here.subscribe("starter")
    use_card(here, customer_id, "pm_card_authenticationRequired")
    with pytest.raises(PaymentDeclined) as asked:
        here.subscriptions.change_now(subscription_id, "pro", key=subscription_id)
    assert asked.value.facts["reason"] == "authentication_required"
    assert plan_at(here, subscription_id) == "starter"
    here.presses(asked.value.facts["page_url"], "confirmed")
    assert plan_at(here, subscription_id) == "pro"


def test_down_waits_for_the_periods_end(here, clock):
    customer_id, subscription_id = here.subscribe("pro", clock=clock)
    done = here.subscriptions.change_at_period_end(subscription_id, "starter", key=subscription_id)
    assert done.subscription.plan == "pro"
    assert (done.pending_plan, done.pending_at) == ("starter", done.subscription.period_ends_at)
    advance(here, clock, 45)
    assert plan_at(here, subscription_id) == "starter"
    [newest, *_] = here.v1.invoices.list({"customer": customer_id}).data
    assert newest.total == 2900
    [then] = here.books.subscriptions_of(customer_id)
    assert (then.subscription.plan, then.pending_plan) == ("starter", None)


def test_down_keeps_what_goes_beyond_the_plan(here, clock):
    _, subscription_id = here.subscribe("pro", clock=clock)
    here.subscriptions.change_at_period_end(subscription_id, "starter", key=subscription_id)
    advance(here, clock, 45)
    found = here.v1.subscriptions.retrieve(subscription_id)
    assert len(found["items"].data) == 3


def test_down_that_broke_off_in_the_middle_is_said_again(here):
    _, subscription_id = here.subscribe("scale")
    here.v1.subscription_schedules.create({"from_subscription": subscription_id})
    done = here.subscriptions.change_at_period_end(subscription_id, "pro", key=subscription_id)
    assert done.pending_plan == "pro"


def test_a_lower_plan_chosen_in_a_trial_does_not_end_the_trial(here):
    customer_id, _ = here.subscribe("starter")
    item = {"price": here.prices.price_of("pro")}
    trial = here.v1.subscriptions.create({"customer": customer_id, "items": [item], "trial_period_days": 14})  # fmt: skip
    here.subscriptions.change_at_period_end(trial.id, "starter", key=trial.id)
    schedule = here.v1.subscriptions.retrieve(trial.id).schedule
    [asked] = here.asked(f"/v1/subscription_schedules/{schedule}")
    present, later = asked["params"]["phases"].values()
    assert (int(present["trial_end"]), "trial_end" in later) == (trial.trial_end, False)


def test_another_lower_plan_takes_the_place_of_the_first(here):
    _, subscription_id = here.subscribe("scale")
    here.subscriptions.change_at_period_end(subscription_id, "pro", key=uuid4().hex)
    done = here.subscriptions.change_at_period_end(subscription_id, "starter", key=uuid4().hex)
    assert done.pending_plan == "starter"


def test_it_ends_with_the_period(here, clock):
    _, subscription_id = here.subscribe("pro", clock=clock)
    done = here.subscriptions.end_at_period_end(subscription_id, key=subscription_id)
    assert done.subscription.is_ending
    assert done.subscription.ends_at == done.subscription.period_ends_at
    again = here.subscriptions.end_at_period_end(subscription_id, key=uuid4().hex)
    assert again.subscription.is_ending
    advance(here, clock, 45)
    assert here.v1.subscriptions.retrieve(subscription_id).status == "canceled"


def test_an_end_takes_the_place_of_a_lower_plan(here):
    _, subscription_id = here.subscribe("pro")
    here.subscriptions.change_at_period_end(subscription_id, "starter", key=uuid4().hex)
    done = here.subscriptions.end_at_period_end(subscription_id, key=uuid4().hex)
    assert (done.subscription.is_ending, done.pending_plan) == (True, None)


@pytest.mark.parametrize("what", ["end", "lower plan", "nothing"])
def test_it_goes_on_whatever_was_to_happen(here, what):
    _, subscription_id = here.subscribe("pro")
    if what == "end":
        here.subscriptions.end_at_period_end(subscription_id, key=uuid4().hex)
    if what == "lower plan":
        here.subscriptions.change_at_period_end(subscription_id, "starter", key=uuid4().hex)
    done = here.subscriptions.go_on(subscription_id, key=subscription_id)
    assert (done.subscription.is_ending, done.pending_plan) == (False, None)
    assert done.subscription.plan == "pro"


def test_it_ends_now_and_a_second_time_changes_nothing(here):
    customer_id, subscription_id = here.subscribe("pro")
    paid = len(here.v1.invoices.list({"customer": customer_id}).data)
    for _ in range(2):
        done = here.subscriptions.end_now(subscription_id, key=uuid4().hex)
        assert done.subscription.status == "canceled"
        assert done.subscription.ended_at
    assert len(here.v1.invoices.list({"customer": customer_id}).data) == paid


def test_what_is_none_of_our_plans_is_not_changed_by_us(here):
    product = here.v1.products.create({"name": "By agreement"})
    price = here.v1.prices.create(
        {
            "product": product.id,
            "currency": "usd",
            "unit_amount": 100,
            "recurring": {"interval": "month"},
        }
    )
    customer_id, _ = here.subscribe("pro")
    other = here.v1.subscriptions.create({"customer": customer_id, "items": [{"price": price.id}]})
    with pytest.raises(Conflict):
        here.subscriptions.change_now(other.id, "pro", key=uuid4().hex)


def test_whoever_lives_by_a_test_clock_is_told_of_in_its_time(here, clock):
    _, subscription_id = here.subscribe("starter", clock=clock)
    advance(here, clock, 3)
    done = here.subscriptions.go_on(subscription_id, key=uuid4().hex)
    assert done.moment.happened_at == datetime.fromtimestamp(BEGIN, UTC) + timedelta(days=3)


def test_others_are_told_of_in_stripes_time(here):
    _, subscription_id = here.subscribe("starter")
    done = here.subscriptions.go_on(subscription_id, key=uuid4().hex)
    assert abs(done.moment.happened_at - datetime.now(UTC)) < timedelta(seconds=5)
    assert done.moment.event_id == "fetched"
