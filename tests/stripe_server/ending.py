"""The end of a subscription, at once, and going on after a pause.

In: a subscription. Out: it ended, with what it still owes billed when asked for. Callers: `subscriptions.py`, `schedules.py`,
`renewals.py`, `customers.py` by way of `ENDS`. The surprise: what was open stays open, but nobody is asked for it any more.
"""

from __future__ import annotations

from tests.stripe_server import collecting, customers, invoices, items, lines, lives
from tests.stripe_server.lines import fixed, metered
from tests.stripe_server.proration import boundary
from tests.stripe_server.wire import invalid


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


customers.ENDS.append(end_all)
