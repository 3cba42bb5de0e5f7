"""Which bodies are Stripe's own. The signatures are made by the SDK."""

import json
import time
from datetime import UTC, datetime

import pytest
from stripe import WebhookSignature

from chalicelib.adapters.stripe_secret import StoredStripeSecret
from chalicelib.adapters.stripe_webhooks import StripeWebhooks
from chalicelib.errors import BadSignature, InvalidRequest, WrongMode

OLD, NEW, FOREIGN = "whsec_old", "whsec_new", "whsec_foreign"
INVOICE = {"id": "in_1", "object": "invoice", "customer": "cus_1"}


class Shelf:
    """Secrets Manager with one secret."""

    def __init__(self, *webhook_secrets, key="sk_test_1"):
        self.put(*webhook_secrets, key=key)
        self.reads = 0

    def put(self, *webhook_secrets, key="sk_test_1"):
        self.text = json.dumps({"api_key": key, "webhook_secrets": webhook_secrets})

    def read(self, name):
        self.reads += 1
        return self.text


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def webhooks(*secrets, key="sk_test_1"):
    return StripeWebhooks(StoredStripeSecret(Shelf(*(secrets or (NEW, OLD)), key=key), "s"))


def body(about=INVOICE, **changed):
    event = {
        "id": "evt_1",
        "object": "event",
        "type": "invoice.paid",
        "created": 1_790_000_000,
        "livemode": False,
        "data": {"object": about},
        "a_field_of_next_year": {"deep": [1]},
    }
    return json.dumps({**event, **changed})


def signed(text, secret=NEW, age_s=0):
    return WebhookSignature.generate_signature_header(text, secret, int(time.time()) - age_s)


def heard(text, hooks=None, **how):
    return (hooks or webhooks()).event(text.encode(), signed(text, **how))


def test_an_event_is_read_with_whose_it_is():
    event = heard(body())
    assert (event.id, event.kind, event.customer_id) == ("evt_1", "invoice.paid", "cus_1")
    assert event.happened_at == datetime.fromtimestamp(1_790_000_000, UTC)
    assert event.about == INVOICE
    assert not event.is_live


@pytest.mark.parametrize("secret", [NEW, OLD])
def test_both_secrets_are_good_while_they_rotate(secret):
    assert heard(body(), secret=secret).id == "evt_1"


def test_a_header_with_signatures_of_both_secrets_is_good_for_who_knows_one():
    text = body()
    both = signed(text, FOREIGN) + "," + signed(text, OLD).split(",")[1]
    assert webhooks(OLD).event(text.encode(), both).id == "evt_1"


def test_a_secret_that_was_put_there_a_moment_ago_is_read_when_it_is_met():
    shelf, clock = Shelf(OLD), Clock()
    hooks = StripeWebhooks(StoredStripeSecret(shelf, "s", clock=clock))
    heard(body(), hooks, secret=OLD)
    shelf.put(NEW, OLD)
    clock.now = 31
    assert heard(body(), hooks, secret=NEW).id == "evt_1"


def test_forged_events_do_not_become_reads_of_the_secret():
    shelf = Shelf(NEW)
    hooks = StripeWebhooks(StoredStripeSecret(shelf, "s", clock=Clock()))
    for _ in range(5):
        with pytest.raises(BadSignature):
            heard(body(), hooks, secret=FOREIGN)
    assert shelf.reads == 1


@pytest.mark.parametrize("age_s", [301, 86_400 * 365])
def test_what_was_signed_too_long_ago_is_refused(age_s):
    with pytest.raises(BadSignature):
        heard(body(), age_s=age_s)


def test_five_minutes_are_not_too_long_ago():
    assert heard(body(), age_s=295).id == "evt_1"


def test_each_byte_of_the_body_is_signed():
    text = body()
    good = signed(text)
    raw = text.encode()
    for at in range(0, len(raw), 7):
        changed = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        with pytest.raises(BadSignature):
            webhooks().event(changed, good)


@pytest.mark.parametrize(
    "header",
    ["", "t=1", "v1=aa", "t=x,v1=aa", "t=,v1=", "garbage", "t=1,v1=\u00e9", "t=-1,v1=aa", "=", ","],
)
def test_a_header_that_is_none_is_refused_and_not_a_crash(header):
    with pytest.raises(BadSignature):
        webhooks().event(body().encode(), header)


def test_a_body_that_is_no_text_is_nobodys():
    with pytest.raises(BadSignature):
        webhooks().event(b"\xff\xfe", "t=1,v1=aa")


def test_where_no_secret_is_known_nothing_is_good():
    with pytest.raises(BadSignature):
        StripeWebhooks(StoredStripeSecret(Shelf(), "s")).event(b"{}", "t=1,v1=aa")


def test_an_error_repeats_neither_body_nor_secret():
    with pytest.raises(BadSignature) as refused:
        heard(body({"id": "in_1", "email": "eva@agencia.example"}), secret=FOREIGN)
    told = repr(refused.value) + str(refused.value.facts) + repr(refused.value.__cause__)
    assert "eva@" not in told
    assert "whsec" not in told


@pytest.mark.parametrize(("is_live", "key"), [(True, "rk_test_1"), (False, "rk_live_1")])
def test_an_event_of_the_other_mode_is_refused(is_live, key):
    with pytest.raises(WrongMode):
        heard(body(livemode=is_live), webhooks(NEW, key=key))


def test_an_event_of_live_mode_is_read_with_a_live_key():
    assert heard(body(livemode=True), webhooks(NEW, key="sk_live_1")).is_live


@pytest.mark.parametrize(
    ("about", "customer_id"),
    [
        ({"object": "customer", "id": "cus_9"}, "cus_9"),
        ({"object": "invoice", "customer": {"id": "cus_8", "object": "customer"}}, "cus_8"),
        ({"object": "charge", "customer": None}, None),
        ({"object": "price", "id": "price_1"}, None),
        ({"object": "charge", "customer": 7}, None),
        ({"customer": "cus_7"}, "cus_7"),
    ],
)
def test_whose_it_is(about, customer_id):
    assert heard(body(about)).customer_id == customer_id


def test_a_thin_event_tells_what_it_is_about_and_of_no_customer():
    text = json.dumps(
        {
            "id": "evt_test_65R",
            "object": "v2.core.event",
            "type": "v1.billing.meter.error_report_triggered",
            "livemode": False,
            "created": "2026-11-22T10:00:00.000Z",
            "related_object": {"id": "mtr_1", "type": "billing.meter", "url": "/v1/billing/…"},
        }
    )
    event = heard(text)
    assert event.kind == "v1.billing.meter.error_report_triggered"
    assert event.happened_at == datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert event.about["related_object"]["id"] == "mtr_1"
    assert event.customer_id is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"object": "event"}',
        body(id=7),
        body(id=""),
        body(id="x" * 256),
        body(id="evt\u0000"),
        body(created="yesterday"),
        body(created=True),
        body(created=10**20),
        body(livemode="no"),
        body(object="customer"),
        body(data={"object": "in_1"}),
        "[" * 100_000,
    ],
)
def test_a_signed_body_that_is_no_event_is_a_malformed_request(text):
    with pytest.raises(InvalidRequest):
        heard(text)
