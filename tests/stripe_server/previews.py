"""What an invoice would be: of a change, or of the next renewal. Nothing is kept.

In: a subscription and what is wished of it. Out: an invoice whose id begins with `upcoming_in_`. Callers: `routes.py`.
The surprise: with `always_invoice` it is the change alone; otherwise the change is on top of the next period.
"""

from __future__ import annotations

from tests.stripe_server import changing, customers, invoices, items, lines, lives
from tests.stripe_server.proration import period_at
from tests.stripe_server.wire import invalid


def preview(account, params):
    if "subscription" not in params:
        raise invalid("This double previews invoices of subscriptions.", "subscription")
    real = account.store.get("subscription", params["subscription"], "subscription")
    if lives.is_over(real):
        raise invalid("No upcoming invoices for customer", code="invoice_upcoming_none", status=404)
    customer = customers.alive(account, params.get("customer", real["customer"]))
    found = lives.copied(real)
    wish = params.get("subscription_details") or {}
    at = wish.get("proration_date") or account.now(customer)
    reason, owed, made_at = _lines(account, found, real, wish, at)
    drawn = invoices.blank(account, found, customer, reason, owed, made_at)
    drawn["parent"]["subscription_details"]["subscription_proration_date"] = at
    id_ = account.store.new_id("upcoming_in")
    for line in drawn["lines"]["data"]:
        line["invoice"] = id_
    drawn["lines"]["url"] = f"/v1/invoices/{id_}/lines"
    return {"id": id_, **drawn, "created": made_at, "livemode": account.store.is_live}


def _lines(account, found, real, wish, at):
    """`(reason, lines, when it would be made)`."""
    after, pairs = items.wished(account, found, wish.get("items") or (), at)
    found["items"]["data"] = after
    how = wish.get("proration_behavior", "create_prorations")
    if changing.starts_anew(real, after, wish):
        return "subscription_update", changing.restarted(account, found, pairs, at, how), at
    rest = changing.prorations(account, real, pairs, at) if how != "none" else []
    if how == "always_invoice" and pairs:
        return "subscription_update", rest, at
    waiting = [each["_line"] for each in invoices.waiting(account, real)]
    return "upcoming", [*waiting, *rest, *_next_period(account, found)], lives.period(real)[1]


def _next_period(account, found):
    """Nothing more is renewed of what is to end then."""
    begins, ends = lives.period(found)
    usage = [lines.of_usage(account, found, item, (begins, ends)) for item in lines.metered(found)]  # fmt: skip
    if found["cancel_at"] and found["cancel_at"] <= ends:
        return usage
    unit, count = items.interval(found["items"]["data"])
    coming = period_at(found["billing_cycle_anchor"], ends, unit, count)
    return [*usage, *(lines.of_plan(account, found, item, coming) for item in lines.fixed(found))]  # fmt: skip


ROUTES = {("POST", "/v1/invoices/create_preview"): (preview, "InvoiceCreatePreviewParams")}
