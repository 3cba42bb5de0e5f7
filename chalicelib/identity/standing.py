"""How a person stands right now: what changes at once, whatever their token says.

In: a person, an organization, a session. Out: `Standing`. Callers: `authentication.py`, `sessions.py`;
`adapters/standing_store.py` implements the port. The surprise: a new password ends every session that was opened before
it by one moment in one row, so nothing has to be found or deleted for it to bite.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from chalicelib.tenancy.plans import BillingState
from chalicelib.tenancy.roles import Role


@dataclass(frozen=True, kw_only=True)
class Standing:
    role: Role | None
    """In the organization that was asked about; None when they are not, or no longer, a member, or it is gone."""
    sessions_valid_from_at: datetime
    """Sessions that were opened before are over."""
    session_ended: bool
    billing_state: BillingState = "current"
    """Of the organization; `current` without one."""
    locale: str = "en"
    """Of the person: the language of letters to them."""

    def is_over(self, session_began_s: float) -> bool:
        """Whether the session it was asked about, opened then, is."""
        return self.session_ended or session_began_s < self.sessions_valid_from_at.timestamp()


class Standings(Protocol):
    def standing(
        self, user_id: UUID, organization_id: UUID | None, session_id: UUID
    ) -> Standing | None:
        """One statement. None when there is no such person (any more)."""

    def end_session(self, user_id: UUID, session_id: UUID) -> None:
        """From now on the session is over; saying so twice does nothing more."""

    def end_all_sessions(self, user_id: UUID, *, before: datetime) -> None:
        """Every session opened before that moment is over. The moment never moves back."""
