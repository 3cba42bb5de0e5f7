"""What the double tells over HTTP: signed for the SDK's own verification, until it is heard, in any order and number."""

import json
import time
from collections import Counter

import pytest
import stripe

from tests.stripe.conftest import client_of, double
from tests.stripe_server.server import Server

SECRET = "whsec_" + "a" * 32


@pytest.fixture
def told(listener):
    with Server(webhook=listener.url, webhook_secret=SECRET) as server:
        server.deliveries.retries_s = (0.02, 0.02, 0.02, 0.02)
        yield server


def heard(listener):
    return [json.loads(raw) for raw, _ in listener.heard]


def test_what_happens_is_told_and_the_sdk_believes_it(told, listener):
    made = client_of(told).v1.customers.create({"name": "Ana"}, {"idempotency_key": "k"})
    assert told.deliveries.wait_until_sent()
    ((raw, signature),) = listener.heard
    event = stripe.Webhook.construct_event(raw, signature, SECRET)
    assert (event.type, event.data.object.id) == ("customer.created", made.id)
    assert (event.request.idempotency_key, event.api_version) == ("k", stripe.api_version)
    assert event.livemode is False


def test_one_byte_more_and_the_sdk_does_not(told, listener):
    client_of(told).v1.customers.create({"name": "Ana"})
    assert told.deliveries.wait_until_sent()
    ((raw, signature),) = listener.heard
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(raw + b" ", signature, SECRET)


def test_both_secrets_sign_while_one_is_rolled(told, listener):
    client = client_of(told)
    new = "whsec_" + "b" * 32
    double(told, "webhooks/secrets", {"secrets": [new, SECRET]})
    client.v1.customers.create({"name": "Ana"})
    assert told.deliveries.wait_until_sent()
    for secret in (SECRET, new):
        assert (
            stripe.Webhook.construct_event(*listener.heard[-1], secret).type == "customer.created"
        )


def test_it_is_told_again_until_somebody_hears(told, listener):
    listener.statuses = [500, 503, 302]
    client = client_of(told)
    client.v1.customers.create({})
    assert told.deliveries.wait_until_sent()
    assert len({event["id"] for event in heard(listener)}) == 1
    assert len(listener.heard) == 4
    (event,) = client.v1.events.list()
    assert event.pending_webhooks == 0


def test_it_gives_up_after_the_last_try_and_tells_it_again_when_asked(told, listener):
    listener.statuses = [500] * 5
    client = client_of(told)
    client.v1.customers.create({})
    assert told.deliveries.wait_until_sent()
    (event,) = client.v1.events.list()
    assert (len(listener.heard), event.pending_webhooks) == (5, 1)
    double(told, "events/resend", {"id": event.id})
    assert told.deliveries.wait_until_sent()
    assert heard(listener)[-1]["id"] == event.id


def test_events_can_be_held_back_and_come_shuffled_and_twice(told, listener):
    client = client_of(told)
    double(told, "webhooks", {"is_held": True, "is_shuffled": True, "copies": 2, "seed": 3})
    made = client.v1.customers.create({"name": "0"})
    for number in range(1, 6):
        client.v1.customers.update(made.id, {"name": str(number)})
    time.sleep(0.2)
    assert listener.heard == []
    double(told, "webhooks", {"is_held": False})
    assert told.deliveries.wait_until_sent()
    names = [event["data"]["object"]["name"] for event in heard(listener)]
    assert sorted(names) == sorted("001122334455")
    assert names != sorted(names)


def test_several_are_sent_at_once_when_wanted(told, listener):
    client = client_of(told)
    double(told, "webhooks", {"is_held": True, "at_once": 8, "copies": 2})
    for _ in range(20):
        client.v1.customers.create({})
    double(told, "webhooks", {"is_held": False})
    assert told.deliveries.wait_until_sent()
    assert sorted(Counter(event["id"] for event in heard(listener)).values()) == [2] * 20


def test_an_event_tells_what_was_different_before(told, listener):
    client = client_of(told)
    made = client.v1.customers.create({"name": "Ana", "phone": "1"})
    client.v1.customers.update(made.id, {"name": "Eva", "phone": "1"})
    client.v1.customers.update(made.id, {"name": "Eva"})
    assert told.deliveries.wait_until_sent()
    assert [event["type"] for event in heard(listener)] == ["customer.created", "customer.updated"]
    assert heard(listener)[-1]["data"]["previous_attributes"] == {"name": "Ana"}
    assert heard(listener)[0]["data"]["object"]["name"] == "Ana"


def test_an_endpoint_hears_what_it_wants_until_it_is_disabled(server, client, listener):
    wanted = {"url": listener.url, "enabled_events": ["product.created"]}
    endpoint = client.v1.webhook_endpoints.create(wanted)
    client.v1.customers.create({})
    client.v1.products.create({"name": "Pro"})
    assert server.deliveries.wait_until_sent()
    event = stripe.Webhook.construct_event(*listener.heard[-1], endpoint.secret)
    assert (len(listener.heard), event.type) == (1, "product.created")
    assert "secret" not in client.v1.webhook_endpoints.retrieve(endpoint.id)
    client.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
    client.v1.products.create({"name": "Scale"})
    assert server.deliveries.wait_until_sent()
    assert len(listener.heard) == 1


def test_a_thin_event_tells_whom_it_is_about_and_is_fetched_for_the_rest(server, client, listener):
    destination = client.v2.core.event_destinations.create(
        {
            "name": "meters",
            "type": "webhook_endpoint",
            "event_payload": "thin",
            "enabled_events": ["v1.billing.meter.error_report_triggered"],
            "webhook_endpoint": {"url": listener.url},
            "include": ["webhook_endpoint.signing_secret"],
        }
    )
    formula = {"display_name": "G", "event_name": "g", "default_aggregation": {"formula": "sum"}}
    meter = client.v1.billing.meters.create(formula)
    payload = {"stripe_customer_id": "cus_nobody", "value": "1"}
    client.v1.billing.meter_events.create({"event_name": "g", "identifier": "i", "payload": payload})  # fmt: skip
    assert server.deliveries.wait_until_sent()
    raw, signature = listener.heard[-1]
    secret = destination.webhook_endpoint.signing_secret
    told = client.parse_event_notification(raw, signature, secret)
    assert (told.type, told.related_object.id) == ("v1.billing.meter.error_report_triggered", meter.id)  # fmt: skip
    (reason,) = told.fetch_event().data.reason.error_types
    assert (reason.code, reason.sample_errors[0].request.identifier) == ("meter_event_customer_not_found", "i")  # fmt: skip
    assert told.fetch_related_object().id == meter.id


def test_what_was_not_heard_yet_is_told_after_a_restart(tmp_path, listener):
    given = {"state": tmp_path / "stripe", "webhook": listener.url, "webhook_secret": SECRET}
    with Server(**given) as server:
        server.deliveries.choose(is_held=True)
        client_of(server).v1.customers.create({"name": "Ana"})
    assert listener.heard == []
    with Server(**given) as server:
        assert server.deliveries.wait_until_sent()
        assert [each.name for each in client_of(server).v1.customers.list()] == ["Ana"]
        assert len(client_of(server).v1.webhook_endpoints.list().data) == 1
    assert [event["type"] for event in heard(listener)] == ["customer.created"]
