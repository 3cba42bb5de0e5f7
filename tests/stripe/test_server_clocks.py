"""Test clocks of the double: who lives by one stays where it stands."""

from email.utils import formatdate

import pytest
import stripe

from tests.stripe.conftest import client_of
from tests.stripe_server.server import Server

THEN = 1_800_000_000


def test_a_customer_of_a_clock_lives_in_its_time_and_so_do_its_events(client):
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": THEN, "name": "life"})
    made = client.v1.customers.create({"test_clock": clock.id})
    client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": THEN + 60})
    client.v1.customers.update(made.id, {"name": "Ana"})
    told = client.v1.events.list({"types": ["customer.created", "customer.updated"]})
    assert made.created == THEN
    assert [each.created for each in told] == [THEN + 60, THEN]


def test_a_clock_says_that_it_goes_and_then_that_it_is_there(client):
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": THEN})
    going = client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": THEN + 60})
    there = client.v1.test_helpers.test_clocks.retrieve(clock.id)
    assert (going.status, there.status, there.frozen_time) == ("advancing", "ready", THEN + 60)
    kinds = [each.type.rsplit(".", 1)[1] for each in client.v1.events.list()]
    assert kinds == ["ready", "advancing", "created"]


def test_a_clock_does_not_go_back(client):
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": THEN})
    with pytest.raises(stripe.InvalidRequestError, match="after its current frozen time"):
        client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": THEN})


def test_a_list_of_customers_has_those_of_a_clock_only_for_who_asks(client):
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": THEN})
    made = client.v1.customers.create({"test_clock": clock.id})
    assert client.v1.customers.list().data == []
    assert [each.id for each in client.v1.customers.list({"test_clock": clock.id})] == [made.id]


def test_who_lived_by_a_clock_ends_with_it(client):
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": THEN})
    made = client.v1.customers.create({"test_clock": clock.id})
    assert client.v1.test_helpers.test_clocks.delete(clock.id).deleted is True
    assert client.v1.customers.retrieve(made.id).deleted is True


def test_an_answers_date_is_of_the_time_that_the_double_lives_in():
    with Server(clock=lambda: THEN) as server:
        answer = client_of(server).v1.customers.list().last_response
    assert answer.headers["date"] == formatdate(THEN, usegmt=True)
