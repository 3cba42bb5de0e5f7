"""Time at the double: renewals, months that end early, dunning, trials, pauses; all with a test clock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.stripe.shop import BEGIN, DAY, shop

HOUR = 3600


@pytest.fixture
def till():
    with shop() as found:
        yield found


def at(*when):
    return int(datetime(*when, tzinfo=UTC).timestamp())


def statuses(till, *ids):
    return [till.v1.subscriptions.retrieve(each).status for each in ids]


def test_what_began_on_the_31st_is_renewed_on_the_last_day_and_on_the_31st_again(till):
    bought = till.subscribe()
    till.at(90 * DAY)
    starts = [each.period_end for each in till.invoices()][::-1]
    assert starts == [BEGIN, at(2026, 2, 28, 10), at(2026, 3, 31, 10), at(2026, 4, 30, 10)]
    item = till.item(till.now(bought))
    assert (item.current_period_start, item.current_period_end) == (
        at(2026, 4, 30, 10),
        at(2026, 5, 31, 10),
    )
    assert {each.status for each in till.invoices()} == {"paid"}


def test_a_year_in_one_step_is_the_same_as_a_year_in_days(till):
    with shop() as other:
        for shop_, steps in ((till, [360]), (other, range(1, 361, 7))):
            bought = shop_.subscribe()
            for day in [*steps, 361]:
                shop_.at(day * DAY)
            assert shop_.now(bought).status == "active"
        told = [
            (each.total, each.created, each.status_transitions.paid_at) for each in till.invoices()
        ]
        assert told == [
            (each.total, each.created, each.status_transitions.paid_at) for each in other.invoices()
        ]
        assert till.told("customer", "invoice", "charge") == other.told(
            "customer", "invoice", "charge"
        )


def test_a_renewals_invoice_is_a_draft_for_an_hour_and_looks_back_on_what_was_used(till):
    bought = till.subscribe()
    till.at(DAY)
    till.uses(1_500_000)
    renewed_at = till.item(bought).current_period_end - BEGIN
    till.at(renewed_at + 60)
    draft = till.invoices()[0]
    assert (draft.status, draft.billing_reason, draft.total) == (
        "draft",
        "subscription_cycle",
        4400,
    )
    assert (draft.period_start, draft.period_end) == (BEGIN, BEGIN + renewed_at)
    till.uses(1_000_000, at=BEGIN + renewed_at - 1)
    till.at(renewed_at + HOUR)
    final = till.invoices()[0]
    assert (final.status, final.total) == ("paid", 2900 + 2500), "what was reported late is in it"
    [usage] = [
        each for each in final.lines.data if each.pricing.price_details.price == till.metered
    ]
    assert (usage.quantity, usage.amount) == (2_500_000, 2500)


def test_who_does_not_pay_is_asked_four_more_times_and_stays_past_due(till):
    bought = till.subscribe()
    till.give_card(till.customer, "pm_card_chargeCustomerFail")
    first = till.item(bought).current_period_end - BEGIN + HOUR
    till.at(first)
    assert statuses(till, bought.id) == ["past_due"]
    seen = []
    for day in (0, 1, 3, 5, 7, 9):
        till.at(first + day * DAY + 1)
        invoice = till.invoices()[0]
        next_at = invoice.next_payment_attempt
        seen.append((invoice.attempt_count, (next_at - BEGIN - first) // DAY if next_at else None))
    assert seen == [(1, 1), (2, 3), (3, 5), (4, 7), (5, None), (5, None)]
    assert till.told("invoice.payment_failed") == ["invoice.payment_failed"] * 5
    assert statuses(till, bought.id) == ["past_due"]
    assert till.v1.customers.retrieve(till.customer).delinquent


@pytest.mark.parametrize("ends_with", ["unpaid", "canceled"])
def test_dunning_ends_as_the_account_is_set(till, ends_with):
    till.server.account.settings["dunning_ends_with"] = ends_with
    bought = till.subscribe()
    till.give_card(till.customer, "pm_card_chargeCustomerFail")
    till.at(45 * DAY)
    now = till.now(bought)
    assert now.status == ends_with
    is_over = ends_with == "canceled"
    assert (now.cancellation_details.reason == "payment_failed") is is_over
    assert bool(till.told("customer.subscription.deleted")) is is_over


def test_a_good_card_pays_at_the_next_try(till):
    bought = till.subscribe()
    till.give_card(till.customer, "pm_card_chargeCustomerFail")
    first = till.item(bought).current_period_end - BEGIN + HOUR
    till.at(first + 60)
    till.give_card(till.customer, "pm_card_visa")
    assert statuses(till, bought.id) == ["past_due"], "a card alone pays nothing"
    till.at(first + DAY)
    assert statuses(till, bought.id) == ["active"]
    assert not till.v1.customers.retrieve(till.customer).delinquent


def test_somebody_pays_an_invoice_on_its_page(till):
    bought = till.subscribe()
    till.give_card(till.customer, "pm_card_chargeCustomerFail")
    till.at(40 * DAY)
    [owed] = [each for each in till.invoices() if each.status == "open"]
    assert "declined" in till.presses(owed.hosted_invoice_url, "declined").text
    assert till.presses(owed.hosted_invoice_url, "pays").status_code == 200
    assert till.v1.invoices.retrieve(owed.id).status == "paid"
    assert statuses(till, bought.id) == ["active"]


def test_a_bank_that_asks_each_time_is_told_of(till):
    till.subscribe()
    till.give_card(till.customer, "pm_card_authenticationRequired")
    till.at(30 * DAY)
    assert "invoice.payment_action_required" in till.told("invoice")
    [owed] = [each for each in till.invoices() if each.status == "open"]
    assert "Your bank" in till.presses(owed.hosted_invoice_url, "confirm").text
    till.presses(owed.hosted_invoice_url, "confirmed")
    assert till.v1.invoices.retrieve(owed.id).status == "paid"


def test_it_ends_with_the_period_unless_somebody_thinks_better_of_it(till):
    bought = till.subscribe()
    ends_at = till.item(bought).current_period_end
    ending = till.v1.subscriptions.update(bought.id, {"cancel_at_period_end": True})
    assert (ending.cancel_at, ending.cancel_at_period_end) == (ends_at, True)
    back = till.v1.subscriptions.update(bought.id, {"cancel_at_period_end": False})
    assert (back.cancel_at, back.canceled_at) == (None, None)
    till.v1.subscriptions.update(bought.id, {"cancel_at_period_end": True})
    till.at(ends_at - BEGIN)
    over = till.now(bought)
    assert (over.status, over.ended_at) == ("canceled", ends_at)
    assert len(till.invoices()) == 1


def test_what_was_used_until_the_end_is_still_billed(till):
    bought = till.subscribe()
    till.at(DAY)
    till.uses(3_000_000)
    till.v1.subscriptions.update(bought.id, {"cancel_at_period_end": True})
    till.at(30 * DAY)
    assert [(each.total, each.status) for each in till.invoices()] == [
        (3000, "paid"),
        (2900, "paid"),
    ]


def test_a_first_payment_may_be_made_up_for_within_23_hours(till):
    poor = till.new_customer("pm_card_chargeCustomerFail")
    bought, late = till.subscribe(customer=poor), till.subscribe(customer=poor)
    till.give_card(poor, "pm_card_visa")
    till.v1.invoices.pay(bought.latest_invoice)
    till.at(23 * HOUR)
    assert statuses(till, bought.id, late.id) == ["active", "incomplete_expired"]
    assert till.v1.invoices.retrieve(late.latest_invoice).status == "void"


@pytest.mark.parametrize(
    ("missing", "status"),
    [("pause", "paused"), ("cancel", "canceled"), ("create_invoice", "past_due")],
)
def test_a_trial_ends_with_a_notice_and_as_was_agreed_without_a_card(till, missing, status):
    guest = till.new_customer(card=None)
    bought = till.subscribe(
        customer=guest,
        trial_period_days=14,
        trial_settings={"end_behavior": {"missing_payment_method": missing}},
    )
    assert (bought.status, till.invoices(guest)[0].total) == ("trialing", 0)
    till.at(11 * DAY)
    assert "customer.subscription.trial_will_end" in till.told("customer.subscription")
    till.at(14 * DAY + HOUR)
    assert statuses(till, bought.id) == [status]
    if status == "paused":
        till.give_card(guest, "pm_card_visa")
        assert till.v1.subscriptions.resume(bought.id).status == "active"
        told = till.told("customer.subscription.paused", "customer.subscription.resumed")
        assert told == ["customer.subscription.paused", "customer.subscription.resumed"]


def test_a_trial_with_a_card_becomes_a_subscription_that_is_paid(till):
    bought = till.subscribe(trial_period_days=14)
    till.at(14 * DAY + HOUR)
    now = till.now(bought)
    assert (now.status, till.item(now).current_period_start) == ("active", BEGIN + 14 * DAY)
    assert till.invoices()[0].amount_paid == 2900


def test_a_paused_collection_asks_for_nothing_until_it_goes_on(till):
    bought = till.subscribe()
    pause = {"behavior": "void", "resumes_at": BEGIN + 40 * DAY}
    till.v1.subscriptions.update(bought.id, {"pause_collection": pause})
    till.at(65 * DAY)
    assert [each.status for each in till.invoices()] == ["paid", "void", "paid"]
    assert till.now(bought).pause_collection is None


def test_two_customers_of_two_clocks_live_in_their_own_time(till):
    bought = till.subscribe()
    other = till.v1.test_helpers.test_clocks.create({"frozen_time": BEGIN})
    late = till.subscribe(customer=till.new_customer(test_clock=other.id))
    till.at(40 * DAY)
    assert till.item(till.now(bought)).current_period_start > BEGIN
    assert till.item(till.now(late)).current_period_start == BEGIN


def test_who_lives_by_our_time_is_renewed_by_it():
    now = [BEGIN]
    with shop(clock=lambda: now[0]) as till:
        mine = till.v1.customers.create({"name": "Bea"}).id
        till.give_card(mine, "pm_card_visa")
        bought = till.subscribe(customer=mine)
        session = till.checkout(customer=mine)
        now[0] += 29 * DAY
        assert till.item(till.now(bought)).current_period_start == at(2026, 2, 28, 10)
        assert till.v1.checkout.sessions.retrieve(session.id).status == "expired"
        now[0] += HOUR
        assert till.invoices(mine)[0].status == "paid"


def test_a_whole_shop_can_be_put_on_a_clock(till):
    till.server.account.settings["customers_clock"] = till.clock.id
    made = till.v1.customers.create({"name": "Bea"})
    assert (made.test_clock, made.created) == (till.clock.id, BEGIN)
