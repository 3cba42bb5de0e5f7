"""What a subscription consists of: items with a price each, as they are and as somebody wishes them.

In: parameters, prices of the store. Out: items; for a change, pairs of before and after. Callers: `subscriptions.py`,
`schedules.py`, `previews.py`. The surprise: nothing here is kept, so the same functions answer "what would it cost".
"""

from __future__ import annotations

from copy import deepcopy

from tests.stripe_server import blanks
from tests.stripe_server.changes import merged
from tests.stripe_server.lines import is_metered
from tests.stripe_server.wire import invalid

OF_PLAN = ("active", "billing_scheme", "created", "currency", "id", "livemode", "nickname", "product", "tiers_mode")  # fmt: skip


def sellable(account, price_id, param="items[0][price]"):
    price = account.store.get("price", price_id, param)
    if not price["active"]:
        raise invalid(
            "The price specified is inactive. This field only accepts active prices.", param
        )
    if not price["recurring"]:
        raise invalid("The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.", param)  # fmt: skip
    return price


def new_item(account, subscription_id, wish, at, period):
    price = sellable(account, wish["price"])
    item = blanks.made(
        blanks.ITEM,
        id=account.store.new_id("si", 14),
        created=at,
        current_period_start=period[0],
        current_period_end=period[1],
        metadata=merged({}, wish.get("metadata")),
        plan=_plan(price),
        price=deepcopy(price),
        subscription=subscription_id,
    )
    _set_quantity(item, wish.get("quantity"))
    return item


def _set_quantity(item, quantity):
    if is_metered(item["price"]):
        if quantity is not None:
            raise invalid("You cannot set the quantity of a metered price.", "items[0][quantity]")
        item.pop("quantity", None)
    else:
        item["quantity"] = item.get("quantity", 1) if quantity is None else quantity


def _plan(price):
    """The same in Stripe's older words."""
    return {
        "object": "plan",
        **{name: price[name] for name in OF_PLAN},
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "interval": price["recurring"]["interval"],
        "interval_count": price["recurring"]["interval_count"],
        "metadata": dict(price["metadata"]),
        "meter": price["recurring"]["meter"],
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": price["recurring"]["usage_type"],
    }


def wished(account, subscription, wishes, at):
    """`(items afterwards, [(before, after)])` of what is different; either of a pair may be None."""
    after = {item["id"]: deepcopy(item) for item in subscription["items"]["data"]}
    before = deepcopy(after)
    one = subscription["items"]["data"][0]
    period = one["current_period_start"], one["current_period_end"]
    for wish in wishes:
        if "id" not in wish:
            made = new_item(account, subscription["id"], wish, at, period)
            after[made["id"]] = made
        elif wish["id"] not in after:
            raise invalid(f"No such subscription item: '{wish['id']}'", "items", "resource_missing")
        elif wish.get("deleted"):
            del after[wish["id"]]
        else:
            _apply(account, after[wish["id"]], wish)
    _refuse_doubles(after.values())
    ids = [*before, *(id_ for id_ in after if id_ not in before)]
    pairs = [(before.get(id_), after.get(id_)) for id_ in ids]
    return list(after.values()), [pair for pair in pairs if _is_different(*pair)]


def _apply(account, item, wish):
    if "price" in wish:
        price = sellable(account, wish["price"])
        item["price"], item["plan"] = deepcopy(price), _plan(price)
    if "price" in wish or "quantity" in wish:
        _set_quantity(item, wish.get("quantity"))
    item["metadata"] = merged(item["metadata"], wish.get("metadata"))


def _refuse_doubles(items):
    if not items:
        raise invalid("A subscription must have at least one active plan.")
    prices = [item["price"]["id"] for item in items]
    if len(set(prices)) < len(prices):
        raise invalid("Subscription items must have different prices.", "items")
    if len({item["price"]["currency"] for item in items}) > 1:
        raise invalid("All prices of a subscription must have the same currency.", "items")


def _is_different(before, after):
    if before is None or after is None:
        return True
    return (before["price"]["id"], before.get("quantity")) != (
        after["price"]["id"],
        after.get("quantity"),
    )


def interval(items):
    """`(interval, count)` of those that are not metered, else of all."""
    fixed = [item for item in items if not is_metered(item["price"])] or items
    recurring = fixed[0]["price"]["recurring"]
    return recurring["interval"], recurring["interval_count"]
