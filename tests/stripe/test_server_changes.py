"""Changing at the double: up now, down later, declined, asked, previewed; refunds, disputes, the portal."""

from __future__ import annotations

import httpx
import pytest
import stripe

from tests.stripe.shop import BEGIN, DAY, shop

NOW = {"proration_behavior": "always_invoice"}
OR_NOTHING = {**NOW, "payment_behavior": "error_if_incomplete"}
HALF = 14 * DAY
"""Of February, which the first period is as long as."""


@pytest.fixture
def till():
    with shop() as found:
        yield found


def test_going_up_costs_the_difference_for_the_seconds_that_are_left(till):
    bought = till.subscribe("starter")
    till.at(HALF)
    up = till.change(bought, "pro", **OR_NOTHING, expand=["latest_invoice"])
    assert till.item(up).price.id == till.prices["pro"]
    assert till.item(up).current_period_end == till.item(bought).current_period_end
    assert [each.amount for each in up.latest_invoice.lines.data] == [-1450, 4950]
    assert (up.latest_invoice.amount_paid, up.latest_invoice.status) == (3500, "paid")
    assert up.latest_invoice.billing_reason == "subscription_update"


def test_a_preview_says_what_the_change_then_costs_and_changes_nothing(till):
    bought = till.subscribe("starter")
    till.at(HALF + 12_345)
    details = {"items": [{"id": till.item(bought).id, "price": till.prices["scale"]}], **NOW}
    wish = {"customer": till.customer, "subscription": bought.id}
    seen = till.v1.invoices.create_preview({**wish, "subscription_details": details})
    assert seen.id.startswith("upcoming_in_")
    assert till.item(till.now(bought)).price.id == till.prices["starter"]
    till.change(bought, "scale", **OR_NOTHING)
    assert till.invoices()[0].amount_paid == seen.amount_due
    coming = till.v1.invoices.create_preview(wish)
    assert (coming.total, coming.created) == (29900, till.item(bought).current_period_end)


def test_a_declined_change_changes_nothing_at_all(till):
    bought = till.subscribe("starter")
    till.give_card(till.customer, "pm_card_chargeCustomerFail")
    told = till.told()
    with pytest.raises(stripe.CardError, match="declined"):
        till.change(bought, "pro", **OR_NOTHING)
    assert till.item(till.now(bought)).price.id == till.prices["starter"]
    assert (len(till.invoices()), till.told()) == (1, told)


def test_a_bank_that_asks_leaves_a_change_that_waits_until_its_invoice_is_paid(till):
    bought = till.subscribe("starter")
    till.give_card(till.customer, "pm_card_authenticationRequired")
    with pytest.raises(stripe.CardError) as asked:
        till.change(bought, "pro", **OR_NOTHING)
    assert asked.value.code == "subscription_payment_intent_requires_action"
    waiting = till.change(
        bought,
        "pro",
        **NOW,
        payment_behavior="pending_if_incomplete",
        expand=["latest_invoice"],
    )
    assert waiting.pending_update.subscription_items[0].price.id == till.prices["pro"]
    assert (waiting.status, till.item(waiting).price.id) == ("active", till.prices["starter"])
    till.presses(waiting.latest_invoice.hosted_invoice_url, "confirmed")
    now = till.now(bought)
    assert (till.item(now).price.id, now.pending_update) == (till.prices["pro"], None)
    assert "customer.subscription.pending_update_applied" in till.told("customer")


def test_a_change_that_nobody_confirms_is_forgotten_after_a_day(till):
    bought = till.subscribe("starter")
    till.give_card(till.customer, "pm_card_authenticationRequired")
    till.change(bought, "pro", **NOW, payment_behavior="pending_if_incomplete")
    till.at(DAY)
    now = till.now(bought)
    assert (now.status, now.pending_update) == ("active", None)
    assert till.item(now).price.id == till.prices["starter"]
    assert till.invoices()[0].status == "void"


def test_a_change_that_may_be_owed_is_made_and_owed(till):
    bought = till.subscribe("starter")
    till.give_card(till.customer, "pm_card_chargeCustomerFail")
    owing = till.change(bought, "pro", **NOW)
    assert (owing.status, till.item(owing).price.id) == ("past_due", till.prices["pro"])


def test_going_down_at_once_gives_back_on_the_next_invoice(till):
    bought = till.subscribe("pro")
    till.at(HALF)
    till.change(bought, "starter")
    assert len(till.invoices()) == 1
    [unused, _] = till.v1.invoice_items.list({"customer": till.customer}).data[::-1]
    assert (unused.amount, unused.proration) == (-4950, True)
    till.at(29 * DAY)
    assert till.invoices()[0].total == -4950 + 1450 + 2900
    assert till.v1.customers.retrieve(till.customer).balance == -600
    till.at(60 * DAY)
    assert (till.invoices()[0].total, till.invoices()[0].amount_paid) == (2900, 2300)


def going_down_later(till, bought, **more):
    """As Fragua does: the phase that is going on as it is, then one with the other plan."""
    plan = till.v1.subscription_schedules.create({"from_subscription": bought.id})
    current = plan.phases[0]
    now = [{"price": till.prices["pro"], "quantity": 1}, {"price": till.metered}]
    later = [{"price": till.prices["starter"], "quantity": 1}, {"price": till.metered}]
    return till.v1.subscription_schedules.update(
        plan.id,
        {
            "end_behavior": "release",
            "proration_behavior": "none",
            "phases": [
                {"start_date": current.start_date, "end_date": current.end_date, "items": now},
                {"items": later, "duration": {"interval": "month"}, "proration_behavior": "none"},
            ],
            **more,
        },
    )


def test_a_schedule_changes_the_plan_when_the_period_ends_and_lets_go_after_the_last_phase(till):
    bought = till.subscribe("pro")
    plan = going_down_later(till, bought)
    assert [each.start_date for each in plan.phases] == [
        BEGIN,
        till.item(bought).current_period_end,
    ]
    assert till.item(till.now(bought)).price.id == till.prices["pro"]
    till.at(29 * DAY)
    now = till.now(bought)
    assert (till.item(now).price.id, now.schedule) == (till.prices["starter"], plan.id)
    assert till.item(now).id == till.item(bought).id
    assert [each.total for each in till.invoices()] == [2900, 9900]
    till.at(60 * DAY)
    assert till.now(bought).schedule is None
    assert till.v1.subscription_schedules.retrieve(plan.id).status == "released"
    assert till.item(till.now(bought)).price.id == till.prices["starter"]


def test_a_schedule_that_is_let_go_changes_nothing_more(till):
    bought = till.subscribe("pro")
    plan = going_down_later(till, bought)
    with pytest.raises(stripe.InvalidRequestError, match="managed by the subscription schedule"):
        till.v1.subscriptions.update(bought.id, {"cancel_at_period_end": True})
    assert till.v1.subscription_schedules.release(plan.id).status == "released"
    till.at(29 * DAY)
    assert till.item(till.now(bought)).price.id == till.prices["pro"]
    with pytest.raises(stripe.InvalidRequestError, match="released"):
        till.v1.subscription_schedules.release(plan.id)


def test_what_ends_at_once_stays_ended_and_takes_its_schedule_along(till):
    bought = till.subscribe("pro")
    plan = going_down_later(till, bought)
    over = till.v1.subscriptions.cancel(bought.id)
    assert (over.status, over.cancellation_details.reason) == ("canceled", "cancellation_requested")
    assert till.v1.subscription_schedules.retrieve(plan.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError) as gone:
        till.v1.subscriptions.cancel(bought.id)
    assert gone.value.code == "resource_missing"
    till.at(60 * DAY)
    assert len(till.invoices()) == 1


def test_a_customer_that_is_deleted_takes_what_it_bought_along(till):
    bought = till.subscribe()
    till.v1.customers.delete(till.customer)
    assert till.now(bought).status == "canceled"
    told = till.told("customer.deleted", "customer.subscription.deleted")
    assert told == ["customer.subscription.deleted", "customer.deleted"]


def test_money_goes_back_in_parts_and_never_more_than_was_paid(till):
    till.subscribe("pro")
    [payment] = till.v1.invoice_payments.list({"invoice": till.invoices()[0].id}).data
    intent = payment.payment.payment_intent
    till.v1.refunds.create({"payment_intent": intent, "amount": 900})
    [charge] = till.v1.charges.list({"payment_intent": intent}).data
    assert (charge.amount_refunded, charge.refunded) == (900, False)
    till.v1.refunds.create({"charge": charge.id})
    assert till.v1.charges.retrieve(charge.id).refunded
    with pytest.raises(stripe.InvalidRequestError, match="already been refunded"):
        till.v1.refunds.create({"charge": charge.id})
    assert till.told("charge.refunded") == ["charge.refunded"] * 2


def test_a_bank_disputes_a_payment_and_we_give_up(till):
    till.subscribe()
    charge = till.v1.charges.list({"customer": till.customer}).data[0]
    answer = httpx.post(f"{till.server.url}/_double/disputes", json={"charge": charge.id})
    assert answer.status_code == 200
    [dispute] = till.v1.disputes.list({"charge": charge.id}).data
    assert till.v1.disputes.close(dispute.id).status == "lost"
    assert till.told("charge.dispute") == ["charge.dispute.created", "charge.dispute.closed"]
    till.subscribe(customer=till.new_customer("pm_card_createDispute"))
    assert till.told("charge.dispute")[2:] == ["charge.dispute.created"]


def portal(till, **more):
    made = till.v1.billing_portal.configurations.create(
        {
            "features": {
                "payment_method_update": {"enabled": True},
                "subscription_cancel": {"enabled": True},
                "invoice_history": {"enabled": True},
            }
        }
    )
    return till.v1.billing_portal.sessions.create(
        {
            "customer": till.customer,
            "configuration": made.id,
            "return_url": "http://127.0.0.1/back",
            **more,
        }
    )


def test_the_portal_changes_the_card_ends_and_goes_on(till):
    bought = till.subscribe()
    session = portal(till, locale="es")
    page = httpx.get(session.url).text
    assert "visa •••• 4242" in page
    assert till.invoices()[0].number in page
    assert "Volver a la tienda" in page
    till.presses(session.url, "fails")
    assert "visa •••• 0341" in httpx.get(session.url).text
    assert "rechazada" in till.presses(session.url, "declined").text
    till.presses(session.url, f"cancel:{bought.id}")
    assert till.now(bought).cancel_at_period_end
    till.presses(session.url, f"resume:{bought.id}")
    assert not till.now(bought).cancel_at_period_end


def test_a_portal_needs_a_configuration_as_an_account_has_none_at_first(till):
    with pytest.raises(stripe.InvalidRequestError, match="default configuration"):
        till.v1.billing_portal.sessions.create({"customer": till.customer})


def test_a_customer_shows_how_what_it_bought_is_paid(till):
    session = till.checkout("pro")
    till.presses(session.url, "pays")
    wish = {"expand": ["subscriptions.data.default_payment_method"]}
    [bought] = till.v1.customers.retrieve(till.customer, wish).subscriptions.data
    assert bought.default_payment_method.card.last4 == "4242"
