"""What becomes of Stripe's refusals and silences: the official SDK, our windows, the double's faults."""

from __future__ import annotations

import io
import logging
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from uuid import uuid4

import pytest
import stripe

from chalicelib.adapters import stripe_http
from chalicelib.adapters.stripe_client import StripeApi
from chalicelib.errors import (
    NotFound,
    PaymentDeclined,
    PaymentsAccountRefused,
    PaymentsBusy,
    PlatformError,
)
from tests.billing.till import Known, till

CUSTOMERS = "/v1/customers"
KEY = "sk_test_thisisaverysecretkey000"


@pytest.fixture(scope="module")
def shared():
    with till() as made:
        yield made


@pytest.fixture
def here(shared, monkeypatch):
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.05)
    shared.server.requests.clear()
    yield shared
    shared.server.faults.clear()


def customers(here):
    return len(here.v1.customers.list({"limit": 100}).data)


# ---- the world's turn ----


@pytest.mark.parametrize(
    "fault",
    [
        {"drop": "before"},
        {"drop": "after"},
        {"half": True},
        {"status": 500},
        {"status": 503},
        {"status": 409},
        {"slow_s": 0.4, "drop": "after"},
    ],
    ids=str,
)
def test_what_goes_wrong_once_is_tried_again_and_done_once(here, fault):
    before = customers(here)
    here.goes_wrong(method="POST", path=CUSTOMERS, **fault)
    assert here.new_customer().id.startswith("cus_")
    assert customers(here) == before + 1


@pytest.mark.parametrize("times", [1, 2])
def test_all_tries_carry_the_same_key(here, times):
    here.goes_wrong(method="POST", path=CUSTOMERS, drop="after", times=times)
    here.new_customer(key=f"same-{times}")
    keys = [one["idempotency_key"] for one in here.asked(CUSTOMERS)]
    assert keys == [f"same-{times}"] * (times + 1)


@pytest.mark.parametrize(
    "fault",
    [{"drop": "before"}, {"half": True}, {"status": 500}, {"status": 409}, {"status": 429}],
    ids=str,
)
def test_what_stays_wrong_is_the_worlds_turn_and_safe_to_say_again(here, fault):
    before = customers(here)
    key, tenant_id = f"again-{fault}", uuid4()
    here.goes_wrong(method="POST", path=CUSTOMERS, times=9, **fault)
    with pytest.raises(PaymentsBusy):
        here.new_customer(key=key, tenant_id=tenant_id)
    here.server.faults.clear()
    here.new_customer(key=key, tenant_id=tenant_id)
    assert customers(here) == before + 1


def test_too_many_requests_are_not_made_more_by_trying_again(here):
    here.goes_wrong(method="POST", path=CUSTOMERS, status=429, times=9)
    with pytest.raises(PaymentsBusy, match="429, rate_limit"):
        here.new_customer()
    assert len(here.asked(CUSTOMERS)) == 1


def test_a_key_that_is_in_use_is_waited_for(here):
    here.goes_wrong(method="POST", path=CUSTOMERS, status=409, times=2)
    assert here.new_customer().id
    assert len(here.asked(CUSTOMERS)) == 3


def test_two_who_ask_with_one_key_at_the_same_time_are_given_one_thing(here, monkeypatch):
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.4)
    here.goes_wrong(method="POST", path=CUSTOMERS, slow_s=0.3)
    tenant_id = uuid4()
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(here.new_customer, key="both", tenant_id=tenant_id) for _ in range(2)]
        first, second = (one.result() for one in asked)
    assert first == second


def test_one_key_for_two_different_things_is_our_fault(here):
    here.new_customer(key="one", name="One")
    with pytest.raises(PlatformError, match="one key was used for two") as fault:
        here.new_customer(key="one", name="Another")
    assert fault.value.status == 500


def test_nobody_listens(here):
    deaf = StripeApi(Known(KEY), "http://127.0.0.1:9")
    with pytest.raises(PaymentsBusy, match="can't be reached"), deaf.speaking() as client:
        client.v1.customers.list()


def test_an_answer_that_is_no_json_is_no_answer(here, monkeypatch):
    said = [b"<html>proxy</html>", b'{"object": "list", "da', b'{"object": "list", "data": []}']
    monkeypatch.setattr(stripe_http, "_read", lambda answer, deadline: said.pop(0))
    with here.api.speaking() as client:
        assert client.v1.customers.list().data == []


# ---- time ----


@pytest.mark.parametrize("fault", [{"slow_s": 5}, {"status": 503}, {"drop": "before"}], ids=str)
def test_an_operation_ends_by_its_deadline_whatever_the_sdk_would_still_try(here, fault):
    hasty = StripeApi(Known(here.server.key), here.server.url, operation_s=1.2)
    here.goes_wrong(method="GET", path=CUSTOMERS, times=9, **fault)
    began = time.monotonic()
    with pytest.raises(PaymentsBusy), hasty.speaking() as client:
        client.v1.customers.list()
    assert time.monotonic() - began < 2


def test_all_calls_of_an_operation_share_one_deadline(here):
    hasty = StripeApi(Known(here.server.key), here.server.url, operation_s=1.5)
    here.goes_wrong(method="GET", path=CUSTOMERS, times=9, slow_s=0.6)
    began = time.monotonic()
    with pytest.raises(PaymentsBusy, match="in time"), hasty.speaking() as client:
        [client.v1.customers.list() for _ in range(9)]
    assert time.monotonic() - began < 2.5


def test_the_next_operation_has_time_again(here):
    hasty = StripeApi(Known(here.server.key), here.server.url, operation_s=1.2)
    here.goes_wrong(method="GET", path=CUSTOMERS, slow_s=5)
    with pytest.raises(PaymentsBusy), hasty.speaking() as client:
        client.v1.customers.list()
    with hasty.speaking() as client:
        assert client.v1.customers.list().data is not None


def test_two_operations_fit_into_a_request_of_the_api():
    api_lambda_s = 29
    assert api_lambda_s > 2 * stripe_http.OPERATION_S + 2
    assert stripe_http.CONNECT_S + stripe_http.TRY_S <= stripe_http.OPERATION_S


# ---- an operator's turn ----


@pytest.mark.parametrize("status", [400, 401, 403])
def test_what_stripe_refuses_is_an_operators_turn_and_tried_once(here, status):
    here.goes_wrong(method="POST", path=CUSTOMERS, status=status, times=9)
    with pytest.raises(PaymentsAccountRefused, match=f"{status}.*request req_"):
        here.new_customer()
    assert len(here.asked(CUSTOMERS)) == 1


def test_a_key_that_stripe_does_not_know_is_an_operators_turn(here):
    unknown = StripeApi(Known(KEY), here.server.url)
    with pytest.raises(PaymentsAccountRefused), unknown.speaking() as client:
        client.v1.customers.list()


def test_a_redirect_is_not_followed_with_the_key(here):
    here.goes_wrong(method="GET", path=CUSTOMERS, status=302)
    with pytest.raises(PaymentsAccountRefused, match="302"), here.api.speaking() as client:
        client.v1.customers.list()


# ---- somebody's turn ----


def test_what_is_not_there_is_not_found(here):
    with pytest.raises(NotFound):
        here.books.customer_now("cus_nobody")


def test_a_card_that_is_declined_is_said_with_the_banks_word(here):
    customer_id, subscription_id = here.subscribe("starter")
    bad = here.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer_id})
    default = {"invoice_settings": {"default_payment_method": bad.id}}
    here.v1.customers.update(customer_id, default)
    with pytest.raises(PaymentDeclined) as declined:
        here.subscriptions.change_now(subscription_id, "pro", key="declined")
    assert declined.value.facts["reason"] == "generic_decline"


# ---- what is told to whom ----


def test_nothing_of_the_key_is_in_errors_reprs_or_logs(here, caplog):
    caplog.set_level(logging.DEBUG)
    spoken = io.StringIO()
    api = StripeApi(Known(KEY), here.server.url)
    with (
        redirect_stderr(spoken),
        redirect_stdout(spoken),
        pytest.raises(PaymentsAccountRefused) as fault,
        api.speaking() as client,
    ):
        client.v1.customers.create({"name": "Eva", "email": "eva@agencia.example"})
    told = [repr(fault.value), str(fault.value), repr(fault.value.facts), caplog.text]
    told += [spoken.getvalue(), repr(api), repr(api._secret.current()), repr(fault.getrepr())]
    assert not [text for text in told if "verysecret" in text]
    assert not [text for text in told[:5] if "eva@" in text]
    assert fault.value.__cause__ is None


def test_the_sdks_own_log_stays_off_even_when_a_variable_asks_for_it(here, monkeypatch):
    monkeypatch.setattr(stripe._util, "STRIPE_LOG", "debug")
    spoken = io.StringIO()
    with redirect_stderr(spoken):
        api = StripeApi(Known(here.server.key), here.server.url)
        with api.speaking() as client:
            client.v1.customers.create({"email": "eva@agencia.example"})
    assert spoken.getvalue() == ""


def test_the_sdk_tells_nothing_of_this_machine(here, monkeypatch):
    sent = []
    plain = stripe_http._plain
    monkeypatch.setattr(
        stripe_http, "_plain", lambda headers: sent.append(plain(headers)) or sent[-1]
    )
    here.new_customer()
    here.new_customer()
    assert not stripe.enable_telemetry
    for headers in sent:
        assert {*headers} <= {
            "Authorization",
            "Content-Type",
            "Idempotency-Key",
            "Stripe-Version",
            "User-Agent",
        }
        assert headers["User-Agent"] == f"Stripe/v1 PythonBindings/{stripe.VERSION} fragua"


def test_the_environment_decides_nothing(here, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert StripeApi(Known(here.server.key), here.server.url) is not None
    assert here.new_customer().id


def test_a_notice_of_the_servers_is_no_warning_of_ours(here, monkeypatch):
    class Answer:
        status, headers = 200, {"Stripe-Notice": "Upgrade!", "Request-Id": "req_1"}

    monkeypatch.setattr(here.api._http._pool, "request", lambda *given, **named: Answer())
    monkeypatch.setattr(stripe_http, "_read", lambda answer, deadline: b'{"object": "list"}')
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with here.api.speaking() as client:
            client.v1.customers.list()


def test_a_key_that_was_replaced_is_used_from_then_on(here):
    known = Known(KEY)
    api = StripeApi(known, here.server.url)
    with pytest.raises(PaymentsAccountRefused), api.speaking() as client:
        client.v1.customers.list()
    known.secret = Known(here.server.key).secret
    with api.speaking() as client:
        assert client.v1.customers.list().data is not None
