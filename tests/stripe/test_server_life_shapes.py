"""A whole life at the double, each object and event of it held against the SDK's own classes."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.stripe.shop import BEGIN, DAY, shop
from tests.stripe.test_server_changes import going_down_later, portal
from tests.stripe_server.shapes import wrong


@pytest.fixture(scope="module")
def lived():
    """Bought, used, changed, declined, asked, ended, given back, disputed."""
    with shop() as till:
        session = till.checkout("starter", automatic_tax={"enabled": True}, customer_update={"address": "auto"})  # fmt: skip
        till.presses(session.url, "pays")
        till.checkout("pro", locale="es")
        [bought] = till.v1.subscriptions.list({"customer": till.customer}).data
        till.at(DAY)
        till.uses(12_345)
        till.change(bought, "pro")
        going_down_later(till, bought)
        till.at(29 * DAY)
        poor = till.new_customer("pm_card_chargeCustomerFail")
        till.subscribe(customer=poor)
        asked = till.subscribe("starter", customer=till.new_customer())
        till.give_card(asked.customer, "pm_card_authenticationRequired")
        till.change(asked, "pro", proration_behavior="always_invoice", payment_behavior="pending_if_incomplete")  # fmt: skip
        paused = till.subscribe(customer=till.new_customer(card=None), trial_period_days=3, trial_settings={"end_behavior": {"missing_payment_method": "pause"}})  # fmt: skip
        charge = till.v1.charges.list({"customer": till.customer}).data[0]
        till.v1.refunds.create({"charge": charge.id, "amount": 100})
        httpx.post(f"{till.server.url}/_double/disputes", json={"charge": charge.id})
        portal(till)
        till.at(40 * DAY)
        assert till.now(paused).status == "paused"
        till.v1.subscriptions.cancel(bought.id, {"invoice_now": True, "prorate": True})
        yield till


def plain(found):
    return json.loads(str(found))


def faults(*found):
    return [fault for each in found for fault in wrong(plain(each))]


def everything(till):
    v1, many = till.v1, {"limit": 100}
    yield v1.subscriptions.list({**many, "status": "all", "expand": ["data.latest_invoice.confirmation_secret", "data.latest_invoice.payments", "data.default_payment_method"]})  # fmt: skip
    yield v1.subscription_schedules.list({**many, "expand": ["data.phases.items.price"]})
    yield v1.invoices.list(many)
    yield v1.invoice_items.list(many)
    yield v1.checkout.sessions.list({**many, "expand": ["data.line_items", "data.customer"]})
    yield v1.charges.list(many)
    yield v1.payment_intents.list({**many, "expand": ["data.payment_method", "data.latest_charge"]})
    yield v1.refunds.list(many)
    yield v1.disputes.list(many)
    yield v1.billing_portal.configurations.list(many)
    yield v1.billing_portal.sessions.create({"customer": till.customer, "configuration": v1.billing_portal.configurations.list().data[0].id})  # fmt: skip
    for customer in v1.customers.list({"test_clock": till.clock.id, "limit": 100}).data:
        yield v1.customers.payment_methods.list(customer.id)
        yield v1.customers.retrieve(customer.id, {"expand": ["subscriptions"]})
    for invoice in v1.invoices.list(many).data:
        yield v1.invoices.line_items.list(invoice.id)
        yield v1.invoice_payments.list({"invoice": invoice.id})


def test_each_object_has_the_fields_and_the_kinds_of_the_sdk(lived):
    found = list(everything(lived))
    kinds = {each.object for listed in found if listed.object == "list" for each in listed.data}
    assert len(kinds) > 12
    assert faults(*found) == []


def test_a_preview_too(lived):
    other = lived.subscribe(customer=lived.new_customer())
    seen = lived.v1.invoices.create_preview({"subscription": other.id})
    assert faults(seen) == []


def test_what_the_events_tell_of_is_whole(lived):
    told = list(lived.v1.events.list({"limit": 100}).auto_paging_iter())
    assert len({event.type for event in told}) > 30
    assert faults(*told) == []
    assert faults(*(event.data.object for event in told)) == []


def test_events_live_in_the_clocks_time_and_in_order(lived):
    told = list(lived.v1.events.list({"limit": 100}).auto_paging_iter())[::-1]
    mine = [event.created for event in told if plain(event.data.object).get("customer") == lived.customer]  # fmt: skip
    assert mine == sorted(mine)
    assert BEGIN <= mine[0] < mine[-1] == BEGIN + 40 * DAY
