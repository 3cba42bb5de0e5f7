"""Commands about what is paid."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from chalicelib.billing.usage import Fact
from cli.amounts import money
from cli.language import speak
from tests.fakes_billing import BEGAN, invoice


@pytest.fixture
def pays(world, monkeypatch):
    """Somebody pays while the command waits; the event arrives a moment later."""
    monkeypatch.setattr("cli.paying.POLL_S", 0.01)
    monkeypatch.setattr("cli.paying.POLL_S_MAX", 0.01)
    looks = []

    def known(tenant_id, ask=world.ledger.known):
        looks.append(tenant_id)
        open_pages = [one for one in world.till.checkouts.values() if one.status == "open"]
        if open_pages and len(looks) == 3:
            world.till.pays(open_pages[0].id)
        if len(looks) == 5:
            world.ledger.tells(tenant_id, world.till)
        return ask(tenant_id)

    monkeypatch.setattr(world.ledger, "known", known)
    return looks


@pytest.fixture
def has_pro(world, fragua):
    tenant = world.tenant
    customer = world.till.customer(tenant, name="x", email="", locale="es", key="x")
    world.ledger.open_account(tenant, customer)
    subscription_id = world.till.subscribes(customer.id, "pro")
    world.ledger.tells(tenant, world.till)
    return subscription_id


def test_plans_are_shown_with_what_they_cost(fragua):
    said = fragua("billing", "plans")
    assert said.code == 0, said.err
    assert "29.00 USD" in said.out
    assert "3.00 USD for a generation" in said.err


def test_buy_leads_to_the_page_waits_and_shows_the_plan(fragua, pays):
    said = fragua("billing", "buy", "pro")
    assert said.code == 0, said.err
    assert "Pay here:\n  https://pay.example/" in said.err
    assert "Waiting for the payment" in said.err
    assert "the plan is renewed" in said.out


def test_buy_with_json_answers_with_one_document(fragua, pays):
    said = fragua("billing", "buy", "pro", "--json")
    assert json.loads(said.out)["plan"] == "pro"


def test_buy_speaks_spanish_and_so_does_its_page(fragua, pays, world):
    said = fragua("billing", "buy", "pro", "--lang", "es")
    assert "Esperando el pago" in said.err
    (wish,) = world.till.wishes.values()
    assert (wish.locale, wish.success_url[-7:]) == ("es", "lang=es")


def test_buy_without_waiting_prints_the_page(fragua, world):
    said = fragua("billing", "buy", "pro", "--no-wait")
    (page,) = world.till.checkouts.values()
    assert said.out.strip() == page.page_url
    assert json.loads(fragua("billing", "buy", "pro", "--no-wait", "--json").out)["page_url"]


def test_buy_ends_when_its_page_is_closed_unpaid(fragua, world, monkeypatch):
    monkeypatch.setattr("cli.paying.POLL_S", 0.01)

    def known(tenant_id, ask=world.ledger.known):
        for page in [one for one in world.till.checkouts.values() if one.status == "open"]:
            world.till.lets_it_expire(page.id)
            world.ledger[tenant_id].checkouts[page.id] = world.till.checkouts[page.id]
        return ask(tenant_id)

    monkeypatch.setattr(world.ledger, "known", known)
    said = fragua("billing", "buy", "pro")
    assert (said.code, "The page was closed before anybody paid" in said.err) == (1, True)


def test_whoever_stops_waiting_is_told_that_the_page_stays_open(fragua, monkeypatch):
    def stop(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("cli.paying.time.sleep", stop)
    said = fragua("billing", "buy", "pro")
    assert (said.code, "the page stays open" in said.err) == (130, True)


def test_who_has_a_plan_is_told_how_to_change_it(fragua, has_pro):
    said = fragua("billing", "buy", "scale")
    assert (said.code, "`fragua billing change PLAN`" in said.err) == (1, True)


@pytest.mark.parametrize("words", [("change", "pro"), ("cancel",), ("resume",)])
def test_who_bought_nothing_is_told_how_to_buy(fragua, words):
    yes = () if words[0] == "resume" else ("--yes",)
    said = fragua("billing", *words, *yes)
    assert (said.code, "`fragua billing buy PLAN`" in said.err) == (1, True)


def test_show_tells_what_happens_when(fragua, has_pro):
    said = fragua("billing", "show")
    assert "2026-12-22  the plan is renewed" in said.out
    assert json.loads(fragua("billing", "show", "--json").out)["state"] == "current"


def test_show_tells_who_owes_where_to_pay_and_until_when(fragua, has_pro, world):
    world.ledger[world.tenant].invoices.append(invoice(subscription_id=has_pro))
    said = fragua("billing", "show").out
    assert "A payment failed; everything goes on for now." in said
    assert "2026-12-02  without a payment: nothing new can be begun" in said
    assert "To pay: 29.00 USD, here: https://invoice.example/1" in said


def test_show_tells_of_a_payment_that_the_bank_wants_confirmed(fragua, has_pro, world):
    asked = invoice(subscription_id=has_pro, needs_action=True)
    world.ledger[world.tenant].invoices.append(asked)
    assert "wants you to confirm 29.00 USD: https://invoice" in fragua("billing", "show").out


def test_change_shows_what_is_paid_before_it_asks(fragua, has_pro, world):
    said = fragua("billing", "change", "scale", given="n\n")
    assert "pro → scale now; 200.00 USD is paid at once." in said.err
    assert (said.code, "change_now" in world.till.asked) == (1, False)
    fragua("billing", "change", "scale", given="y\n")
    assert "change_now" in world.till.asked


def test_a_question_in_spanish_takes_a_spanish_yes(fragua, has_pro, world):
    said = fragua("billing", "change", "scale", "--lang", "es", given="n\n")
    assert (said.code, "[s/N]" in said.err, "change_now" in world.till.asked) == (1, True, False)
    assert "sin respuesta" not in said.err
    fragua("billing", "change", "scale", "--lang", "es", given="sí\n")
    assert "change_now" in world.till.asked


def test_change_to_a_lower_plan_says_when(fragua, has_pro):
    said = fragua("billing", "change", "starter", given="y\n")
    assert "pro → starter on 2026-12-22; nothing is paid now." in said.err
    assert "2026-12-22  the plan becomes starter" in said.out


def test_change_to_what_it_is_already_asks_nothing(fragua, has_pro):
    said = fragua("billing", "change", "pro")
    assert (said.code, "It is pro already" in said.err) == (0, True)


def test_a_declined_card_leads_to_the_portal(fragua, has_pro, world):
    world.till.card_is_good = False
    said = fragua("billing", "change", "scale", "--yes")
    assert (said.code, "nothing has changed" in said.err) == (1, True)
    assert "`fragua billing portal`" in said.err


def test_an_upgrade_while_something_is_owed_leads_to_the_invoice(fragua, has_pro, world):
    world.ledger[world.tenant].invoices.append(invoice(subscription_id=has_pro))
    said = fragua("billing", "change", "scale", "--yes")
    assert (said.code, "https://invoice.example/1" in said.err) == (1, True)


def test_cancel_asks_and_resume_takes_it_back(fragua, has_pro):
    assert fragua("billing", "cancel", given="n\n").code == 1
    assert "the plan ends; then it is free" in fragua("billing", "cancel", "--yes").out
    assert "the plan is renewed" in fragua("billing", "resume").out


def test_overage_is_allowed_and_taken_back(fragua, has_pro):
    assert "Up to 5 generations" in fragua("billing", "overage", "5").out
    assert "Nothing goes beyond" in fragua("billing", "overage", "0").out


def test_invoices_are_listed_with_their_pages(fragua, has_pro, world):
    assert fragua("billing", "invoices").out.strip() == "No invoices yet."
    world.ledger[world.tenant].invoices += [
        invoice(number, made_at=BEGAN + timedelta(days=number)) for number in range(1, 25)
    ]
    lines = fragua("billing", "invoices").out.splitlines()
    assert len(lines) == 25
    assert lines[1].split()[0] == "F-0024"
    assert len(json.loads(fragua("billing", "invoices", "--json").out)) == 24


def test_the_way_it_is_paid_is_told(fragua, has_pro, world):
    assert "No way to pay" in fragua("billing", "payment-method").out
    world.till.lets_pay(has_pro)
    assert "visa •••• 4242, good until 2029-12" in fragua("billing", "payment-method").out


def test_the_portal_is_printed(fragua, has_pro):
    assert fragua("billing", "portal").out.startswith("https://portal.example/")


def test_where_nothing_is_sold_every_command_says_so(fragua, world):
    world.settings = dataclasses.replace(world.settings, stripe_secret_id="")
    assert "Nothing is sold here." in fragua("billing", "plans").err
    said = fragua("billing", "show")
    assert (said.code, "Nothing is sold here" in said.err) == (1, True)


@pytest.mark.parametrize(
    ("amount", "currency", "english", "spanish"),
    [
        (2900, "usd", "29.00 USD", "29,00 USD"),
        (1234567, "eur", "12,345.67 EUR", "12.345,67 EUR"),
        (-5, "eur", "-0.05 EUR", "-0,05 EUR"),
        (1500, "jpy", "1,500 JPY", "1.500 JPY"),
        (1500, "kwd", "1.500 KWD", "1,500 KWD"),
    ],
)
def test_money_is_written_as_people_read_it(amount, currency, english, spanish):
    try:
        speak("en")
        assert money(amount, currency) == english
        speak("es")
        assert money(amount, currency) == spanish
    finally:
        speak(None)


def test_show_tells_what_goes_beyond_the_plan_and_will(fragua, has_pro, world):
    today = datetime.now(UTC).date()
    beyond = Fact(
        generation_id=uuid4(),
        discovery_id=None,
        day=today,
        model=None,
        meter_event_id=uuid4(),
        generations=4,
        tokens=1_234_567,
        beyond_generations=1,
        beyond_tokens=734_567,
    )
    world.consumption.uses(world.tenant, beyond)
    said = fragua("billing", "show").out
    assert "tokens of models: 1,234,567 of 500,000" in said
    assert "beyond the plan: 10.35 USD so far" in said
