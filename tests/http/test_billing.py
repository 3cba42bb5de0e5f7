"""`/v1/plans` and `/v1/billing` at the door: who buys, changes, cancels, and what they are told meanwhile."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from chalicelib.billing.records import Price, Standing
from chalicelib.errors import PaymentsAccountRefused, PaymentsBusy
from tests.fakes_billing import BEGAN, PERIOD, invoice
from tests.http.walking import Stage


@pytest.fixture
def stage(world, api):
    return Stage(world, api, None)


@pytest.fixture
def owner(stage):
    """`owner(method, path, body)` → (status, body) as a signed-in owner."""
    stage.credentials = stage.signed_in("owner")
    return lambda method, path, body=None: stage.send(method, path, body or {})[:2]


@pytest.fixture
def here(stage, world):
    """What is kept of the owner's organization."""
    return world.ledger[stage.own]


def bought(owner, stage, world, plan="pro"):
    """The id of the subscription; its event arrived."""
    page = owner("POST", "/v1/billing/checkout", {"plan": plan})[1]
    (checkout_id,) = [
        one.id for one in world.till.checkouts.values() if one.page_url == page["page_url"]
    ]
    subscription_id = world.till.pays(checkout_id)
    world.ledger.tells(stage.own, world.till)
    return subscription_id


@pytest.fixture
def has_pro(owner, stage, world):
    return bought(owner, stage, world)


def kind(answer):
    return answer[0], answer[1]["type"].removeprefix("urn:fragua:problem:")


def last_page(world):
    return list(world.till.checkouts)[-1]


# ---- plans ----


def test_anybody_sees_plans_with_our_prices_until_stripe_told_of_its(api):
    status, body, headers = api("GET", "/v1/plans", key="")
    assert (status, body["currency"], body["is_for_sale"]) == (200, "usd", True)
    assert [(one["plan"], one["month_price"]) for one in body["plans"]] == [
        ("free", 0),
        ("starter", 2900),
        ("pro", 9900),
        ("scale", 29900),
    ]
    assert headers["Cache-Control"] == "public, max-age=300"


def test_plans_cost_what_stripe_says(api, world):
    world.ledger.told_prices = [
        price("starter", 2500),
        price("pro", 8900),
        price("scale", 25000),
        price("generations", 250),
        price("tokens", "0.0009"),
    ]
    body = api("GET", "/v1/plans", key="")[1]
    assert [one["month_price"] for one in body["plans"]] == [0, 2500, 8900, 25000]
    assert (body["currency"], body["generation_price"], body["million_tokens_price"]) == (
        "eur",
        250,
        900,
    )


def price(name, amount):
    return Price(
        id=f"price_{name}",
        product_id="prod_1",
        is_active=True,
        currency="eur",
        unit_amount_decimal=Decimal(amount),
        interval="month",
    )


def test_plans_are_shown_where_nothing_is_sold_and_nothing_else_is(api, world, owner):
    world.settings = dataclasses.replace(world.settings, stripe_secret_id="")
    assert api("GET", "/v1/plans", key="")[1]["is_for_sale"] is False
    for method, path, body in (
        ("GET", "/v1/billing/subscription", None),
        ("POST", "/v1/billing/checkout", {"plan": "pro"}),
        ("POST", "/v1/billing/portal", None),
        ("GET", "/v1/billing/plan-change?plan=pro", None),
        ("PUT", "/v1/billing/plan", {"plan": "pro"}),
        ("POST", "/v1/billing/cancel", None),
        ("POST", "/v1/billing/resume", None),
        ("PUT", "/v1/billing/overage", {"generations_max": 1}),
        ("GET", "/v1/billing/invoices", None),
        ("GET", "/v1/billing/payment-method", None),
    ):
        assert kind(owner(method, path, body)) == (404, "billing-not-offered"), path


# ---- buying ----


def test_who_bought_nothing_sees_the_free_plan_and_the_calendar_month(owner):
    status, body = owner("GET", "/v1/billing/subscription")
    assert (status, body["plan"], body["state"]) == (200, "free", "current")
    assert (body["subscription"], body["ahead"], body["open_invoice"]) == (None, [], None)
    assert body["period"]["started_at"].endswith("-01T00:00:00Z")


def test_a_plan_is_bought_on_a_page_and_is_there_when_its_event_arrived(owner, stage, world):
    bought(owner, stage, world)
    body = owner("GET", "/v1/billing/subscription")[1]
    assert (body["plan"], body["subscription"]["status"]) == ("pro", "active")
    assert [one["what"] for one in body["ahead"]] == ["renews"]


def test_the_page_and_the_receipts_are_for_whoever_asks(owner, stage, world):
    assert owner("POST", "/v1/billing/checkout", {"plan": "starter"})[0] == 201
    (customer,) = world.till.customers.values()
    assert customer["email"] == world.people.read(stage.walker).email
    (wish,) = world.till.wishes.values()
    assert wish.success_url == "http://localhost:8000/billing?came=paid&lang=en"


def test_a_key_buys_in_the_name_of_the_oldest_owner(stage, world):
    owner_id = stage.person("owner")
    stage.credentials = stage.key("admin")
    assert stage.send("POST", "/v1/billing/checkout", {"plan": "starter"})[0] == 201
    (customer,) = world.till.customers.values()
    assert customer["email"] == world.people.read(owner_id).email


def test_a_second_tab_gets_the_same_page(owner, world):
    first = owner("POST", "/v1/billing/checkout", {"plan": "pro"})[1]
    assert owner("POST", "/v1/billing/checkout", {"plan": "pro"})[1] == first
    assert len(world.till.checkouts) == 1


def test_two_tabs_at_the_same_time_get_the_same_page(owner, world, here):
    """The second asks before the first has kept what it got."""
    first = owner("POST", "/v1/billing/checkout", {"plan": "pro"})[1]
    here.checkouts.clear()
    assert owner("POST", "/v1/billing/checkout", {"plan": "pro"})[1] == first


def test_a_page_for_another_plan_closes_the_one_before(owner, world):
    owner("POST", "/v1/billing/checkout", {"plan": "starter"})
    second = owner("POST", "/v1/billing/checkout", {"plan": "pro"})[1]
    statuses = {one.plan: one.status for one in world.till.checkouts.values()}
    assert statuses == {"starter": "expired", "pro": "open"}
    assert second["plan"] == "pro"


def test_two_tabs_that_want_different_plans_at_the_same_time_can_pay_on_one_page_only(
    owner, world, here
):
    owner("POST", "/v1/billing/checkout", {"plan": "starter"})
    (other,) = here.checkouts.values()
    here.checkouts.clear()
    keep = world.ledger.keep_checkout

    def later(tenant_id, checkout, *, by):
        here.checkouts[other.id] = other
        return keep(tenant_id, checkout, by=by)

    world.ledger.keep_checkout = later
    assert owner("POST", "/v1/billing/checkout", {"plan": "pro"})[0] == 201
    assert [one.plan for one in world.till.checkouts.values() if one.status == "open"] == ["pro"]


def test_who_paid_on_the_open_page_does_not_get_another_and_has_the_plan_at_once(owner, world):
    owner("POST", "/v1/billing/checkout", {"plan": "starter"})
    world.till.pays(last_page(world))
    for plan in ("pro", "starter"):
        assert kind(owner("POST", "/v1/billing/checkout", {"plan": plan})) == (409, "conflict")
    assert len(world.till.checkouts) == 1


def test_a_page_that_was_paid_on_is_found_out_before_its_event_arrives(stage, world):
    """Without an Idempotency-Key, which keeps nothing of what is refused."""
    ask = stage._api
    token = stage.signed_in("owner")
    ask("POST", "/v1/billing/checkout", {"plan": "starter"}, key=token)
    world.till.pays(last_page(world))
    ask("POST", "/v1/billing/checkout", {"plan": "starter"}, key=token)
    assert ask("GET", "/v1/billing/subscription", key=token)[1]["plan"] == "starter"


def test_a_page_that_expired_is_followed_by_another(owner, world):
    first = owner("POST", "/v1/billing/checkout", {"plan": "pro"})[1]
    world.till.lets_it_expire(last_page(world))
    second = owner("POST", "/v1/billing/checkout", {"plan": "pro"})[1]
    assert second["page_url"] != first["page_url"]


def test_a_page_whose_time_is_over_is_shown_as_expired(owner, here):
    owner("POST", "/v1/billing/checkout", {"plan": "pro"})
    (page,) = here.checkouts.values()
    here.checkouts[page.id] = dataclasses.replace(
        page, expires_at=datetime.now(UTC) - timedelta(seconds=1)
    )
    shown = owner("GET", "/v1/billing/subscription")[1]["checkout"]
    assert (shown["status"], shown["page_url"]) == ("expired", None)


def test_who_has_a_plan_changes_it_instead_of_buying_another(owner, has_pro):
    status, body = owner("POST", "/v1/billing/checkout", {"plan": "scale"})
    assert (status, body["plan"]) == (409, "pro")


def test_who_owes_is_led_to_the_invoice_instead_of_a_new_page(owner, has_pro, here):
    here.invoices.append(invoice())
    status, body = owner("POST", "/v1/billing/checkout", {"plan": "pro"})
    assert (status, body["page_url"]) == (402, "https://invoice.example/1")


def test_who_owes_for_what_has_ended_pays_that_before_anything_new(
    owner, stage, world, has_pro, here
):
    world.till.end_now(has_pro, key="x")
    world.ledger.tells(stage.own, world.till)
    here.invoices.append(invoice(subscription_id=has_pro))
    assert kind(owner("POST", "/v1/billing/checkout", {"plan": "pro"})) == (402, "payment-required")
    here.invoices.clear()
    assert owner("POST", "/v1/billing/checkout", {"plan": "pro"})[0] == 201


def test_after_its_end_a_plan_is_bought_anew_by_the_same_customer(owner, stage, world, has_pro):
    world.till.end_now(has_pro, key="x")
    world.ledger.tells(stage.own, world.till)
    assert owner("GET", "/v1/billing/subscription")[1]["plan"] == "free"
    bought(owner, stage, world, "starter")
    assert owner("GET", "/v1/billing/subscription")[1]["plan"] == "starter"
    assert len(world.till.customers) == 1


def test_a_customer_deleted_at_stripe_is_followed_by_another(owner, world, here):
    owner("POST", "/v1/billing/checkout", {"plan": "starter"})
    before = here.account.customer_id
    world.till.lets_it_expire(last_page(world))
    here.account = dataclasses.replace(here.account, customer_deleted_at=BEGAN)
    assert owner("POST", "/v1/billing/checkout", {"plan": "starter"})[0] == 201
    assert here.account.customer_id != before


@pytest.mark.parametrize("has_page", [True, False])
def test_a_customer_who_was_deleted_without_our_hearing_of_it_is_followed_by_another(
    has_page, owner, world, here
):
    owner("POST", "/v1/billing/checkout", {"plan": "starter"})
    before = here.account.customer_id
    del world.till.customers[before]
    if not has_page:
        here.checkouts.clear()
    world.till.checkouts.clear()
    status, body = owner("POST", "/v1/billing/checkout", {"plan": "starter"})
    assert (status, body["status"]) == (201, "open")
    assert here.account.customer_id != before


def test_a_plan_that_was_given_is_not_sold_to_who_has_it(owner, here):
    here.standing = Standing(
        plan="scale",
        state="current",
        state_ends_at=None,
        period_started_at=None,
        period_ends_at=None,
    )
    assert kind(owner("POST", "/v1/billing/checkout", {"plan": "starter"})) == (409, "conflict")


def test_nothing_is_sold_to_an_organization_that_is_going_to_be_deleted(owner):
    assert owner("DELETE", "/v1/organization", {"name": "Clínica"})[0] == 200
    assert kind(owner("POST", "/v1/billing/checkout", {"plan": "pro"})) == (409, "conflict")


def test_free_is_not_bought(owner):
    assert kind(owner("POST", "/v1/billing/checkout", {"plan": "free"})) == (422, "invalid-request")


@pytest.mark.parametrize("fault", [PaymentsBusy, PaymentsAccountRefused])
@pytest.mark.parametrize("step", ["customer", "open_checkout"])
def test_stripe_not_answering_while_somebody_buys_is_said_and_the_next_try_works(
    fault, step, owner, world
):
    world.till.faults[step] = fault("No.")
    assert kind(owner("POST", "/v1/billing/checkout", {"plan": "pro"})) == (503, fault.slug)
    assert owner("POST", "/v1/billing/checkout", {"plan": "pro"})[0] == 201
    assert len(world.till.checkouts) == 1


# ---- the portal, how it is paid, invoices ----


def test_who_never_bought_has_no_portal_and_no_way_to_pay(owner):
    assert kind(owner("POST", "/v1/billing/portal")) == (409, "conflict")
    assert owner("GET", "/v1/billing/payment-method") == (
        200,
        {"state": "none", "kind": None, "label": None, "expires": None},
    )


def test_who_bought_opens_the_portal_in_their_language(owner, has_pro, stage, world):
    sent = stage._api(
        "POST",
        "/v1/billing/portal",
        {},
        key=stage.credentials,
        headers={"Accept-Language": "es-ES"},
    )
    assert sent[0] == 200
    assert "locale=es" in sent[1]["page_url"]


def test_how_it_is_paid_is_asked_of_stripe(owner, has_pro, world):
    assert owner("GET", "/v1/billing/payment-method")[1]["label"] == "visa •••• 4242"
    world.till.faults["payment_method"] = PaymentsBusy("No.")
    assert kind(owner("GET", "/v1/billing/payment-method")) == (503, "payments-busy")


def test_invoices_come_in_pages_the_newest_first(owner, has_pro, here):
    here.invoices += [invoice(number, status="paid") for number in (1, 2, 3)]
    first = owner("GET", "/v1/billing/invoices?limit=2")[1]
    assert [one["number"] for one in first["items"]] == ["F-0003", "F-0002"]
    second = owner("GET", f"/v1/billing/invoices?limit=2&cursor={first['next_cursor']}")[1]
    assert [one["number"] for one in second["items"]] == ["F-0001"]
    assert second["next_cursor"] is None


def test_while_stripe_does_not_answer_what_is_known_is_shown(owner, has_pro, world):
    asked = len(world.till.asked)
    assert owner("GET", "/v1/billing/subscription")[0] == 200
    assert owner("GET", "/v1/billing/invoices")[0] == 200
    assert len(world.till.asked) == asked


# ---- another plan ----


def test_a_higher_plan_is_paid_and_there_at_once(owner, has_pro):
    seen = owner("GET", "/v1/billing/plan-change?plan=scale")[1]
    assert (seen["happens"], seen["amount_due"], seen["currency"]) == ("now", 20000, "usd")
    status, body = owner("PUT", "/v1/billing/plan", {"plan": "scale"})
    assert (status, body["plan"]) == (200, "scale")


def test_declined_nothing_changes_and_another_card_works(owner, has_pro, world):
    owner("POST", "/v1/billing/cancel")
    world.till.card_is_good = False
    status, body = owner("PUT", "/v1/billing/plan", {"plan": "scale"})
    assert (status, body["type"], body["reason"]) == (
        402,
        "urn:fragua:problem:payment-declined",
        "card_declined",
    )
    after = owner("GET", "/v1/billing/subscription")[1]
    assert (after["plan"], after["subscription"]["is_ending"]) == ("pro", True)
    world.till.card_is_good = True
    after = owner("PUT", "/v1/billing/plan", {"plan": "scale"})[1]
    assert (after["plan"], after["subscription"]["is_ending"]) == ("scale", False)


def test_a_lower_plan_begins_when_the_period_ends(owner, has_pro):
    seen = owner("GET", "/v1/billing/plan-change?plan=starter")[1]
    assert (seen["happens"], seen["amount_due"]) == ("at_period_end", 0)
    body = owner("PUT", "/v1/billing/plan", {"plan": "starter"})[1]
    assert (body["plan"], body["subscription"]["pending_plan"]) == ("pro", "starter")
    assert body["ahead"] == [
        {"happens_at": iso(BEGAN + PERIOD), "what": "changes_plan", "plan": "starter"}
    ]


def iso(moment):
    return moment.isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize("plan", ["pro", "starter", "free"])
def test_asking_for_what_is_so_already_asks_nothing_of_stripe(plan, owner, has_pro, world):
    owner("PUT", "/v1/billing/plan", {"plan": plan})
    asked = len(world.till.asked)
    assert owner("PUT", "/v1/billing/plan", {"plan": plan})[0] == 200
    assert owner("GET", f"/v1/billing/plan-change?plan={plan}")[1]["happens"] == "never"
    assert len(world.till.asked) == asked


def test_asking_for_the_present_plan_takes_back_a_lower_one(owner, has_pro):
    owner("PUT", "/v1/billing/plan", {"plan": "starter"})
    body = owner("PUT", "/v1/billing/plan", {"plan": "pro"})[1]
    assert body["subscription"]["pending_plan"] is None


def test_a_lower_plan_then_the_end_then_going_on_keeps_the_present_plan(owner, has_pro):
    owner("PUT", "/v1/billing/plan", {"plan": "starter"})
    ending = owner("POST", "/v1/billing/cancel")[1]
    assert (ending["subscription"]["is_ending"], ending["subscription"]["pending_plan"]) == (
        True,
        None,
    )
    assert [(one["what"], one["plan"]) for one in ending["ahead"]] == [("ends", "free")]
    going_on = owner("POST", "/v1/billing/resume")[1]
    assert (going_on["plan"], going_on["subscription"]["is_ending"]) == ("pro", False)
    assert [one["what"] for one in going_on["ahead"]] == ["renews"]


def test_a_lower_plan_instead_of_the_end(owner, has_pro):
    owner("POST", "/v1/billing/cancel")
    body = owner("PUT", "/v1/billing/plan", {"plan": "starter"})[1]
    assert (body["subscription"]["is_ending"], body["subscription"]["pending_plan"]) == (
        False,
        "starter",
    )


def test_a_higher_plan_takes_back_a_lower_one(owner, has_pro):
    owner("PUT", "/v1/billing/plan", {"plan": "starter"})
    body = owner("PUT", "/v1/billing/plan", {"plan": "scale"})[1]
    assert (body["plan"], body["subscription"]["pending_plan"]) == ("scale", None)


def test_free_as_a_plan_is_the_same_as_cancelling(owner, has_pro):
    assert owner("GET", "/v1/billing/plan-change?plan=free")[1]["happens"] == "at_period_end"
    assert owner("PUT", "/v1/billing/plan", {"plan": "free"})[1]["subscription"]["is_ending"]


def test_cancelling_and_going_on_twice_is_once(owner, has_pro, world):
    for path, call in (("cancel", "end_at_period_end"), ("resume", "go_on")):
        for _ in range(2):
            assert owner("POST", f"/v1/billing/{path}")[0] == 200
        assert world.till.asked.count(call) == 1


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/v1/billing/plan", {"plan": "pro"}),
        ("GET", "/v1/billing/plan-change?plan=pro", None),
        ("POST", "/v1/billing/cancel", None),
        ("POST", "/v1/billing/resume", None),
        ("PUT", "/v1/billing/overage", {"generations_max": 5}),
    ],
)
def test_who_bought_nothing_has_nothing_to_change(method, path, body, owner):
    assert kind(owner(method, path, body)) == (409, "conflict")


def test_what_has_ended_is_not_taken_back(owner, stage, world, has_pro):
    world.till.end_now(has_pro, key="x")
    world.ledger.tells(stage.own, world.till)
    assert kind(owner("POST", "/v1/billing/resume")) == (409, "conflict")


def test_who_owes_pays_first_before_a_higher_plan_and_may_always_leave(owner, has_pro, here):
    here.invoices.append(invoice(subscription_id=has_pro))
    status, body = owner("PUT", "/v1/billing/plan", {"plan": "scale"})
    assert (status, body["billing_state"], body["page_url"]) == (
        402,
        "past_due",
        "https://invoice.example/1",
    )
    assert owner("POST", "/v1/billing/cancel")[0] == 200


def test_a_price_by_agreement_is_cancelled_here_and_not_changed(owner, stage, world, here):
    owner("POST", "/v1/billing/checkout", {"plan": "starter"})
    world.till.subscribes(here.account.customer_id, None)
    world.ledger.tells(stage.own, world.till)
    assert kind(owner("PUT", "/v1/billing/plan", {"plan": "scale"})) == (409, "conflict")
    assert owner("POST", "/v1/billing/cancel")[0] == 200


@pytest.mark.parametrize(
    ("step", "method", "path", "body"),
    [
        ("change_now", "PUT", "/v1/billing/plan", {"plan": "scale"}),
        ("change_at_period_end", "PUT", "/v1/billing/plan", {"plan": "starter"}),
        ("end_at_period_end", "POST", "/v1/billing/cancel", None),
    ],
)
def test_an_answer_that_got_lost_is_said_and_looked_after(
    step, method, path, body, owner, has_pro, world, here
):
    world.till.faults[step] = PaymentsBusy("No answer.")
    assert kind(owner(method, path, body)) == (503, "payments-busy")
    assert here.looks_again
    assert owner(method, path, body)[0] == 200


def test_who_did_it_is_in_the_audit_log(owner, stage, world, has_pro):
    owner("PUT", "/v1/billing/plan", {"plan": "starter"})
    owner("POST", "/v1/billing/cancel")
    assert world.ledger.lines == [
        (f"user:{stage.walker}", action)
        for action in (
            "billing.checkout_opened",
            "billing.plan_change_scheduled",
            "billing.resumed",
            "billing.cancelled",
        )
    ]


def test_letters_leave_at_once(owner, has_pro, world):
    owner("PUT", "/v1/billing/plan", {"plan": "scale"})
    assert ("mail", {}) in world.jobs.put_jobs


# ---- beyond the plan ----


def test_going_beyond_the_plan_is_allowed_up_to_a_number_and_taken_back(owner, has_pro, world):
    body = owner("PUT", "/v1/billing/overage", {"generations_max": 5})[1]
    assert body["overage_generations_max"] == 5
    assert owner("PUT", "/v1/billing/overage", {"generations_max": 0})[0] == 200


def test_who_bought_nothing_may_say_that_nothing_goes_beyond(owner):
    assert owner("PUT", "/v1/billing/overage", {"generations_max": 0})[0] == 200


@pytest.mark.parametrize("wanted", [-1, 10_001, "5", 1.5, None])
def test_a_number_beyond_reason_is_refused(wanted, owner, has_pro):
    answer = owner("PUT", "/v1/billing/overage", {"generations_max": wanted})
    assert kind(answer) == (422, "invalid-request")


def test_an_upgrade_that_the_bank_asks_about_shows_where_to_confirm_it_and_owes_nothing(
    owner, has_pro, here
):
    here.invoices.append(invoice(subscription_id=has_pro, reason="subscription_update"))
    body = owner("GET", "/v1/billing/subscription")[1]
    assert body["state"] == "current"
    assert body["open_invoice"]["page_url"] == "https://invoice.example/1"


# ---- owing ----


def test_who_owes_sees_what_happens_when_and_where_to_pay(owner, has_pro, here):
    here.invoices.append(invoice(subscription_id=has_pro))
    body = owner("GET", "/v1/billing/subscription")[1]
    assert body["state"] == "past_due"
    assert body["open_invoice"]["page_url"] == "https://invoice.example/1"
    assert [(one["what"], one["happens_at"]) for one in body["ahead"]] == [
        ("tries_again", iso(BEGAN + timedelta(days=3))),
        ("grace", iso(BEGAN + timedelta(days=3))),
        ("read_only", iso(BEGAN + timedelta(days=10))),
        ("lapsed", iso(BEGAN + timedelta(days=24))),
        ("renews", iso(BEGAN + PERIOD)),
    ]


# ---- the page people come back to ----


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?came=paid&lang=es", "Gracias."),
        ("?came=paid&utm_source=letter", "Thank you."),
        ("?came=left", "Nothing was paid."),
        ("?came=back&lang=es", "Ya está de vuelta."),
        ("", "Billing"),
    ],
)
def test_people_come_back_to_a_page_that_says_what_happened(query, said, api):
    status, html, headers = api("GET", f"/billing{query}", key="")
    assert (status, f"<h1>{said}</h1>" in html) == (200, True)
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_the_page_shows_nothing_that_was_sent_to_it(api):
    status, body, _ = api("GET", "/billing?came=<script>", key="")
    assert (status, "<script>" in str(body)) == (422, False)
