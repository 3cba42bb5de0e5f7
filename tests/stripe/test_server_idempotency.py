"""The same key, the same answer; and what goes wrong on the way: the double's faults, as the official SDK meets them."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from tests.stripe.conftest import client_of, double
from tests.stripe_server.server import Server

ONCE = {"idempotency_key": "the-key"}


def test_the_same_key_makes_one_customer(client):
    first = client.v1.customers.create({"name": "Ana"}, ONCE)
    again = client.v1.customers.create({"name": "Ana"}, ONCE)
    assert (again.id, again.last_response.headers["idempotent-replayed"]) == (first.id, "true")
    assert len(client.v1.customers.list().data) == 1
    assert len(client.v1.events.list().data) == 1


def test_a_key_is_forgotten_after_a_day():
    now = [1_000_000]
    with Server(clock=lambda: now[0]) as server:
        client = client_of(server)
        first = client.v1.customers.create({"name": "Ana"}, ONCE)
        now[0] += 24 * 3600 + 1
        assert client.v1.customers.create({"name": "Ana"}, ONCE).id != first.id


@pytest.mark.parametrize("name", ["Eva", "Ana "])
def test_a_key_is_for_one_set_of_parameters(client, name):
    client.v1.customers.create({"name": "Ana"}, ONCE)
    with pytest.raises(stripe.IdempotencyError, match="same parameters") as refused:
        client.v1.customers.create({"name": name}, ONCE)
    assert refused.value.http_status == 400


def test_a_key_is_for_one_address(client):
    client.v1.customers.create({"name": "Ana"}, ONCE)
    with pytest.raises(stripe.IdempotencyError):
        client.v1.products.create({"name": "Ana"}, ONCE)


def test_an_error_is_the_answer_of_its_key_too(client):
    product = {"id": "prod_1", "name": "Pro"}
    client.v1.products.create(product)
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError, match="already exists"):
            client.v1.products.create(product, ONCE)
    client.v1.products.delete("prod_1")
    with pytest.raises(stripe.InvalidRequestError, match="already exists"):
        client.v1.products.create(product, ONCE)


def test_a_key_is_free_again_when_the_parameters_were_refused(client):
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.customers.create({"nam": "Ana"}, ONCE)
    assert client.v1.customers.create({"name": "Ana"}, ONCE).name == "Ana"


def test_the_same_key_is_refused_while_the_first_is_at_work(server):
    server.faults.add({"path": "/v1/customers", "slow_s": 0.5})
    made = []
    first = threading.Thread(
        target=lambda: made.append(client_of(server).v1.customers.create({"name": "Ana"}, ONCE))
    )
    first.start()
    time.sleep(0.15)
    with pytest.raises(stripe.APIError) as refused:
        client_of(server).v1.customers.create({"name": "Ana"}, ONCE)
    first.join()
    assert (refused.value.http_status, refused.value.error.code) == (409, "idempotency_key_in_use")
    assert client_of(server).v1.customers.create({"name": "Ana"}, ONCE).id == made[0].id


def test_many_with_the_same_key_at_once_make_one_customer(server):
    def create(_):
        try:
            return client_of(server).v1.customers.create({"name": "Ana"}, ONCE).id
        except stripe.APIError as refused:
            return refused.http_status

    with ThreadPoolExecutor(16) as pool:
        answers = set(pool.map(create, range(48)))
    (made,) = client_of(server).v1.customers.list()
    assert answers <= {made.id, 409}


@pytest.mark.parametrize(
    ("status", "raised"),
    [
        (401, stripe.AuthenticationError),
        (402, stripe.CardError),
        (403, stripe.PermissionError),
        (429, stripe.RateLimitError),
        (500, stripe.APIError),
        (503, stripe.APIError),
    ],
)
def test_a_fault_is_met_as_often_as_it_was_wanted(server, client, status, raised):
    server.faults.add({"method": "POST", "path": "/v1/customers", "status": status, "times": 2})
    assert client.v1.customers.list().data == []
    for _ in range(2):
        with pytest.raises(raised):
            client.v1.customers.create({})
    assert client.v1.customers.create({}).id


def test_the_sdk_asks_again_for_a_lost_answer_and_nothing_is_done_twice(server):
    server.faults.add({"method": "POST", "path": "/v1/customers", "drop": "after"})
    made = client_of(server, retries=2).v1.customers.create({"name": "Ana"})
    assert [each.id for each in client_of(server).v1.customers.list()] == [made.id]
    assert [each["status"] for each in server.requests] == [200, 200, 200]


def test_half_an_answer_is_whole_for_who_asks_again_under_the_same_key(server):
    """The SDK does not: an answer that began is an error that it gives to its caller."""
    server.faults.add({"method": "POST", "path": "/v1/customers", "half": True})
    client = client_of(server, retries=2)
    with pytest.raises(stripe.APIConnectionError):
        client.v1.customers.create({"name": "Ana"}, ONCE)
    made = client.v1.customers.create({"name": "Ana"}, ONCE)
    assert [each.id for each in client.v1.customers.list()] == [made.id]


def test_a_request_that_is_lost_on_the_way_is_never_done(server, client):
    server.faults.add({"method": "POST", "path": "/v1/customers", "drop": "before"})
    with pytest.raises(stripe.APIConnectionError):
        client.v1.customers.create({"name": "Ana"})
    assert client.v1.customers.list().data == []


def test_what_was_asked_can_be_read(server, client):
    client.v1.customers.create({"name": "Ana"}, ONCE)
    (asked,) = double(server, "requests")["requests"]
    assert (asked["method"], asked["path"], asked["params"]) == ("POST", "/v1/customers", {"name": "Ana"})  # fmt: skip
    assert (asked["idempotency_key"], asked["status"]) == ("the-key", 200)
