"""Changing a subscription: other prices, another end, a pause; the invoice that it brings.

In: a subscription, parameters as of `POST /v1/subscriptions/{id}`. Out: it changed and told of. Callers: `subscriptions.py`,
`schedules.py`, `portal.py`, `renewals.py`, `previews.py`. The surprise: `payment_behavior` decides what is left when a card is
declined: nothing at all (`error_if_incomplete`), a change that waits to be paid (`pending_if_incomplete`), or one that is owed.
"""

from __future__ import annotations

from tests.stripe_server import blanks, cards, collecting, invoices, items, lines, lives, payments
from tests.stripe_server.changes import change as changed_fields
from tests.stripe_server.lines import fixed, metered
from tests.stripe_server.proration import boundary
from tests.stripe_server.wire import invalid

INCOMPLETE_S = 23 * 3600
"""How long a first payment, or that of a change, may be made up for."""
ASKS = "subscription_payment_intent_requires_action"
FOR_PENDING = {"items", "payment_behavior", "proration_behavior", "proration_date", "billing_cycle_anchor", "trial_end", "off_session", "expand"}  # fmt: skip


def change(account, found, params, *, card=None, on_session=False):
    _refuse_change(found, params)
    before = lives.copied(found)
    set_plain(found, params)
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


def set_plain(found, params):
    """What is simply kept. Answers nothing: who calls compares."""
    changed_fields(found, params, ["description", "collection_method", "days_until_due"])
    if "automatic_tax" in params:
        found["automatic_tax"] = {**blanks.NO_TAX, "enabled": params["automatic_tax"]["enabled"]}
        if found["automatic_tax"]["enabled"]:
            found["automatic_tax"]["liability"] = {"type": "self", "account": None}
    for name in ("payment_settings", "trial_settings"):
        if params.get(name):
            found[name] = {**found[name], **params[name]}


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
        chosen = cards.own_method(account, wish, customer)["id"] if wish else None
        found["default_payment_method"] = chosen


def _set_pause(found, params):
    if "pause_collection" in params:
        wish = params["pause_collection"] or None
        found["pause_collection"] = {"resumes_at": None, **wish} if wish else None


def _set_end(account, found, params):
    if "cancellation_details" in params:
        found["cancellation_details"] = {**found["cancellation_details"], **(params["cancellation_details"] or {})}  # fmt: skip
    if params.get("cancel_at_period_end"):
        will_end(account, found, lives.period(found)[1], is_at_period_end=True)
    elif params.get("cancel_at"):
        will_end(account, found, params["cancel_at"], is_at_period_end=False)
    elif params.get("cancel_at_period_end") is False or params.get("cancel_at") == "":
        reason = {**found["cancellation_details"], "reason": None}
        found.update(cancel_at=None, cancel_at_period_end=False, canceled_at=None, cancellation_details=reason)  # fmt: skip


def will_end(account, found, ends_at, *, is_at_period_end):
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
