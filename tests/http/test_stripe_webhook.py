"""`POST /webhooks/stripe`: which events are heard, which are turned away, and what is answered."""

import hashlib
import hmac
import json
import time
import uuid

import pytest
from stripe import WebhookSignature

from chalicelib.errors import DatabaseBusy
from chalicelib.http.webhooks import EVENT_BYTES_MAX
from tests.fakes_events import SIGNED_WITH
from tests.stripe_events import event_of, subscription_of

PATH = "/webhooks/stripe"
CUSTOMER = "cus_1"


def signed(body, *, secret=SIGNED_WITH, at=None):
    at = at or int(time.time())
    digest = hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


@pytest.fixture
def tenant(world):
    made = uuid.uuid4()
    world.stripe_events.opens(made, CUSTOMER)
    return made


@pytest.fixture
def deliver(app, world):
    from chalice.test import Client

    with Client(app) as client:

        def post(event, *, body=None, signature=None, headers=None):
            text = body if body is not None else json.dumps(event)
            sent = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
            if signature != "":
                sent["Stripe-Signature"] = signature or signed(text)
            answer = client.http.post(PATH, body=text.encode(), headers=sent)
            return answer.status_code, json.loads(answer.body)

        yield post


def subscribed(**more):
    now = int(time.time())
    return event_of(
        "customer.subscription.created", subscription_of(CUSTOMER, now=now), at=now, **more
    )


def test_an_event_changes_the_plan_of_the_organization_its_customer_leads_to(
    deliver, tenant, world
):
    assert deliver(subscribed()) == (200, {"outcome": "applied"})
    assert world.stripe_events.books[tenant].standing.plan == "pro"


def test_the_same_event_is_known_the_second_time(deliver, tenant, world):
    event = subscribed()
    assert deliver(event)[1] == {"outcome": "applied"}
    assert deliver(event) == (200, {"outcome": "known"})


@pytest.mark.parametrize("secret", [SIGNED_WITH, "whsec_old"])
def test_either_secret_is_good_while_it_is_being_changed(deliver, tenant, secret):
    body = json.dumps(subscribed())
    assert deliver(None, body=body, signature=signed(body, secret=secret))[0] == 200


@pytest.mark.parametrize(
    "signature",
    ["", "t=1", "v1=00", "garbage", "t=abc,v1=00", "t={now},v1=00", "v1=é,t={now}"],
)
def test_what_nobody_signed_is_refused(deliver, tenant, world, signature):
    signature = signature.format(now=int(time.time()))
    status, problem = deliver(subscribed(), signature=signature)
    assert (status, problem["type"]) == (400, "urn:fragua:problem:bad-signature")
    assert world.stripe_events.heard == {}


def test_a_signature_that_is_six_minutes_old_is_refused(deliver, tenant):
    body = json.dumps(subscribed())
    stale = signed(body, at=int(time.time()) - 360)
    assert deliver(None, body=body, signature=stale)[0] == 400


def test_a_body_with_one_byte_changed_is_refused(deliver, tenant, world):
    body = json.dumps(subscribed())
    good = signed(body)
    for at in range(0, len(body), 97):
        changed = body[:at] + ("~" if body[at] != "~" else "-") + body[at + 1 :]
        assert deliver(None, body=changed, signature=good)[0] == 400
    assert world.stripe_events.heard == {}


def test_the_body_is_taken_as_it_came_and_not_as_json_would_be_written_again(deliver, tenant):
    body = json.dumps(subscribed(), indent=3).replace("\n", "\r\n") + " \n"
    assert deliver(None, body=body)[0] == 200


def test_an_event_of_the_live_mode_is_refused_where_the_test_mode_is_used(deliver, tenant, world):
    status, problem = deliver(subscribed(livemode=True))
    assert (status, problem["type"]) == (400, "urn:fragua:problem:wrong-mode")
    assert world.stripe_events.heard == {}


def test_a_body_beyond_a_mebibyte_is_refused_before_anybody_looks_at_it(deliver, tenant):
    body = json.dumps({**subscribed(), "padding": "x" * EVENT_BYTES_MAX})
    assert deliver(None, body=body)[0] == 413


def test_a_body_of_almost_a_mebibyte_is_heard(deliver, tenant):
    event = {**subscribed(), "padding": ""}
    event["padding"] = "x" * (EVENT_BYTES_MAX - len(json.dumps(event)))
    assert deliver(event) == (200, {"outcome": "applied"})


def test_members_and_words_that_nobody_knows_yet_change_nothing(deliver, tenant, world):
    event = subscribed()
    event["data"]["object"] |= {"new_member": {"of": ["2031"]}, "status": "trialing"}
    event["new"] = 1
    assert deliver(event) == (200, {"outcome": "applied"})


def test_a_kind_that_nobody_knows_is_written_down_and_taken_for_good(deliver, tenant, world):
    event = event_of("treasury.unheard_of", {"object": "thing", "customer": CUSTOMER})
    assert deliver(event) == (200, {"outcome": "ignored"})
    assert world.stripe_events.heard == {event["id"]: "treasury.unheard_of"}


def test_an_event_of_a_customer_nobody_knows_is_taken_for_good(deliver, tenant):
    now = int(time.time())
    event = event_of("customer.subscription.created", subscription_of("cus_2", now=now), at=now)
    assert deliver(event) == (200, {"outcome": "unknown_customer"})


def test_an_object_that_names_another_organization_is_not_applied(deliver, tenant, world):
    event = subscribed()
    event["data"]["object"]["metadata"] = {"organization_id": str(uuid.uuid4())}
    assert deliver(event) == (200, {"outcome": "foreign"})
    assert world.stripe_events.books[tenant].standing.plan == "free"


def test_an_object_that_names_its_own_organization_is(deliver, tenant):
    event = subscribed()
    event["data"]["object"]["metadata"] = {"organization_id": str(tenant).upper()}
    assert deliver(event) == (200, {"outcome": "applied"})


def test_an_event_that_is_sent_again_a_year_later_changes_nothing(deliver, tenant, world):
    at = int(time.time()) - 365 * 86400
    event = event_of("customer.subscription.created", subscription_of(CUSTOMER, now=at), at=at)
    assert deliver(event) == (200, {"outcome": "too_old"})
    assert world.stripe_events.books[tenant].standing.plan == "free"


def test_what_lacks_something_we_need_is_taken_for_good_and_asked_for(deliver, tenant, world):
    event = subscribed()
    del event["data"]["object"]["items"]
    assert deliver(event) == (200, {"outcome": "unreadable"})
    assert world.jobs.put_jobs == [("billing", {"tenant_id": tenant})]


def test_a_database_that_goes_away_makes_stripe_send_it_again(deliver, tenant, world):
    world.stripe_events.broken = DatabaseBusy("It went away.")
    event = subscribed()
    assert deliver(event)[0] == 503
    world.stripe_events.broken = None
    assert deliver(event) == (200, {"outcome": "applied"})


def test_nobody_is_counted_and_credentials_mean_nothing(deliver, tenant):
    for _ in range(200):
        assert deliver(None, body="{}", signature="t=1,v1=0")[0] == 400
    status, _ = deliver(subscribed(), headers={"Authorization": "Bearer nonsense"})
    assert status == 200


def test_the_signature_of_these_tests_is_the_one_that_stripes_library_makes():
    assert signed("{}", at=7).endswith(WebhookSignature._compute_signature("7.{}", SIGNED_WITH))
