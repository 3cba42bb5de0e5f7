"""Buying at the double: the page, the cards, what is there afterwards, what is told."""

from __future__ import annotations

import httpx
import pytest
import stripe

from tests.stripe.shop import BEGIN, DAY, shop


@pytest.fixture(scope="module")
def till():
    with shop() as found:
        yield found


@pytest.fixture
def someone(till):
    return till.new_customer(card=None)


def test_who_pays_on_the_page_has_a_subscription_and_is_led_back(till, someone):
    session = till.checkout(
        "pro", someone, subscription_data={"metadata": {"organization_id": "7"}}
    )
    assert (session.status, session.amount_total) == ("open", 9900)
    assert session.id.startswith("cs_test_")
    answer = till.presses(session.url, "pays")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"http://127.0.0.1/done?session={session.id}"

    done = till.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["subscription", "line_items"]}
    )
    assert (done.status, done.payment_status, done.url) == ("complete", "paid", None)
    assert [each.amount_total for each in done.line_items.data] == [9900, 0]
    bought = done.subscription
    assert (bought.status, bought.metadata["organization_id"]) == ("active", "7")
    item = till.item(bought)
    assert (item.current_period_start, item.current_period_end) == (BEGIN, BEGIN + 28 * DAY)
    [invoice] = till.invoices(someone)
    assert (invoice.status, invoice.amount_paid, invoice.attempt_count) == ("paid", 9900, 1)
    assert invoice.parent.subscription_details.subscription == bought.id
    assert invoice.number.endswith("-0001")


def test_what_happened_is_told_in_the_order_it_happened():
    with shop() as till:
        session = till.checkout("starter")
        till.presses(session.url, "pays")
        told = till.told("customer.subscription", "invoice", "charge", "checkout", "payment_intent")
        assert told == [
            "customer.subscription.created",
            "invoice.created",
            "invoice.finalized",
            "payment_intent.created",
            "charge.succeeded",
            "payment_intent.succeeded",
            "invoice.paid",
            "invoice.payment_succeeded",
            "customer.subscription.updated",
            "checkout.session.completed",
        ]


@pytest.mark.parametrize(
    ("lang", "button"), [("es", "Pagar con una tarjeta que funciona"), ("en", "Pay with a card")]
)
def test_the_page_says_what_is_bought_in_the_buyers_language(till, someone, lang, button):
    session = till.checkout("starter", someone, locale=lang)
    page = httpx.get(session.url).text
    assert f'<html lang="{lang}">' in page
    assert "Starter" in page
    assert "29.00 USD" in page
    assert button in page


def test_a_declined_card_leaves_the_page_open_and_nothing_behind(till, someone):
    session = till.checkout("starter", someone)
    assert "declined" in till.presses(session.url, "declined").text
    assert till.v1.checkout.sessions.retrieve(session.id).status == "open"
    assert till.v1.subscriptions.list({"customer": someone, "status": "all"}).data == []
    assert till.presses(session.url, "pays").status_code == 303


def test_a_bank_that_asks_is_answered_on_a_second_page(till, someone):
    session = till.checkout("starter", someone)
    assert "Your bank wants to know" in till.presses(session.url, "confirm").text
    assert "declined" in till.presses(session.url, "refused").text
    assert till.presses(session.url, "confirmed").status_code == 303
    [bought] = till.v1.subscriptions.list({"customer": someone}).data
    assert bought.status == "active"


def test_pressing_twice_buys_once(till, someone):
    session = till.checkout("starter", someone)
    till.presses(session.url, "pays")
    assert till.presses(session.url, "pays").status_code == 303
    assert len(till.v1.subscriptions.list({"customer": someone}).data) == 1


def test_an_expired_page_sells_nothing(till, someone):
    session = till.checkout("starter", someone)
    assert till.v1.checkout.sessions.expire(session.id).status == "expired"
    assert "closed" in till.presses(session.url, "pays").text
    assert till.v1.subscriptions.list({"customer": someone}).data == []
    with pytest.raises(stripe.InvalidRequestError, match="status of `expired`"):
        till.v1.checkout.sessions.expire(session.id)


def test_a_card_that_fails_later_pays_today(till, someone):
    session = till.checkout("starter", someone)
    assert till.presses(session.url, "fails_later").status_code == 303
    [bought] = till.v1.subscriptions.list({"customer": someone}).data
    assert bought.status == "active"
    card = till.v1.payment_methods.retrieve(bought.default_payment_method)
    assert card.card.last4 == "0341"


def test_a_trial_needs_no_payment_now(till, someone):
    session = till.checkout("starter", someone, subscription_data={"trial_period_days": 14})
    till.presses(session.url, "pays")
    wish = {"expand": ["subscription"]}
    done = till.v1.checkout.sessions.retrieve(session.id, wish)
    assert (done.payment_status, done.subscription.status) == ("no_payment_required", "trialing")


def test_the_api_sells_too_and_says_what_a_card_came_to(till):
    assert till.subscribe().status == "active"
    poor = till.new_customer("pm_card_chargeCustomerFail")
    assert till.subscribe(customer=poor).status == "incomplete"
    with pytest.raises(stripe.CardError) as refused:
        till.subscribe(customer=poor, payment_behavior="error_if_incomplete")
    assert (refused.value.http_status, refused.value.code) == (402, "card_declined")
    assert len(till.v1.subscriptions.list({"customer": poor, "status": "all"}).data) == 1


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"line_items": []}, "at least one line item"),
        ({"success_url": ""}, "success_url"),
        ({"expires_at": BEGIN + 60}, "expires_at"),
        ({"customer": "cus_nobody"}, "No such customer"),
        ({"tax_id_collection": {"enabled": True}}, "customer_update"),
    ],
)
def test_what_stripe_would_refuse_is_refused(till, wish, said):
    with pytest.raises(stripe.InvalidRequestError, match=said):
        till.checkout("starter", **wish)
