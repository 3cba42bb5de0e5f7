"""Of two tellings about one thing at Stripe, the newer: so that it does not matter in which order they arrive.

In: a record and when it is of. Out: its `Moment`; whether two of them leave a doubt. Callers: `handlers.py`, whatever fetches,
the stores. The surprise: Stripe gives whole seconds, and much happens within one (a first payment makes, finalizes and pays
an invoice), so within a second what comes later in a life ranks higher. Where that does not decide, either stands, always the
same one, and the truth is to be fetched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.billing.records import (
    FETCHED,
    Dispute,
    Event,
    Invoice,
    Moment,
    Payment,
    Subscription,
)
from chalicelib.billing.statuses import ENDED

Told = Subscription | Invoice | Payment | Dispute
CLEARLY: Final = timedelta(seconds=2)
"""Two of Stripe's clocks may differ by one."""

SETTLED: Final = frozenset({"paid", "void"})
"""Of an invoice: nothing follows these."""
MADE, CHANGED, ASKED, OVER = 100, 200, 300, 400
INVOICE_LADDER: Final[Mapping[str, int]] = {"draft": 1, "open": 2, "uncollectible": 3, "void": 4, "paid": 5}  # fmt: skip
DISPUTE_LADDER: Final[Mapping[str, int]] = {"won": 2, "lost": 2, "prevented": 2, "warning_closed": 2}  # fmt: skip
ATTEMPTS_MAX: Final = 9_999


def moment_of(told: Told, event: Event) -> Moment:
    return Moment(event.happened_at, _rank(told, event.kind), event.id)


def fetched_moment(told: Told, asked_at: datetime) -> Moment:
    """`asked_at` is Stripe's time, in whole seconds: the answer's `Date`, or what its test clock shows."""
    return Moment(asked_at, _rank(told, FETCHED), FETCHED)


def is_doubtful(known: Told, known_at: Moment, told: Told, told_at: Moment) -> bool:
    """Whether nobody can say which of the two is newer, and it matters."""
    if _bare(known) == _bare(told):
        return False
    if _is_last(told if known_at < told_at else known):
        return False
    if known_at <= told_at and known_at.event_id == told_at.event_id:
        return False  # Of two answers the later one, or what was heard before.
    if FETCHED in (known_at.event_id, told_at.event_id):
        return abs(known_at.happened_at - told_at.happened_at) < CLEARLY
    return (known_at.happened_at, known_at.rank) == (told_at.happened_at, told_at.rank)


def _bare(told: Told) -> Told:
    """That the bank asks somebody is added to, never taken back: it leaves no doubt."""
    return replace(told, needs_action=False) if isinstance(told, Invoice) else told


def _is_last(told: Told) -> bool:
    if isinstance(told, Subscription):
        return told.status in ENDED
    if isinstance(told, Invoice):
        return told.status in SETTLED
    return isinstance(told, Dispute) and DISPUTE_LADDER.get(told.status, 1) > 1


def _rank(told: Told, kind: str) -> int:
    if isinstance(told, Subscription):
        return _of_subscription(told, kind)
    if isinstance(told, Invoice):
        return _of_invoice(told, kind)
    if isinstance(told, Dispute):
        return DISPUTE_LADDER.get(told.status, 1)
    return told.amount_refunded


def _of_subscription(told: Subscription, kind: str) -> int:
    """Statuses come and go, so only the beginning and the end of a life say when they are."""
    if told.status in ENDED or kind.endswith(".deleted"):
        return OVER
    if kind == FETCHED:
        return ASKED
    return MADE if kind.endswith(".created") else CHANGED


def _of_invoice(told: Invoice, kind: str) -> int:
    """Its statuses only go up, and so do its attempts."""
    status = INVOICE_LADDER.get(told.status, INVOICE_LADDER["open"])
    attempts = min(told.attempts, ATTEMPTS_MAX)
    return (status * (ATTEMPTS_MAX + 1) + attempts) * 10 + (kind == FETCHED)
