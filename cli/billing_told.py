"""How an organization's billing stands, in a few lines: what is used, what it will come to, what happens when, what to pay.

In: what the API tells. Out: lines. Callers: `billing.py`. The surprise: days are days in UTC, as on the invoice.
"""

from __future__ import annotations

from typing import Final

from cli.amounts import money, number
from cli.api_types import ChangeShown, InvoiceShown, SubscriptionShown
from cli.language import told
from cli.organizations import show_quota
from cli.speaking import errors, out

STATES: Final = {
    "past_due": "A payment failed; everything goes on for now.",
    "grace": "A payment is late; soon nothing new can be begun.",
    "read_only": "Nothing new can be begun until the open invoice is paid. What runs goes on.",
    "lapsed": "It was not paid for so long that the plan is free now and apps rest.",
}
AHEAD: Final = {
    "renews": "the plan is renewed",
    "changes_plan": "the plan becomes {plan}",
    "ends": "the plan ends; then it is free",
    "trial_ends": "the trial ends",
    "tries_again": "the payment is tried again",
    "grace": "without a payment: days of grace begin",
    "read_only": "without a payment: nothing new can be begun",
    "lapsed": "without a payment: the free plan, and apps rest",
}


def show_billing(found: SubscriptionShown) -> None:
    show_quota(found["quota"])
    _show_usage(found)
    if found["state"] in STATES:
        out.print(told(STATES[found["state"]]), style="yellow")
    for one in found["ahead"]:
        out.print(f"{one['happens_at'][:10]}  {told(AHEAD[one['what']], plan=one['plan'])}")
    if invoice := found["open_invoice"]:
        _show_owed(invoice)


def _show_usage(found: SubscriptionShown) -> None:
    usage = found["usage"]
    for line in usage["lines"]:
        if line["meter"] == "tokens":
            numbers = {"used": number(line["used"]), "included": number(line["included"])}
            out.print(told("tokens of models: {used} of {included}", **numbers))
    forecast = usage["forecast"]
    amount = max(usage["amount"], forecast["amount"] if forecast else 0)
    if amount:
        costs = {"so_far": usage["amount"], "ahead": amount}
        text = "beyond the plan: {so_far} so far, {ahead} by the end of the period at this pace"
        in_money = {name: money(cost, usage["currency"]) for name, cost in costs.items()}
        out.print(told(text, **in_money))


def _show_owed(invoice: InvoiceShown) -> None:
    owed = money(invoice["amount_remaining"], invoice["currency"])
    text = (
        "Your bank wants you to confirm {amount}: {url}"
        if invoice["needs_action"]
        else "To pay: {amount}, here: {url}"
    )
    out.print(told(text, amount=owed, url=invoice["page_url"]), style="bold")


def show_change(seen: ChangeShown) -> None:
    plans = {"before": seen["plan_now"], "plan": seen["plan"]}
    if seen["happens"] == "never":
        errors.print(told("It is {plan} already, or will be.", plan=seen["plan"]))
    elif seen["happens_at"]:
        text = "{before} → {plan} on {day}; nothing is paid now."
        errors.print(told(text, day=seen["happens_at"][:10], **plans))
    else:
        amount = money(seen["amount_due"], seen["currency"] or "usd")
        errors.print(
            told("{before} → {plan} now; {amount} is paid at once.", amount=amount, **plans)
        )
