"""What the double answers looks like what the SDK's classes say, field by field."""

import json

import pytest

from tests.stripe_server.shapes import wrong

NOON = 1_790_000_040 // 60 * 60


def plain(found):
    return json.loads(str(found))


@pytest.fixture
def all_there_is(client):
    """One of each, made as our own code makes them."""
    v1 = client.v1
    product = v1.products.create({"name": "Pro", "tax_code": "txcd_10103001"})
    meter = v1.billing.meters.create(
        {"display_name": "G", "event_name": "g", "default_aggregation": {"formula": "sum"}}
    )
    price = {
        "product": product.id,
        "currency": "usd",
        "recurring": {"interval": "month"},
        "unit_amount": 9900,
    }
    customer = v1.customers.create({"name": "Ana", "address": {"country": "ES"}})
    payload = {"stripe_customer_id": customer.id, "value": "1"}
    event = v1.billing.meter_events.create({"event_name": "g", "payload": payload})
    lost = {"stripe_customer_id": "cus_nobody", "value": "1"}
    v1.billing.meter_events.create({"event_name": "g", "payload": lost})
    minute = event.timestamp // 60 * 60
    span = {"customer": customer.id, "start_time": minute, "end_time": minute + 60}
    clock = v1.test_helpers.test_clocks.create({"frozen_time": NOON})
    endpoint = {"url": "http://127.0.0.1:9", "enabled_events": ["*"]}
    destination = {
        "name": "thin",
        "type": "webhook_endpoint",
        "event_payload": "thin",
        "enabled_events": ["v1.billing.meter.error_report_triggered"],
        "webhook_endpoint": {"url": "http://127.0.0.1:9"},
    }
    return [
        product,
        meter,
        v1.prices.create({**price, "expand": ["product", "tiers", "currency_options"]}),
        customer,
        event,
        v1.billing.meters.event_summaries.list(meter.id, span),
        v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": NOON + 60}),
        v1.webhook_endpoints.create(endpoint),
        client.v2.core.event_destinations.create(destination),
        v1.events.list({"limit": 100}),
    ]


def test_every_answer_has_the_fields_and_the_kinds_of_the_sdk(all_there_is):
    assert [fault for found in all_there_is for fault in wrong(plain(found))] == []


def test_what_an_event_tells_of_is_whole_too(client, all_there_is):
    told = [plain(event.data.object) for event in client.v1.events.list({"limit": 100})]
    assert len(told) > 4
    assert [fault for about in told for fault in wrong(about)] == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"created": None}, "customer.created is None, no int"),
        ({"livemode": "no"}, "customer.livemode is 'no', no bool"),
        ({"balance": True}, "customer.balance is True, no int"),
        ({"tax_exempt": "perhaps"}, "customer.tax_exempt is 'perhaps', none of"),
        ({"address": "here"}, "customer.address is 'here', no Address"),
        ({"colour": "red"}, "customer.colour is nothing that the SDK knows"),
        ({"preferred_locales": [7]}, "customer.preferred_locales[0] is 7, no str"),
        ({"invoice_settings": {"colour": 1}}, "customer.invoice_settings.colour is nothing"),
    ],
)
def test_what_looks_different_is_found(client, change, fault):
    found = plain(client.v1.customers.create({"name": "Ana"}))
    assert wrong(found) == []
    (said,) = wrong({**found, **change})
    assert said.startswith(fault)


def test_what_is_missing_is_found(client):
    found = plain(client.v1.products.create({"name": "Pro"}))
    del found["images"]
    assert wrong(found) == ["product.images is missing"]
