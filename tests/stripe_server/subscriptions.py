"""Subscriptions: begun, changed, paused, ended; the invoice that each of these brings.

In: parameters. Out: subscriptions. Callers: `routes.py`, `checkout.py`, `schedules.py`, pages. `renewals.py` lets them live on.
The surprise: `payment_behavior` decides what is left when a card is declined: nothing at all (`error_if_incomplete`), a change that
waits to be paid (`pending_if_incomplete`), or a change that is owed.
"""

from __future__ import annotations

from tests.stripe_server import (
    blanks,
    collecting,
    customers,
    invoices,
    items,
    lines,
    lives,
    payments,
)
from tests.stripe_server.changes import change as changed_fields
from tests.stripe_server.changes import merged
from tests.stripe_server.proration import DAY_S, boundary
from tests.stripe_server.wire import INCLUDABLE, invalid, page, whole_list

INCOMPLETE_S = 23 * 3600
"""How long a first payment, or that of a change, may be made up for."""
ASKS = "subscription_payment_intent_requires_action"
FOR_PENDING = {"items", "payment_behavior", "proration_behavior", "proration_date", "billing_cycle_anchor", "trial_end", "off_session", "expand"}  # fmt: skip


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
    found = [draw(account, made, item, period) for item in fixed(made)]
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
        raise collecting.refused_card(done, code=ASKS, is_kept=False)
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
            default_payment_method=payments.own_method(account, default, customer)["id"]
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
    _set_plain(made, params)
    if params.get("cancel_at_period_end"):
        _will_end(account, made, lives.period(made)[1], is_at_period_end=True)
    return made


def fixed(subscription):
    return [item for item in subscription["items"]["data"] if not lines.is_metered(item["price"])]


def metered(subscription):
    return [item for item in subscription["items"]["data"] if lines.is_metered(item["price"])]


def _set_plain(found, params):
    """What is simply kept. Answers nothing: who calls compares."""
    changed_fields(found, params, ["description", "collection_method", "days_until_due"])
    if "automatic_tax" in params:
        found["automatic_tax"] = {**blanks.NO_TAX, "enabled": params["automatic_tax"]["enabled"]}
        if found["automatic_tax"]["enabled"]:
            found["automatic_tax"]["liability"] = {"type": "self", "account": None}
    for name in ("payment_settings", "trial_settings"):
        if params.get(name):
            found[name] = {**found[name], **params[name]}


# -- change


def update(account, params, id_):
    return change(account, account.store.get("subscription", id_), params)


def change(account, found, params, *, card=None, on_session=False):
    _refuse_change(found, params)
    before = lives.copied(found)
    _set_plain(found, params)
    _set_method(account, found, params)
    _set_pause(found, params)
    _set_end(account, found, params)
    if (
        any(name in params for name in ("items", "trial_end"))
        or params.get("billing_cycle_anchor") == "now"
    ):
        _change_what_is_paid(account, found, params, before, card, on_session)
    lives.told_change(account, found, before)
    return found


def _refuse_change(found, params):
    if lives.is_over(found) and set(params) - {"metadata", "cancellation_details"}:
        raise invalid("A canceled subscription can only update its cancellation_details and metadata.")  # fmt: skip
    if found["schedule"] and {"cancel_at", "cancel_at_period_end"} & set(params):
        raise invalid(f"The subscription is managed by the subscription schedule `{found['schedule']}`, and updating any cancelation behavior directly is not allowed. Please update the schedule instead.")  # fmt: skip
    is_pending = params.get("payment_behavior") == "pending_if_incomplete"
    if is_pending and (unfit := sorted(set(params) - FOR_PENDING)):
        raise invalid(f"When `payment_behavior` is set to `pending_if_incomplete`, you can't pass {', '.join(unfit)}.", unfit[0])  # fmt: skip


def _set_method(account, found, params):
    if "default_payment_method" in params:
        wish = params["default_payment_method"]
        customer = account.store.find(found["customer"])
        chosen = payments.own_method(account, wish, customer)["id"] if wish else None
        found["default_payment_method"] = chosen


def _set_pause(found, params):
    if "pause_collection" in params:
        wish = params["pause_collection"] or None
        found["pause_collection"] = {"resumes_at": None, **wish} if wish else None


def _set_end(account, found, params):
    if "cancellation_details" in params:
        found["cancellation_details"] = {**found["cancellation_details"], **(params["cancellation_details"] or {})}  # fmt: skip
    if params.get("cancel_at_period_end"):
        _will_end(account, found, lives.period(found)[1], is_at_period_end=True)
    elif params.get("cancel_at"):
        _will_end(account, found, params["cancel_at"], is_at_period_end=False)
    elif params.get("cancel_at_period_end") is False or params.get("cancel_at") == "":
        reason = {**found["cancellation_details"], "reason": None}
        found.update(cancel_at=None, cancel_at_period_end=False, canceled_at=None, cancellation_details=reason)  # fmt: skip


def _will_end(account, found, ends_at, *, is_at_period_end):
    if not isinstance(ends_at, int):
        ends_at = lives.period(found)[1]
    found.update(
        cancel_at=ends_at,
        cancel_at_period_end=is_at_period_end,
        canceled_at=account.now(found),
        cancellation_details={**found["cancellation_details"], "reason": "cancellation_requested"},
    )


def _change_what_is_paid(account, found, params, before, card, on_session):
    at = params.get("proration_date") or account.now(found)
    after, pairs = items.wished(account, found, params.get("items") or (), at)
    found["items"]["data"] = after
    how = params.get("proration_behavior", "create_prorations")
    if starts_anew(before, after, params):
        restart(account, found, pairs, at, how)
        invoice = account.store.find(found["latest_invoice"])
    else:
        rest = prorations(account, before, pairs, at) if how != "none" else []
        if rest and how == "create_prorations":
            invoices.wait_for_next(account, found, rest)
        if not rest or how != "always_invoice":
            return
        invoice = invoices.drafted(account, found, "subscription_update", rest)
    _pay_for_change(account, found, params, before, invoice, card, on_session)


def starts_anew(before, after, params):
    """Whether the period begins now instead of going on."""
    is_other_length = items.interval(before["items"]["data"]) != items.interval(after)
    is_out_of_trial = params.get("trial_end") == "now" and before["status"] == "trialing"
    return is_other_length or is_out_of_trial or params.get("billing_cycle_anchor") == "now"


def prorations(account, before, pairs, at):
    """Lines for what is different, for the rest of the period; a trial costs nothing either way."""
    if before["status"] == "trialing":
        return []
    return [line for old, new in pairs for line in lines.of_change(account, before, old, new, at) if line["amount"]] if pairs else []  # fmt: skip


def restart(account, found, pairs, at, how, *, is_final_later=False):
    begins, _ = lives.period(found)
    was_trial = found["status"] == "trialing"
    owed = restarted(account, found, pairs, at, how)
    reason = "subscription_cycle" if was_trial else "subscription_update"
    return invoices.drafted(
        account, found, reason, owed, period=(begins, at), is_final_later=is_final_later
    )


def restarted(account, found, pairs, at, how):
    """A period that begins now: what is unused of the old one is given back, the new one is paid whole. Answers the lines."""
    begins, _ = lives.period(found)
    was_trial = found["status"] == "trialing"
    credits = _unused(account, found, pairs, at) if how != "none" and not was_trial else []
    usage = [lines.of_usage(account, found, item, (begins, at)) for item in metered(found)]
    unit, count = items.interval(found["items"]["data"])
    found["billing_cycle_anchor"] = at
    lives.set_period(found, at, boundary(at, 1, unit, count))
    if was_trial:
        found.update(status="active", trial_end=at)
    plans = [lines.of_plan(account, found, item, lives.period(found)) for item in fixed(found)]
    return [*credits, *usage, *plans]


def _unused(account, found, pairs, at):
    replaced = {new["id"] if new else old["id"]: old for old, new in pairs if old}
    whole = [replaced.get(item["id"], item) for item in found["items"]["data"]]
    given_back = [*whole, *(old for old, new in pairs if old and new is None)]
    return [line for item in given_back for line in lines.of_change(account, found, item, None, at)]


def _pay_for_change(account, found, params, before, invoice, card, on_session):
    how = params.get("payment_behavior", "allow_incomplete")
    if how == "pending_if_incomplete":
        invoice["_is_pending_update"] = True
    if how == "default_incomplete" and invoice["amount_due"]:
        invoices.finalized(account, invoice)
        payments.intent_for(account, invoice)
        return lives.changed(account, found, status="past_due")
    done = collecting.finish(account, invoice, card=card, on_session=on_session)
    if done is None or done.status == "succeeded":
        return None
    if how == "error_if_incomplete":
        raise collecting.refused_card(done, code=ASKS, is_kept=False)
    if how == "pending_if_incomplete":
        _wait_for_payment(account, found, before, invoice)
    return None


def _wait_for_payment(account, found, before, invoice):
    """The change is not made; paying the invoice makes it."""
    wished_for = found["items"]["data"]
    found.update({name: before[name] for name in ("items", "billing_cycle_anchor", "status", "trial_end")})  # fmt: skip
    found["pending_update"] = {
        **blanks.nothing("billing_cycle_anchor trial_end trial_from_plan"),
        "expires_at": account.now(found) + INCOMPLETE_S,
        "subscription_items": lives.copied(wished_for),
        "_items": wished_for,
        "_invoice": invoice["id"],
    }


# -- end, pause


def cancel(account, params, id_):
    found = account.store.get("subscription", id_)
    if lives.is_over(found):
        raise invalid(f"No such subscription: '{id_}'", "id", "resource_missing")
    if params.get("cancellation_details"):
        found["cancellation_details"] = {**found["cancellation_details"], **params["cancellation_details"]}  # fmt: skip
    if params.get("invoice_now") or params.get("prorate"):
        _bill_the_end(
            account, found, is_now=params.get("invoice_now"), has_rest=params.get("prorate")
        )
    return end(account, found, "cancellation_requested")


def end(account, found, reason):
    for invoice in invoices.of_subscription(account, found, "open", "draft"):
        invoice.update(
            auto_advance=False, next_payment_attempt=None, automatically_finalizes_at=None
        )
    return lives.ended(account, found, reason)


def _bill_the_end(account, found, *, is_now, has_rest):
    at = account.now(found)
    begins, _ = lives.period(found)
    owed = [lines.of_usage(account, found, item, (begins, at)) for item in metered(found)] if is_now else []  # fmt: skip
    if has_rest:
        owed += [line for item in fixed(found) for line in lines.of_change(account, found, item, None, at)]  # fmt: skip
    if is_now:
        invoice = invoices.drafted(account, found, "subscription_cycle", owed, period=(begins, at))
        collecting.finish(account, invoice)
    else:
        invoices.wait_for_next(account, found, owed)


def end_all(account, customer):
    for found in account.store.all("subscription", customer=customer["id"]):
        if not lives.is_over(found):
            end(account, found, "cancellation_requested")


customers.ENDS.append(end_all)


def resume(account, params, id_):
    found = account.store.get("subscription", id_)
    if found["status"] != "paused":
        raise invalid("You can only resume a subscription whose status is paused.")
    at = account.now(found)
    before = lives.copied(found)
    unit, count = items.interval(found["items"]["data"])
    found.update(billing_cycle_anchor=at, status="active", status_details=None)
    lives.set_period(found, at, boundary(at, 1, unit, count))
    plans = [lines.of_plan(account, found, item, lives.period(found)) for item in fixed(found)]
    invoice = invoices.drafted(account, found, "subscription_update", plans)
    collecting.finish(account, invoice)
    lives.told_change(account, found, before)
    account.tell("customer.subscription.resumed", found)
    return found


# -- reading


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
    change(account, found, {**rest, "items": [{"id": id_, **of_item}]})
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
    ("DELETE", "/v1/subscriptions/{id}"): (cancel, "SubscriptionCancelParams"),
    ("POST", "/v1/subscriptions/{id}/resume"): (resume, "SubscriptionResumeParams"),
    ("GET", "/v1/subscription_items"): (list_items, "SubscriptionItemListParams"),
    ("GET", "/v1/subscription_items/{id}"): (retrieve_item, "SubscriptionItemRetrieveParams"),
    ("POST", "/v1/subscription_items/{id}"): (update_item, "SubscriptionItemUpdateParams"),
}
