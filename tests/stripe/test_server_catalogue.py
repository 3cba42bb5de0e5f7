"""Products and prices of the double: what can be bought, as the official SDK makes and finds it."""

import pytest
import stripe


def price_of(client, product, /, **more):
    wanted = {"product": product, "currency": "usd", "recurring": {"interval": "month"}}
    return client.v1.prices.create({**wanted, "unit_amount": 9900, **more})


@pytest.fixture
def product(client):
    return client.v1.products.create({"name": "Pro", "metadata": {"fragua": "pro"}}).id


def test_a_price_is_found_by_its_lookup_key(client, product):
    made = price_of(client, product, lookup_key="pro")
    price_of(client, product, lookup_key="other")
    (found,) = client.v1.prices.list({"lookup_keys": ["pro"]})
    assert (found.id, found.unit_amount, str(found.unit_amount_decimal)) == (made.id, 9900, "9900")


def test_a_lookup_key_belongs_to_one_price_and_moves_only_when_asked_to(client, product):
    old = price_of(client, product, lookup_key="pro")
    with pytest.raises(stripe.InvalidRequestError, match="already uses that lookup key"):
        price_of(client, product, lookup_key="pro")
    new = price_of(client, product, lookup_key="pro", transfer_lookup_key=True)
    assert client.v1.prices.retrieve(old.id).lookup_key is None
    assert client.v1.prices.retrieve(new.id).lookup_key == "pro"


def test_a_price_keeps_its_lookup_key_when_something_else_changes(client, product):
    made = price_of(client, product, lookup_key="pro")
    assert client.v1.prices.update(made.id, {"active": False}).lookup_key == "pro"
    assert client.v1.prices.update(made.id, {"lookup_key": "pro"}).lookup_key == "pro"


def test_a_price_never_changes_what_it_costs(client, product):
    made = price_of(client, product)
    with pytest.raises(stripe.InvalidRequestError, match="unknown parameter: unit_amount"):
        client.v1.prices.update(made.id, {"unit_amount": 1})


def test_a_price_may_have_fractions_of_a_minor_unit(client, product):
    meter = client.v1.billing.meters.create(
        {"display_name": "T", "event_name": "t", "default_aggregation": {"formula": "sum"}}
    )
    made = client.v1.prices.create(
        {
            "product": product,
            "currency": "usd",
            "unit_amount_decimal": "0.001",
            "recurring": {"interval": "month", "usage_type": "metered", "meter": meter.id},
        }
    )
    assert (made.unit_amount, str(made.unit_amount_decimal)) == (None, "0.001")
    assert made.recurring.meter == meter.id


@pytest.mark.parametrize(
    ("more", "match"),
    [
        ({"recurring": {"interval": "month", "usage_type": "metered"}}, "backed by a meter"),
        ({"recurring": {"interval": "fortnight"}}, "must be one of"),
        ({"unit_amount": -1}, "Invalid decimal"),
        ({"product": "prod_nobody"}, "No such product"),
    ],
)
def test_a_price_that_makes_no_sense_is_refused(client, product, more, match):
    with pytest.raises(stripe.InvalidRequestError, match=match):
        price_of(client, product, **more)
    assert client.v1.prices.list().data == []


def test_a_product_with_prices_is_archived_not_deleted(client, product):
    price_of(client, product)
    with pytest.raises(stripe.InvalidRequestError, match="cannot be deleted"):
        client.v1.products.delete(product)
    assert client.v1.products.update(product, {"active": False}).active is False
    assert client.v1.products.list({"active": True}).data == []


def test_every_change_of_the_catalogue_is_told(client, product):
    made = price_of(client, product, lookup_key="pro")
    client.v1.products.update(product, {"name": "Pro", "description": "More"})
    client.v1.prices.update(made.id, {"active": False})
    told = [(each.type, each.data.object.id) for each in client.v1.events.list()][::-1]
    assert told == [
        ("product.created", product),
        ("price.created", made.id),
        ("product.updated", product),
        ("price.updated", made.id),
    ]
