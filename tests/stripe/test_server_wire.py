"""The double's wire, as the official SDK meets it: who may ask, parameters, errors, lists in pages, ids made whole."""

import pytest
import stripe

from tests.stripe.conftest import client_of
from tests.stripe_server.server import LIVE_KEY, Server


def test_what_is_made_can_be_read_again(client):
    made = client.v1.customers.create({"name": "Ana", "metadata": {"organization_id": "7"}})
    assert made.id.startswith("cus_")
    found = client.v1.customers.retrieve(made.id)
    assert (found.name, found.metadata.to_dict(), found.livemode) == ("Ana", {"organization_id": "7"}, False)  # fmt: skip


def test_an_answer_names_its_request_and_its_version(client):
    answer = client.v1.customers.create({}).last_response
    assert answer.headers["request-id"].startswith("req_")
    assert answer.headers["stripe-version"] == stripe.api_version


def test_metadata_is_merged_and_an_empty_text_takes_a_key_away(client):
    made = client.v1.customers.create({"metadata": {"a": "1", "b": "2"}})
    after = client.v1.customers.update(made.id, {"metadata": {"a": "", "c": "3"}})
    assert after.metadata.to_dict() == {"b": "2", "c": "3"}
    assert client.v1.customers.update(made.id, {"metadata": ""}).metadata.to_dict() == {}


def test_an_empty_text_unsets_a_field(client):
    made = client.v1.customers.create({"name": "Ana", "email": "ana@example.com"})
    assert client.v1.customers.update(made.id, {"email": ""}).email is None


def test_lists_keep_their_order_however_long_they_are(client):
    locales = [f"l{number}" for number in range(12)]
    made = client.v1.customers.create({"preferred_locales": locales})
    assert made.preferred_locales == locales


@pytest.mark.parametrize(
    ("params", "param", "code"),
    [
        ({"nam": "Ana"}, "nam", "parameter_unknown"),
        ({"address": {"line3": "x"}}, "address[line3]", "parameter_unknown"),
        ({"balance": "much"}, "balance", "parameter_invalid_integer"),
        ({"tax_exempt": "perhaps"}, "tax_exempt", None),
    ],
)
def test_a_parameter_that_stripe_would_refuse_is_refused(client, params, param, code):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.customers.create(params)
    assert (refused.value.http_status, refused.value.param, refused.value.code) == (400, param, code)  # fmt: skip
    assert client.v1.customers.list().data == []


def test_a_parameter_that_the_double_would_ignore_is_refused_and_nothing_is_done(client):
    with pytest.raises(stripe.APIError, match="does nothing with: source"):
        client.v1.customers.create({"name": "Ana", "source": "tok_visa"})
    assert client.v1.customers.list().data == []


def test_a_parameter_that_is_needed_is_asked_for(client):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.billing.meters.create({"display_name": "Generations", "event_name": "g"})
    assert (refused.value.param, refused.value.code) == ("default_aggregation", "parameter_missing")


def test_nothing_is_there_that_was_never_made(client):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.customers.retrieve("cus_nobody")
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")
    assert "No such customer: 'cus_nobody'" in str(refused.value)


def test_an_address_that_is_none_is_refused(client):
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
        client.raw_request("get", "/v1/unicorns")


def test_a_key_that_is_none_is_refused(server):
    with pytest.raises(stripe.AuthenticationError, match="Invalid API Key provided: sk_test_"):
        client_of(server, key="sk_test_guessed").v1.customers.list()


def test_a_restricted_key_may_do_what_it_was_given():
    rights = {"customers": "write", "events": "read"}
    with Server(keys={"sk_test_all": None, "rk_test_some": rights}) as server:
        client = client_of(server, key="rk_test_some").v1
        assert client.customers.create({"name": "Ana"}).name == "Ana"
        assert [event.type for event in client.events.list()] == ["customer.created"]
        with pytest.raises(stripe.PermissionError):
            client.products.create({"name": "Pro"})
        with pytest.raises(stripe.PermissionError):
            client.prices.list()


def test_live_and_test_mode_know_nothing_of_each_other(server, client):
    made = client.v1.customers.create({})
    live = client_of(server, key=LIVE_KEY).v1
    with pytest.raises(stripe.InvalidRequestError, match="exists in the other mode"):
        live.customers.retrieve(made.id)
    assert live.customers.list().data == []
    assert live.customers.create({}).livemode is True


def test_another_version_of_the_protocol_is_refused(client):
    with pytest.raises(stripe.InvalidRequestError, match="Invalid Stripe API version"):
        client.v1.customers.list(options={"stripe_version": "2019-01-01"})


def test_a_list_comes_in_pages_newest_first(client):
    made = [client.v1.customers.create({"name": str(number)}).id for number in range(7)]
    first = client.v1.customers.list({"limit": 3})
    assert ([each.id for each in first.data], first.has_more) == (made[:3:-1], True)
    assert [each.id for each in first.auto_paging_iter()] == made[::-1]
    before = client.v1.customers.list({"limit": 2, "ending_before": made[1]})
    assert ([each.id for each in before.data], before.has_more) == ([made[3], made[2]], True)


def test_a_list_begins_after_something_that_is_there(client):
    with pytest.raises(stripe.InvalidRequestError, match="No such"):
        client.v1.customers.list({"starting_after": "cus_nobody"})
    with pytest.raises(stripe.InvalidRequestError, match="limit"):
        client.v1.customers.list({"limit": 101})


def test_a_list_can_be_of_a_time(server):
    now = [1_000]
    with Server(clock=lambda: now[0]) as server:
        client = client_of(server).v1
        for now[0] in (1_000, 2_000, 3_000):
            client.customers.create({"name": str(now[0])})
        found = client.customers.list({"created": {"gte": 2_000, "lt": 3_000}})
        assert [each.name for each in found] == ["2000"]


def test_an_id_is_made_whole_for_who_asks(client):
    product = client.v1.products.create({"name": "Pro"})
    wanted = {"product": product.id, "currency": "usd", "unit_amount": 9900}
    price = client.v1.prices.create({**wanted, "expand": ["product"]})
    assert price.product.name == "Pro"
    listed = client.v1.prices.list({"expand": ["data.product"]})
    assert [each.product.name for each in listed] == ["Pro"]
    assert client.v1.prices.retrieve(price.id).product == product.id


@pytest.mark.parametrize("wish", ["unicorn", "currency", "product.unicorn", "a.b.c.d.e"])
def test_what_is_no_id_can_not_be_made_whole(client, wish):
    product = client.v1.products.create({"name": "Pro"})
    wanted = {"product": product.id, "currency": "usd", "unit_amount": 1, "expand": [wish]}
    with pytest.raises(stripe.InvalidRequestError, match="expand"):
        client.v1.prices.create(wanted)
    assert client.v1.prices.list().data == []


def test_what_is_deleted_says_so_and_can_not_be_changed(client):
    made = client.v1.customers.create({"name": "Ana"})
    assert client.v1.customers.delete(made.id).deleted is True
    assert client.v1.customers.retrieve(made.id).deleted is True
    assert client.v1.customers.list().data == []
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        client.v1.customers.update(made.id, {"name": "Eva"})
