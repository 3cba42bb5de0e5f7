"""How an organization stands because of all that is known of its subscriptions and invoices.

In: every subscription and invoice that counts, now. Out: `Standing`; what it owes; when to look again. Callers: whatever keeps
something Stripe told. The surprise: it is a pure function of what is known and of the time, never of what came before, so
events may come in any order, twice, or not at all if somebody fetches what they would have told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from chalicelib.billing.dunning import state_at
from chalicelib.billing.records import Invoice, Standing, Subscription
from chalicelib.billing.statuses import ENTITLES, NEVER_BEGAN, OWES, PAID
from chalicelib.tenancy.plans import LADDER

UNPAID: Final = frozenset({"open", "uncollectible"})
FIRST: Final = "subscription_create"
"""The invoice that a subscription begins with: who does not pay it has had nothing."""
UPGRADE: Final = "subscription_update"
"""That of an upgrade: until it is paid Stripe keeps the plan as it was, unless it calls the subscription itself late."""
HEARD_WITHIN: Final = timedelta(hours=2)
"""After a period's end Stripe makes an invoice, waits for an hour, charges it, and tells us."""


ENDED_WITHIN: Final = timedelta(minutes=1)


def standing(
    subscriptions: Sequence[Subscription], invoices: Iterable[Invoice], now: datetime
) -> Standing:
    dunned = state_at(overdue_since(subscriptions, invoices), now)
    paying = None if dunned.state == "lapsed" else _paying(subscriptions)
    return Standing(
        plan=(paying and paying.plan) or "free",
        state=dunned.state,
        state_ends_at=dunned.ends_at,
        period_started_at=paying.period_started_at if paying else None,
        period_ends_at=paying.period_ends_at if paying else None,
    )


def counting(
    subscriptions: Sequence[Subscription],
    invoices: Sequence[Invoice],
    since: datetime | None,
) -> tuple[list[Subscription], list[Invoice]]:
    """Without what was a former customer's, who was deleted at Stripe."""
    if since is None:
        return [*subscriptions], [*invoices]
    return (
        [one for one in subscriptions if one.began_at > since],
        [one for one in invoices if one.made_at > since],
    )


def debts(subscriptions: Sequence[Subscription], invoices: Iterable[Invoice]) -> list[Invoice]:
    """Invoices of subscriptions whose payment was tried in vain, the oldest first."""
    known = {one.id: one for one in subscriptions}
    owed = [one for one in invoices if _is_owed(one, known.get(one.subscription_id or ""), known)]
    return sorted(owed, key=lambda one: (_due_at(one), one.id))


def unconfirmed(invoices: Iterable[Invoice]) -> Invoice | None:
    """The newest invoice of an upgrade that is not paid yet. What it is for is not given before, so it is no debt."""
    waiting = [
        one
        for one in invoices
        if one.status == "open" and one.reason == UPGRADE and one.amount_remaining > 0
    ]
    return max(waiting, key=_due_at, default=None)


def overdue_since(
    subscriptions: Sequence[Subscription], invoices: Iterable[Invoice]
) -> datetime | None:
    """Of a subscription that owes without an invoice that says since when, the beginning of its period."""
    owed = debts(subscriptions, invoices)
    told = {one.subscription_id for one in owed}
    untold = [
        one.period_started_at for one in subscriptions if one.status in OWES and one.id not in told
    ]
    return min([*map(_due_at, owed), *untold], default=None)


def looked_at_next(
    stands: Standing, subscriptions: Iterable[Subscription], now: datetime
) -> datetime | None:
    """When time alone changes something, or when what should have been heard by then is to be asked for."""
    heard_by = [_heard_by(one) for one in subscriptions if one.status in ENTITLES]
    ahead = [at if at > now else now + HEARD_WITHIN for at in heard_by]
    return min([*ahead, *filter(None, [stands.state_ends_at])], default=None)


def _heard_by(one: Subscription) -> datetime:
    """A renewal takes its time; an end does not, and until it is heard of a new quota would be open."""
    if one.ends_at and one.ends_at <= one.period_ends_at:
        return one.ends_at + ENDED_WITHIN
    return one.period_ends_at + HEARD_WITHIN


def precedence(one: Subscription) -> tuple[bool, int, datetime, str]:
    """The least is the one that people mean: it gives a plan, the highest of several; of equals it is the older one."""
    return one.status not in ENTITLES, -LADDER.index(one.plan or "free"), one.began_at, one.id


def _paying(subscriptions: Iterable[Subscription]) -> Subscription | None:
    entitled = [one for one in subscriptions if one.status in ENTITLES and one.plan]
    return min(entitled, key=precedence, default=None)


def _is_owed(
    invoice: Invoice, subscription: Subscription | None, known: dict[str, Subscription]
) -> bool:
    if invoice.status not in UNPAID or invoice.attempts < 1 or invoice.amount_remaining <= 0:
        return False
    if invoice.subscription_id is None or invoice.reason == FIRST:
        return False
    if subscription is None:
        return True
    if invoice.reason == UPGRADE and subscription.status not in OWES:
        return False
    return subscription.status not in NEVER_BEGAN and not _is_followed(subscription, known)


def _is_followed(ended: Subscription, known: dict[str, Subscription]) -> bool:
    """Whoever bought again after an old subscription ended is not held back by what was left of that."""
    if ended.ended_at is None:
        return False
    return any(one.status in PAID and one.began_at >= ended.ended_at for one in known.values())


def _due_at(invoice: Invoice) -> datetime:
    return invoice.finalized_at or invoice.made_at
