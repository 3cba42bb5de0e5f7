"""Buying and changing plans with the official SDK against the double: what a person does, door to Stripe and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from chalicelib.billing.buying import Buyer, buy, portal
from chalicelib.billing.changing import Changer, cancel, change, preview, resume
from chalicelib.billing.overview import how_paid, overview
from chalicelib.errors import Conflict, PaymentDeclined, PaymentsBusy
from chalicelib.tenancy.organizations import Organization
from tests.billing.till import till as opened_till
from tests.fakes_billing import Ledger
from tests.fakes_keys import AuditLog


@pytest.fixture(scope="module")
def till():
    with opened_till() as found:
        yield found


class Desk:
    """One organization's way to the till."""

    def __init__(self, till):
        self.till, self.ledger, self.tenant_id = till, Ledger(), uuid4()
        made = datetime.now(UTC)
        self.organization = Organization(
            id=self.tenant_id, name="Clínica", plan="free", locale="es", created_at=made
        )
        self.buyer = Buyer(
            organization=self.organization, members=(), person_id=None, actor="a", locale="es"
        )
        self.who = Changer(
            tenant_id=self.tenant_id,
            actor="user:ana",
            ledger=self.ledger,
            subscriptions=till.subscriptions,
        )

    def buys(self, plan="pro"):
        return buy(
            self.buyer,
            plan,
            now=datetime.now(UTC),
            public_url="https://fragua.example",
            ledger=self.ledger,
            selling=self.till.selling,
            books=self.till.books,
        )

    def has(self, plan="pro"):
        page = self.buys(plan)
        assert self.till.pays(page.page_url).status_code == 303
        self.ledger.tells(self.tenant_id, self.till.books)
        return self

    def changes_card(self, card):
        customer = self.account.customer_id
        attached = self.till.v1.payment_methods.attach(card, {"customer": customer})
        default = {"default_payment_method": attached.id}
        self.till.v1.customers.update(customer, {"invoice_settings": default})
        for one in self.till.v1.subscriptions.list({"customer": customer}).data:
            self.till.v1.subscriptions.update(one.id, default)

    @property
    def account(self):
        return self.ledger.known(self.tenant_id).account

    @property
    def sees(self):
        return overview(self.ledger.known(self.tenant_id), datetime.now(UTC))

    @property
    def invoices(self):
        return self.till.v1.invoices.list({"customer": self.account.customer_id}).data


@pytest.fixture
def desk(till):
    return Desk(till)


@pytest.fixture
def has_pro(desk):
    return desk.has("pro")


def test_a_plan_is_bought_on_stripes_page_with_everything_that_may_go_beyond_it(desk, till):
    desk.has("pro")
    assert (desk.sees.plan, desk.sees.subscription.status) == ("pro", "active")
    (subscription,) = till.v1.subscriptions.list({"customer": desk.account.customer_id}).data
    assert len(subscription["items"].data) == 3
    assert subscription.metadata["organization_id"] == str(desk.tenant_id)


def test_two_tabs_get_one_page_and_the_other_plans_page_is_closed(desk, till):
    first = desk.buys("pro")
    assert desk.buys("pro").id == first.id
    second = desk.buys("starter")
    assert till.selling.checkout(first.id).status == "expired"
    assert till.selling.checkout(second.id).status == "open"
    back = desk.buys("pro")
    assert back.id not in (first.id, second.id)
    assert till.selling.checkout(back.id).status == "open"


def test_who_paid_in_one_tab_is_told_so_in_the_other(desk, till):
    till.pays(desk.buys("pro").page_url)
    with pytest.raises(Conflict, match="pro was bought a moment ago"):
        desk.buys("pro")
    assert desk.sees.plan == "pro"


def test_who_paid_in_one_tab_buys_no_other_plan_in_the_other(desk, till):
    till.pays(desk.buys("pro").page_url)
    with pytest.raises(Conflict, match="pro was bought a moment ago"):
        desk.buys("starter")
    assert len(till.v1.subscriptions.list({"customer": desk.account.customer_id}).data) == 1


def test_an_answer_that_got_lost_while_buying_makes_no_second_page(desk, till):
    till.goes_wrong(method="POST", path="/v1/checkout/sessions", half=True, times=1)
    page = desk.buys("pro")
    pages = till.v1.checkout.sessions.list({"customer": desk.account.customer_id}).data
    assert [one.id for one in pages] == [page.id]


@pytest.mark.parametrize("how", ["deleted", "of another account"])
def test_whose_customer_is_gone_buys_as_another(how, desk, till):
    desk.buys("pro")
    if how == "deleted":
        till.v1.customers.delete(desk.account.customer_id)
    else:
        desk.ledger[desk.tenant_id].account = replace(desk.account, customer_id="cus_nobody")
    assert till.pays(desk.buys("pro").page_url).status_code == 303
    desk.ledger.tells(desk.tenant_id, till.books)
    assert desk.sees.plan == "pro"


def test_an_upgrade_costs_what_its_preview_said(has_pro):
    said = preview("scale", who=has_pro.who)
    assert (said.happens, said.currency) == ("now", "usd")
    assert 19_000 < said.amount_due <= 20_000
    change("scale", who=has_pro.who)
    assert has_pro.sees.plan == "scale"
    assert abs(has_pro.invoices[0].amount_paid - said.amount_due) <= 5


def test_an_upgrade_with_a_declined_card_changes_nothing_and_another_card_works(has_pro):
    before = has_pro.sees
    has_pro.changes_card("pm_card_chargeCustomerFail")
    with pytest.raises(PaymentDeclined):
        change("scale", who=has_pro.who)
    has_pro.ledger.tells(has_pro.tenant_id, has_pro.till.books)
    assert has_pro.sees == before
    has_pro.changes_card("pm_card_visa")
    change("scale", who=has_pro.who)
    assert has_pro.sees.plan == "scale"


def test_a_lower_plan_then_the_end_then_going_on(has_pro):
    change("starter", who=has_pro.who)
    assert [(one.what, one.plan) for one in has_pro.sees.ahead] == [("changes_plan", "starter")]
    cancel(who=has_pro.who)
    assert [(one.what, one.plan) for one in has_pro.sees.ahead] == [("ends", "free")]
    resume(who=has_pro.who)
    assert [(one.what, one.plan) for one in has_pro.sees.ahead] == [("renews", None)]
    assert has_pro.sees.plan == "pro"


def test_the_end_then_a_lower_plan_then_a_higher_one(has_pro):
    cancel(who=has_pro.who)
    change("starter", who=has_pro.who)
    assert [(one.what, one.plan) for one in has_pro.sees.ahead] == [("changes_plan", "starter")]
    change("scale", who=has_pro.who)
    assert has_pro.sees.plan == "scale"
    assert [one.what for one in has_pro.sees.ahead] == ["renews"]


def test_changing_twice_is_paid_once(has_pro):
    change("scale", who=has_pro.who)
    paid = len(has_pro.invoices)
    has_pro.till.subscriptions.change_now(
        has_pro.ledger.known(has_pro.tenant_id).subscriptions[0].subscription.id, "scale", key="k"
    )
    assert sum(one.amount_paid for one in has_pro.invoices[: len(has_pro.invoices) - paid]) == 0


def test_who_never_bought_has_no_portal_and_who_did_has(desk, till):
    how = {"ledger": desk.ledger, "selling": till.selling, "trail": AuditLog()}
    with pytest.raises(Conflict):
        portal(desk.buyer, public_url="https://fragua.example", **how)
    assert how_paid(desk.account, selling=till.selling).state == "none"
    desk.has("starter")
    assert portal(desk.buyer, public_url="https://fragua.example", **how).startswith("http")
    assert how_paid(desk.account, selling=till.selling).kind == "card"


def test_while_stripe_is_down_the_plan_is_shown_and_a_change_is_looked_after(has_pro):
    has_pro.till.goes_wrong(method="POST", path="/v1/subscriptions/", status=503, times=9)
    try:
        with pytest.raises(PaymentsBusy):
            change("scale", who=has_pro.who)
    finally:
        has_pro.till.server.faults.clear()
    assert has_pro.sees.plan == "pro"
    assert has_pro.ledger[has_pro.tenant_id].looks_again
