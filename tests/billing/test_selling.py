"""Customers, pages to pay on, ways to pay: our window against the double, through the SDK."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from stripe import StripeClient

from chalicelib.adapters.stripe_selling import StripeSelling, _payment_method
from chalicelib.billing.price_ids import read_price_ids
from chalicelib.errors import NotFound, PaymentsAccountRefused
from tests.billing.till import HERE, Known, till
from tests.stripe_server.server import LIVE_KEY


@pytest.fixture(scope="module")
def here():
    with till() as made:
        yield made


def test_a_customer_says_which_organization_it_is(here):
    tenant_id = uuid4()
    made = here.new_customer(tenant_id=tenant_id)
    found = here.v1.customers.retrieve(made.id)
    assert found.metadata["organization_id"] == str(tenant_id)
    assert (found.name, found.email, found.preferred_locales) == (
        "Agencia Eva",
        "eva@agencia.example",
        ["es"],
    )
    assert (made.is_live, made.test_clock_id, made.is_deleted) == (False, None, False)


def test_the_same_key_makes_one_customer(here):
    tenant_id = uuid4()
    made = [here.new_customer(key="once", tenant_id=tenant_id) for _ in range(2)]
    assert made[0] == made[1]


def test_an_organization_without_an_address_has_a_customer_too(here):
    made = here.selling.customer(uuid4(), name="A", email="", locale="en", key=uuid4().hex)
    assert here.v1.customers.retrieve(made.id).email is None


def test_a_page_sells_the_plan_and_what_goes_beyond_it(here):
    customer = here.new_customer()
    wish = here.wish(customer, "starter")
    page = here.selling.open_checkout(wish, key=uuid4().hex)
    assert (page.plan, page.status) == ("starter", "open")
    assert page.page_url.startswith(here.server.url)
    assert page.expires_at > datetime.now(UTC) + timedelta(hours=1)
    told = here.v1.checkout.sessions.retrieve(page.id, {"expand": ["line_items"]})
    assert [(one.price.id, one.quantity) for one in told.line_items.data] == [
        (here.prices.price_of("starter"), 1),
        (here.prices.price_of("generations"), None),
        (here.prices.price_of("tokens"), None),
    ]
    assert told.client_reference_id == told.metadata["organization_id"] == str(wish.tenant_id)
    assert (told.locale, told.success_url, told.cancel_url) == (
        "es",
        wish.success_url,
        wish.cancel_url,
    )
    assert not told.automatic_tax.enabled


def test_what_is_bought_there_says_whose_it_is(here):
    customer = here.new_customer()
    wish = here.wish(customer)
    page = here.selling.open_checkout(wish, key=uuid4().hex)
    here.presses(page.page_url, "pays")
    assert here.selling.checkout(page.id).status == "complete"
    [bought] = here.books.subscriptions_of(customer.id)
    assert (bought.subscription.plan, bought.subscription.status) == ("pro", "active")
    metadata = here.v1.subscriptions.retrieve(bought.subscription.id).metadata
    assert metadata["organization_id"] == str(wish.tenant_id)


def test_the_same_key_opens_one_page(here):
    wish = here.wish(here.new_customer())
    pages = [here.selling.open_checkout(wish, key="tabs") for _ in range(2)]
    assert pages[0] == pages[1]


def test_a_page_is_closed_once_and_stays_closed(here):
    page = here.selling.open_checkout(here.wish(here.new_customer()), key=uuid4().hex)
    for _ in range(2):
        closed = here.selling.expire_checkout(page.id)
        assert (closed.status, closed.page_url) == ("expired", None)


def test_a_page_that_was_paid_on_is_not_closed_but_told_of(here):
    page = here.selling.open_checkout(here.wish(here.new_customer()), key=uuid4().hex)
    here.presses(page.page_url, "pays")
    assert here.selling.expire_checkout(page.id).status == "complete"


def test_a_page_of_somebody_else_in_the_account_is_none_of_ours(here):
    item = {"price": here.prices.price_of("pro"), "quantity": 1}
    other = here.v1.checkout.sessions.create(
        {"mode": "subscription", "line_items": [item], "success_url": HERE}
    )
    with pytest.raises(NotFound):
        here.selling.checkout(other.id)


def test_with_stripe_tax_an_address_and_a_tax_number_are_asked_for(here):
    taxed = StripeSelling(here.api, here.prices, has_tax=True)
    page = taxed.open_checkout(here.wish(here.new_customer()), key=uuid4().hex)
    told = here.v1.checkout.sessions.retrieve(page.id)
    assert told.automatic_tax.enabled
    assert told.tax_id_collection.enabled
    assert told.billing_address_collection == "required"


def test_a_plan_without_a_price_is_an_operators_turn(here):
    selling = StripeSelling(here.api, read_price_ids(""))
    with pytest.raises(PaymentsAccountRefused, match="billing sync"):
        selling.open_checkout(here.wish(here.new_customer()), key=uuid4().hex)


def test_a_price_that_is_not_at_stripe_is_an_operators_turn(here):
    selling = StripeSelling(here.api, read_price_ids("pro=price_gone"))
    with pytest.raises((PaymentsAccountRefused, NotFound)):
        selling.open_checkout(here.wish(here.new_customer()), key=uuid4().hex)


def test_the_portal_is_ours_and_leads_back(here):
    customer = here.new_customer()
    url = here.selling.portal_url(customer.id, locale="es", return_url=f"{HERE}?portal")
    assert url.startswith(here.server.url)
    [asked] = here.asked("/v1/billing_portal/sessions")[-1:]
    assert asked["params"]["configuration"] == here.prices.portal
    assert (asked["params"]["locale"], asked["params"]["return_url"]) == ("es", f"{HERE}?portal")


def test_how_somebody_pays_is_what_they_paid_with(here):
    customer = here.new_customer()
    assert here.selling.payment_method(customer.id) is None
    page = here.selling.open_checkout(here.wish(customer), key=uuid4().hex)
    here.presses(page.page_url, "pays")
    method = here.selling.payment_method(customer.id)
    assert (method.kind, method.label, method.state) == ("card", "Visa •••• 4242", "good")


def test_a_customer_that_was_deleted_pays_with_nothing(here):
    customer = here.new_customer()
    here.v1.customers.delete(customer.id)
    assert here.selling.payment_method(customer.id) is None


def method(**told):
    return _payment_method({"type": "card", "card": told}, datetime(2026, 11, 22).date())


@pytest.mark.parametrize(
    ("year", "month", "state"),
    [
        (2026, 10, "expired"),
        (2025, 12, "expired"),
        (2026, 11, "expires_soon"),
        (2026, 12, "expires_soon"),
        (2027, 1, "good"),
    ],
)
def test_a_card_is_good_until_the_end_of_its_month(year, month, state):
    found = method(brand="visa", last4="4242", exp_year=year, exp_month=month)
    assert (found.state, found.expires) == (state, f"{year}-{month:02}")


def test_what_has_no_number_is_called_by_its_kind():
    today = datetime(2026, 11, 22).date()
    assert _payment_method({"type": "link", "link": {"email": "a@b.c"}}, today).label == "link"
    iban = {"type": "sepa_debit", "sepa_debit": {"last4": "3000"}}
    assert _payment_method(iban, today).label == "sepa_debit •••• 3000"
    assert _payment_method({"type": "of_next_year"}, today).state == "good"


def test_what_is_made_with_a_live_key_is_live(here):
    api = type(here.api)(Known(LIVE_KEY), here.server.url)
    made = StripeSelling(api, here.prices).customer(
        uuid4(), name="A", email="", locale="en", key=uuid4().hex
    )
    assert made.is_live
    assert StripeClient(LIVE_KEY, base_addresses={"api": here.server.url}).v1.customers.retrieve(
        made.id
    )
