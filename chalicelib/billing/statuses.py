"""Stripe's words for how a subscription is, and what each of them means here.

Callers: whoever decides by one. The surprise: a word that Stripe adds one day is in none of these sets, so it gives no plan
and owes nothing until somebody says what it means.
"""

from __future__ import annotations

from typing import Final

PAID: Final = frozenset({"active", "trialing"})
"""All is well; in a trial nothing has to be paid."""
ENTITLES: Final = PAID | {"past_due"}
"""In these a subscription gives its plan."""
GOES_ON: Final = ENTITLES | {"unpaid", "paused"}
"""It has begun and has not ended."""
OWES: Final = frozenset({"past_due", "unpaid"})
NEVER_BEGAN: Final = frozenset({"incomplete", "incomplete_expired"})
"""Its first invoice is not paid."""
ENDED: Final = frozenset({"canceled", "incomplete_expired"})
"""Nothing follows these."""
