"""Subscriptions: begun, found again, and their items.

In: parameters. Out: subscriptions. Callers: `routes.py`, `checkout.py`. `changing.py` changes them, `ending.py` ends them,
`renewals.py` lets them live on. The surprise: a subscription is `incomplete` until its first invoice is paid, and what is told
of it first says so.
"""

from __future__ import annotations

from tests.stripe_server import (
    blanks,
    cards,
    changing,
    collecting,
    customers,
    ending,
    invoices,
    items,
    lines,
    lives,
    payments,
)
from tests.stripe_server.changes import merged
from tests.stripe_server.proration import DAY_S, boundary
from tests.stripe_server.wire import INCLUDABLE, invalid, page, whole_list


def create(account, params):
    params.get("off_session")  # A card that asks, asks either way.
    customer = customers.alive(account, params["customer"])
    return begin(account, customer, params)


def begin(account, customer, params, *, card=None, on_session=False, is_confirmed=False):
    """As `POST /v1/subscriptions`; a page knows more: the card, that its holder is there and has said yes to the bank."""
    at = account.now(customer)
    trial_end = _trial_end(params, at)
    made = _new(account, customer, params, at, trial_end)
    account.tell("customer.subscription.created", made)
    period = lives.period(made)
    draw = lines.of_trial if trial_end else lines.of_plan
    found = [draw(account, made, item, period) for item in lines.fixed(made)]
    invoice = invoices.drafted(account, made, "subscription_create", found)
    how = params.get("payment_behavior", "allow_incomplete")
    if how == "default_incomplete" and invoice["amount_due"]:
        invoices.finalized(account, invoice)
        payments.intent_for(account, invoice)
        return made
    done = collecting.finish(
        account, invoice, card=card, on_session=on_session, is_confirmed=is_confirmed
    )
    if done and done.status != "succeeded" and how == "error_if_incomplete":
        raise collecting.refused_card(done, code=changing.ASKS, is_kept=False)
    return made


def _trial_end(params, at):
    if params.get("trial_period_days"):
        return at + params["trial_period_days"] * DAY_S
    wish = params.get("trial_end")
    return wish if wish not in (None, "", "now") else None


def _new(account, customer, params, at, trial_end):
    id_ = account.store.new_id("sub")
    chosen = [
        items.new_item(account, id_, wish, at, (at, at)) for wish in params.get("items") or ()
    ]
    if not chosen:
        raise invalid("Missing required param: items.", "items", "parameter_missing")
    items._refuse_doubles(chosen)
    unit, count = items.interval(chosen)
    ends = trial_end or boundary(at, 1, unit, count)
    for item in chosen:
        item["current_period_end"] = ends
    default = params.get("default_payment_method")
    made = account.new(
        "subscription",
        "sub",
        of=customer,
        **blanks.made(
            blanks.SUBSCRIPTION,
            billing_cycle_anchor=trial_end or at,
            currency=chosen[0]["price"]["currency"],
            id=id_,
            customer=customer["id"],
            default_payment_method=cards.own_method(account, default, customer)["id"]
            if default
            else None,
            items=whole_list(chosen, f"/v1/subscription_items?subscription={id_}"),
            metadata=merged({}, params.get("metadata")),
            start_date=at,
            status="trialing" if trial_end else "incomplete",
            test_clock=customer["test_clock"],
            trial_end=trial_end,
            trial_start=at if trial_end else None,
        ),
    )
    changing.set_plain(made, params)
    if params.get("cancel_at_period_end"):
        changing.will_end(account, made, lives.period(made)[1], is_at_period_end=True)
    return made


def update(account, params, id_):
    return changing.change(account, account.store.get("subscription", id_), params)


def retrieve(account, params, id_):
    return account.store.get("subscription", id_)


def listed(account, params):
    wanted = {name: params[name] for name in ("customer", "collection_method", "test_clock") if name in params}  # fmt: skip
    found = account.store.all("subscription", **wanted)
    status = params.get("status")
    if status is None:
        found = [each for each in found if each["status"] != "canceled"]
    elif status == "ended":
        found = [each for each in found if lives.is_over(each)]
    elif status != "all":
        found = [each for each in found if each["status"] == status]
    if "price" in params:
        found = [each for each in found if any(item["price"]["id"] == params["price"] for item in each["items"]["data"])]  # fmt: skip
    return page(found, params, "/v1/subscriptions")


def list_items(account, params):
    found = account.store.get("subscription", params["subscription"], "subscription")
    return page(found["items"]["data"], params, "/v1/subscription_items", newest_first=False)


def _with_item(account, id_):
    for found in account.store.all("subscription"):
        for item in found["items"]["data"]:
            if item["id"] == id_:
                return found, item
    raise invalid(f"No such subscription item: '{id_}'", "item", "resource_missing")


def retrieve_item(account, params, id_):
    return _with_item(account, id_)[1]


def update_item(account, params, id_):
    found, _ = _with_item(account, id_)
    of_item = {name: params[name] for name in ("price", "quantity", "metadata") if name in params}
    rest = {name: value for name, value in params.items() if name not in of_item}
    changing.change(account, found, {**rest, "items": [{"id": id_, **of_item}]})
    return _with_item(account, id_)[1]


def _alive_of(account, customer):
    found = account.store.all("subscription", customer=customer["id"])
    alive = [each for each in found[::-1] if not lives.is_over(each)]
    return whole_list(alive, f"/v1/customers/{customer['id']}/subscriptions")


INCLUDABLE["customer", "subscriptions"] = _alive_of
ROUTES = {
    ("POST", "/v1/subscriptions"): (create, "SubscriptionCreateParams"),
    ("GET", "/v1/subscriptions"): (listed, "SubscriptionListParams"),
    ("GET", "/v1/subscriptions/{id}"): (retrieve, "SubscriptionRetrieveParams"),
    ("POST", "/v1/subscriptions/{id}"): (update, "SubscriptionUpdateParams"),
    ("DELETE", "/v1/subscriptions/{id}"): (ending.cancel, "SubscriptionCancelParams"),
    ("POST", "/v1/subscriptions/{id}/resume"): (ending.resume, "SubscriptionResumeParams"),
    ("GET", "/v1/subscription_items"): (list_items, "SubscriptionItemListParams"),
    ("GET", "/v1/subscription_items/{id}"): (retrieve_item, "SubscriptionItemRetrieveParams"),
    ("POST", "/v1/subscription_items/{id}"): (update_item, "SubscriptionItemUpdateParams"),
}
