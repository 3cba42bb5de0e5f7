"""What becomes of an organization that owes money: one table of days, and which state a day is in.

In: since when it owes, and now. Out: the state, and when the next one begins. Callers: `standing.py`, `letters.py`, `overview.py`.
The surprise: days are counted in whole days from the moment the payment was due, by whichever clock the customer lives; when
an event arrived plays no part, so being told late changes no date.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chalicelib.billing.records import BillingState

BEGINS_AFTER: Final[tuple[tuple[BillingState, timedelta], ...]] = (
    ("past_due", timedelta(days=0)),
    ("grace", timedelta(days=3)),
    ("read_only", timedelta(days=10)),
    ("lapsed", timedelta(days=24)),
)
"""In the order they are entered. Everything goes on in the first two; then nothing new may be begun, and what runs goes on;
`lapsed` is the free plan, and the apps rest."""


@dataclass(frozen=True)
class Dunned:
    state: BillingState
    ends_at: datetime | None
    """When the next state begins; None when nothing is owed, and in the last one."""


def state_at(overdue_since: datetime | None, now: datetime) -> Dunned:
    """A clock that runs behind the payment's finds it just become due."""
    if overdue_since is None:
        return Dunned("current", None)
    state = BEGINS_AFTER[0][0]
    for following, days in BEGINS_AFTER[1:]:
        begins_at = overdue_since + days
        if now < begins_at:
            return Dunned(state, begins_at)
        state = following
    return Dunned(state, None)


def still_ahead(dunned: Dunned) -> list[tuple[BillingState, datetime]]:
    """Each later state and when it begins for whoever never pays, counted from the end of this one; the next first."""
    if dunned.ends_at is None:
        return []
    days = dict(BEGINS_AFTER)
    later = [state for state in days if days[state] > days[dunned.state]]
    return [(state, dunned.ends_at + days[state] - days[later[0]]) for state in later]
