"""What sync would do, decided without Stripe. `Shelf` keeps what the actions say, as Stripe would."""

from dataclasses import replace

import pytest

from chalicelib.billing.price_ids import read_price_ids
from chalicelib.billing.shelf import KINDS, Addresses, Of, Wanted, wanted
from chalicelib.billing.syncing import actions, line
from chalicelib.errors import Conflict

HERE = Addresses(
    webhook_url="https://fragua.example/webhooks/stripe",
    kinds=("invoice.paid", "v1.billing.meter.error_report_triggered"),
    api_version="2026-10-28.endive",
)
PREFIX = dict(zip(KINDS, ("prod", "mtr", "price", "bpc", "we", "ed"), strict=True))


class Shelf:
    def __init__(self):
        self.there = {kind: [] for kind in KINDS}
        self.made = 0

    def sync(self, wishes):
        planned = actions(wishes, self.there)
        ids = {}
        for action in planned:
            ids[action.kind, action.name] = self._do(action, ids)
        return [(one.verb, one.kind, one.name) for one in planned]

    def _do(self, action, ids):
        fields = filled(action.fields, ids)
        if fields.pop("transfer_lookup_key", False):
            for price in self.there["price"]:
                if price["lookup_key"] == fields["lookup_key"]:
                    price["lookup_key"] = None
        if action.verb == "create":
            return self._made(action.kind, fields)
        thing = self.find(action.id)
        thing.update(fields if action.verb != "reactivate" else {"status": "active"})
        return thing["id"]

    def _made(self, kind, fields):
        self.made += 1
        id_ = f"{PREFIX[kind]}_{self.made}"
        status = "active" if kind == "meter" else "enabled"
        extra = {"status": status} if kind in ("meter", "endpoint", "destination") else {}
        self.there[kind].insert(0, {"id": id_, "of_next_year": 1, **extra, **fields})
        return id_

    def find(self, id_):
        return next(one for things in self.there.values() for one in things if one["id"] == id_)

    def of(self, kind, mark):
        return [one for one in self.there[kind] if one.get("metadata", {}).get("fragua") == mark]


def filled(value, ids):
    if isinstance(value, Of):
        return ids[value.kind, value.name]
    if isinstance(value, dict):
        return {name: filled(one, ids) for name, one in value.items()}
    return value


def dearer(wishes, name, amount):
    return [
        replace(one, fields={**one.fields, "unit_amount_decimal": amount})
        if (one.kind, one.name) == ("price", name)
        else one
        for one in wishes
    ]


@pytest.fixture
def shelf():
    full = Shelf()
    full.sync(wanted("usd", HERE))
    return full


def test_an_empty_account_gets_everything_in_an_order_in_which_nothing_is_missing():
    done = Shelf().sync(wanted("usd", HERE))
    assert {kind for _, kind, _ in done} == {*KINDS}
    assert {verb for verb, _, _ in done} == {"create"}
    assert done.index(("create", "meter", "tokens")) < done.index(("create", "price", "tokens"))


def test_said_twice_it_does_nothing_more(shelf):
    assert shelf.sync(wanted("usd", HERE)) == []


def test_the_line_is_what_the_settings_read(shelf):
    ids = read_price_ids(line(shelf.there))
    assert {*ids.sold} == {"starter", "pro", "scale", "generations", "tokens"}
    assert ids.portal.startswith("bpc_")


def test_an_empty_account_has_an_empty_line():
    assert line(Shelf().there) == ""


def test_another_amount_is_another_price_and_the_old_one_stays_for_who_has_it(shelf):
    [old] = shelf.of("price", "pro")
    done = shelf.sync(dearer(wanted("usd", HERE), "pro", "10900"))
    assert done == [("create", "price", "pro")]
    ids = read_price_ids(line(shelf.there))
    assert ids.price_of("pro") != old["id"]
    assert ids.plan_of(old["id"]) == "pro"
    assert old["active"]
    assert old["lookup_key"] is None


def test_an_amount_that_comes_back_is_the_price_it_was(shelf):
    [old] = shelf.of("price", "pro")
    shelf.sync(dearer(wanted("usd", HERE), "pro", "10900"))
    assert shelf.sync(wanted("usd", HERE)) == [("update", "price", "pro")]
    assert read_price_ids(line(shelf.there)).price_of("pro") == old["id"]


def test_another_currency_is_another_price_of_each(shelf):
    done = shelf.sync(wanted("eur", HERE))
    assert done == [
        ("create", "price", name) for name in ("starter", "pro", "scale", "generations", "tokens")
    ]


def test_amounts_are_compared_as_numbers(shelf):
    shelf.of("price", "tokens")[0]["unit_amount_decimal"] = "0.0010"
    assert shelf.sync(wanted("usd", HERE)) == []


@pytest.mark.parametrize(
    ("kind", "mark", "change"),
    [
        ("product", "pro", {"active": False}),
        ("product", "pro", {"name": "Pro!"}),
        ("price", "pro", {"active": False}),
        ("portal", "portal", {"features": {"invoice_history": {"enabled": False}}}),
        ("endpoint", "events", {"enabled_events": ["*"]}),
    ],
)
def test_what_somebody_changed_by_hand_is_set_right(shelf, kind, mark, change):
    shelf.of(kind, mark)[0].update(change)
    [(verb, changed, _)] = shelf.sync(wanted("usd", HERE))
    assert (verb, changed) == ("update", kind)
    assert shelf.sync(wanted("usd", HERE)) == []


def test_a_meter_that_was_switched_off_is_switched_on(shelf):
    shelf.there["meter"][0]["status"] = "inactive"
    [(verb, kind, _)] = shelf.sync(wanted("usd", HERE))
    assert (verb, kind) == ("reactivate", "meter")
    assert shelf.sync(wanted("usd", HERE)) == []


def test_a_meter_that_counts_otherwise_is_a_persons_turn(shelf):
    shelf.there["meter"][0]["default_aggregation"] = {"formula": "count"}
    with pytest.raises(Conflict, match="default_aggregation"):
        shelf.sync(wanted("usd", HERE))


def test_once_it_is_switched_off_another_is_made_and_another_price_with_it(shelf):
    meter = shelf.there["meter"][0]
    meter.update(status="inactive", default_aggregation={"formula": "count"})
    done = shelf.sync(wanted("usd", HERE))
    name = meter["event_name"].removeprefix("fragua_")
    assert done == [("create", "meter", name), ("create", "price", name)]
    assert shelf.sync(wanted("usd", HERE)) == []


def test_an_endpoint_of_an_older_version_is_a_persons_turn_and_then_made_anew(shelf):
    [endpoint] = shelf.there["endpoint"]
    endpoint["api_version"] = "2020-08-27"
    with pytest.raises(Conflict, match="api_version"):
        shelf.sync(wanted("usd", HERE))
    endpoint["status"] = "disabled"
    assert shelf.sync(wanted("usd", HERE)) == [("create", "endpoint", "events")]


def test_where_events_go_is_left_alone_unless_somebody_says(shelf):
    shelf.there["endpoint"][0]["enabled_events"] = ["*"]
    assert shelf.sync(wanted("usd", Addresses())) == []


def test_thin_events_go_to_a_destination_of_their_own(shelf):
    assert shelf.there["endpoint"][0]["enabled_events"] == ["invoice.paid"]
    assert shelf.there["destination"][0]["enabled_events"] == [HERE.kinds[1]]


def test_a_product_that_is_not_sold_any_more_is_archived_once(shelf):
    wishes = wanted("usd", HERE)
    shelf.there["product"].append(
        {"id": "prod_gold", "active": True, "metadata": {"fragua": "gold"}}
    )
    assert shelf.sync(wishes) == [("archive", "product", "gold")]
    assert shelf.sync(wishes) == []


def test_other_things_of_the_account_are_never_looked_at(shelf):
    before = [
        {"id": "prod_x", "active": True, "name": "Chairs", "metadata": {}},
        {"id": "prod_y", "active": True, "name": "Fragua Pro"},
    ]
    shelf.there["product"] = [dict(one) for one in before] + shelf.there["product"]
    shelf.there["price"].insert(0, {"id": "price_x", "lookup_key": "chairs", "metadata": None})
    assert shelf.sync(wanted("usd", HERE)) == []
    assert shelf.there["product"][:2] == before


def test_of_two_that_are_ours_the_oldest_in_use_is_kept(shelf):
    [product] = shelf.of("product", "pro")
    shelf.there["product"].insert(0, {**product, "id": "prod_again", "name": "Another"})
    assert shelf.sync(wanted("usd", HERE)) == []


def test_tokens_cost_fractions_of_a_minor_unit():
    [tokens] = [one for one in wanted("usd", HERE) if (one.kind, one.name) == ("price", "tokens")]
    assert tokens.fields["unit_amount_decimal"] == "0.001"


def test_an_action_says_what_it_does():
    [first, *_] = actions(
        [Wanted(kind="product", name="pro", fields={"name": "Pro"})], Shelf().there
    )
    assert str(first).split() == ["create", "product", "pro", "Pro"]
