"""What an invoice consists of: a plan for the period that begins, what was metered in the one that ended, shares of both.

In: items of a subscription, periods. Out: line items, not yet of an invoice. Callers: `invoices.py`, `subscriptions.py`,
`renewals.py`. The surprise: a metered line is counted again until its invoice is final, so what is reported late is still in it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from tests.stripe_server import blanks, meters
from tests.stripe_server.proration import share, whole


def is_metered(price):
    return bool(price["recurring"]) and price["recurring"]["usage_type"] == "metered"


def fixed(subscription):
    return [item for item in subscription["items"]["data"] if not is_metered(item["price"])]


def metered(subscription):
    return [item for item in subscription["items"]["data"] if is_metered(item["price"])]


def cost(price, quantity=1):
    """Whole minor units for so many of it."""
    return whole(Decimal(price["unit_amount_decimal"] or 0) * quantity)


def product_name(account, price):
    found = account.store.find(price["product"])
    return found["name"] if found else price["product"]


def of_plan(account, subscription, item, period):
    """One period in advance."""
    price, quantity = item["price"], item.get("quantity", 1)
    each = Decimal(price["unit_amount_decimal"] or 0) / 100
    about = f"{quantity} × {product_name(account, price)} (at {each:.2f} {price['currency']} / {price['recurring']['interval']})"
    return line(account, subscription, item, cost(price, quantity), period, description=about)


def of_trial(account, subscription, item, period):
    about = f"Trial period for {product_name(account, item['price'])}"
    return line(account, subscription, item, 0, period, description=about)


def of_usage(account, subscription, item, period):
    """One period behind."""
    made = line(account, subscription, item, 0, period, description="")
    recount(account, subscription["customer"], made, item["price"])
    return made


def recount(account, customer_id, made, price):
    """What the meter says now of the line's period."""
    meter = account.store.get("billing.meter", price["recurring"]["meter"])
    period = made["period"]
    quantity = meters.total(account, meter, customer_id, period["start"], period["end"])
    made.update(
        quantity=int(quantity),
        quantity_decimal=f"{quantity:f}",
        amount=cost(price, quantity),
        subtotal=cost(price, quantity),
        description=f"{quantity} × {product_name(account, price)}",
        _is_usage=True,
    )


def of_change(account, subscription, before, after, at):
    """The unused rest of what was, and the rest of what is instead, by the second."""
    period = before["current_period_start"], before["current_period_end"]
    day = datetime.fromtimestamp(at, UTC).strftime("%d %b %Y")
    rest = (at, period[1])
    found = []
    for item, sign, words in ((before, -1, "Unused time on"), (after, 1, "Remaining time on")):
        if item is None or is_metered(item["price"]):
            continue
        price = item["price"]
        amount = sign * share(cost(price, item.get("quantity", 1)), at, period)
        about = f"{words} {product_name(account, price)} after {day}"
        found.append(
            line(account, subscription, item, amount, rest, description=about, is_proration=True)
        )
    return found


def line(account, subscription, item, amount, period, *, description, is_proration=False):
    price = item["price"]
    quantity = item.get("quantity", 1)
    details = {
        "invoice_item": None,
        "proration": is_proration,
        "proration_details": {"credited_items": None},
        "subscription": subscription["id"],
        "subscription_item": item["id"],
    }
    return blanks.made(
        blanks.LINE,
        id=account.store.new_id("il"),
        amount=amount,
        currency=price["currency"],
        description=description,
        discountable=not is_proration,
        invoice=None,
        livemode=account.store.is_live,
        parent={
            "invoice_item_details": None,
            "subscription_item_details": details,
            "type": "subscription_item_details",
        },
        period={"start": period[0], "end": period[1]},
        pricing={
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
        quantity=quantity,
        quantity_decimal=str(quantity),
        subscription=subscription["id"],
        subtotal=amount,
    )
