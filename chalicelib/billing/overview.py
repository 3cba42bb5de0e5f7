"""How an organization's billing stands, and what happens when: what a person looks at before they do anything.

In: `Known`, now. Out: `Overview`. Callers: `http/billing.py`. The surprise: nothing here asks Stripe; all of it is what was
heard, so it is as quick as any other page and is there when Stripe is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from chalicelib.billing.dunning import Dunned, still_ahead
from chalicelib.billing.ledger import Known, present
from chalicelib.billing.periods import Period, period_at
from chalicelib.billing.ports import Fetched, Selling
from chalicelib.billing.records import Account, BillingState, Checkout, Invoice, PaymentMethod
from chalicelib.billing.statuses import PAID
from chalicelib.tenancy.plans import Plan

What = Literal["renews", "changes_plan", "ends", "trial_ends", "tries_again", BillingState]
"""A state lies ahead of whoever owes."""


@dataclass(frozen=True, kw_only=True)
class Ahead:
    """Something that happens unless somebody changes it."""

    happens_at: datetime
    what: What
    plan: Plan | None = None
    """From then on, where it is another."""


@dataclass(frozen=True, kw_only=True)
class Subscribed:
    status: str
    plan: Plan | None
    currency: str
    began_at: datetime
    is_ending: bool
    ends_at: datetime | None
    trial_ends_at: datetime | None
    is_paused: bool
    pending_plan: Plan | None
    pending_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Overview:
    plan: Plan
    state: BillingState
    state_ends_at: datetime | None
    period: Period
    subscription: Subscribed | None
    ahead: tuple[Ahead, ...]
    """The next first."""
    overage_generations_max: int
    open_invoice: Invoice | None
    """What to pay first."""
    checkout: Checkout | None
    """The page that somebody was sent to last."""


@dataclass(frozen=True, kw_only=True)
class HowPaid:
    state: Literal["none", "good", "expires_soon", "expired"]
    kind: str | None = None
    label: str | None = None
    expires: str | None = None


NOTHING: Final = HowPaid(state="none")


def overview(known: Known, now: datetime) -> Overview:
    has = present(known)
    standing = known.standing
    return Overview(
        plan=standing.plan,
        state=standing.state,
        state_ends_at=standing.state_ends_at,
        period=period_at(standing, now),
        subscription=_subscribed(has) if has else None,
        ahead=tuple(sorted(_ahead(known, has), key=lambda one: one.happens_at)),
        overage_generations_max=known.overage_generations_max,
        open_invoice=known.owed[0] if known.owed else known.unconfirmed,
        checkout=_as_it_must_be(known.checkouts[0], now) if known.checkouts else None,
    )


def how_paid(account: Account | None, *, selling: Selling) -> HowPaid:
    """Asks Stripe, unless there is nobody to ask about."""
    if account is None or account.customer_deleted_at:
        return NOTHING
    method = selling.payment_method(account.customer_id)
    return _shown(method) if method else NOTHING


def _shown(method: PaymentMethod) -> HowPaid:
    return HowPaid(state=method.state, kind=method.kind, label=method.label, expires=method.expires)


def _subscribed(has: Fetched) -> Subscribed:
    one = has.subscription
    return Subscribed(
        status=one.status,
        plan=one.plan,
        currency=one.currency,
        began_at=one.began_at,
        is_ending=one.is_ending,
        ends_at=one.ends_at,
        trial_ends_at=one.trial_ends_at,
        is_paused=one.is_paused,
        pending_plan=has.pending_plan,
        pending_at=has.pending_at,
    )


def _ahead(known: Known, has: Fetched | None) -> Iterator[Ahead]:
    if has:
        yield from _of_subscription(has)
    yield from _of_debt(known)


def _of_subscription(has: Fetched) -> Iterator[Ahead]:
    one = has.subscription
    if one.status == "trialing" and one.trial_ends_at:
        yield Ahead(happens_at=one.trial_ends_at, what="trial_ends")
    if one.is_ending:
        yield Ahead(happens_at=one.ends_at or one.period_ends_at, what="ends", plan="free")
    elif has.pending_plan and has.pending_at:
        yield Ahead(happens_at=has.pending_at, what="changes_plan", plan=has.pending_plan)
    elif one.status in PAID:
        yield Ahead(happens_at=one.period_ends_at, what="renews")


def _of_debt(known: Known) -> Iterator[Ahead]:
    """When a payment is tried again, and each later state's day."""
    for invoice in known.owed:
        if invoice.next_attempt_at:
            yield Ahead(happens_at=invoice.next_attempt_at, what="tries_again")
    standing = known.standing
    for state, at in still_ahead(Dunned(standing.state, standing.state_ends_at)):
        yield Ahead(happens_at=at, what=state, plan="free" if state == "lapsed" else None)


def _as_it_must_be(checkout: Checkout, now: datetime) -> Checkout:
    """Time closes a page, whether or not anybody told us."""
    if checkout.status == "open" and checkout.expires_at <= now:
        return replace(checkout, status="expired", page_url=None)
    return checkout
