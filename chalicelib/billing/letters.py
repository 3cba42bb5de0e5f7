"""Which letter tells an organization's owners and admins what became of its payments.

In: how it stood and stands, a subscription before and after, what an event told. Out: `Notice`s; `adapters/billing_letters.py`
posts each to everybody who may act. Callers: whatever restates an organization. The surprise: it is the standing that is
told of, never an event, so a thing heard twice or late is told once; and somebody who paid within the first days hears
nothing more, because Stripe sends the receipt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from chalicelib.billing.dunning import BEGINS_AFTER, Dunned, still_ahead
from chalicelib.billing.records import BillingState, Invoice, Standing, Subscription

KIND_OF: Final[Mapping[BillingState, str]] = {
    "past_due": "payment_failed",
    "grace": "payment_grace",
    "read_only": "payment_read_only",
    "lapsed": "payment_lapsed",
}
ORDER: Final = ("current", *(state for state, _ in BEGINS_AFTER))


@dataclass(frozen=True)
class Notice:
    kind: str
    """Of `mail/letters_of_billing.py`."""
    facts: Mapping[str, str | datetime] = field(default_factory=dict)


def letters_for(before: Standing, after: Standing, *, owed: str = "") -> list[Notice]:
    """`owed` as letters write it: `2900 usd`; empty where nobody knows. Who owes hears of that alone."""
    if after.state != "current":
        return _of_state(before, after, owed)
    return [*_of_state(before, after, owed), *_of_plan(before, after)]


def subscription_letters(before: Subscription | None, after: Subscription) -> list[Notice]:
    """Of one that was cancelled and goes on until its end. Whoever stops it at once is told by the plan's change."""
    was_ending = before is not None and before.is_ending
    if was_ending or not after.is_ending or after.ended_at or not (after.plan and after.ends_at):
        return []
    return [Notice("plan_will_end", {"plan": after.plan, "due_at": after.ends_at})]


def trial_letters(subscription: Subscription) -> list[Notice]:
    """For the event that says so, three days before."""
    if subscription.plan is None or subscription.trial_ends_at is None:
        return []
    facts = {"plan": subscription.plan, "due_at": subscription.trial_ends_at}
    return [Notice("trial_will_end", facts)]


def action_letters(invoice: Invoice) -> list[Notice]:
    """For the event that says that the bank wants to hear it from a person."""
    if invoice.status != "open":
        return []
    return [Notice("payment_action_required", {"amount": owing(invoice)})]


def owing(invoice: Invoice) -> str:
    return f"{invoice.amount_remaining} {invoice.currency}"


def _of_state(before: Standing, after: Standing, owed: str) -> list[Notice]:
    if before.state == after.state:
        return []
    if after.state == "current":
        is_worth_it = before.state in ("grace", "read_only", "lapsed")
        return [Notice("payment_settled", {"plan": after.plan})] if is_worth_it else []
    if ORDER.index(after.state) < ORDER.index(before.state):
        return []
    amount = {"amount": owed} if owed else {}
    return [Notice(KIND_OF[after.state], {**amount, **_days(after)})]


def _of_plan(before: Standing, after: Standing) -> list[Notice]:
    """Back from `lapsed` too: the plan is there again, and the letter says which."""
    if before.plan == after.plan:
        return []
    return [Notice("plan_changed", {"plan_before": before.plan, "plan": after.plan})]


def _days(standing: Standing) -> dict[str, str | datetime]:
    """When each later state begins."""
    dunned = Dunned(standing.state, standing.state_ends_at)
    return {f"{state}_at": at for state, at in still_ahead(dunned)}
