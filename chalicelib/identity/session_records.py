"""A session: one person on one device, from signing in to signing out. What is kept of it, and what a token is worth.

In: what is kept, a token's hash, a moment. Out: a `Verdict`. Callers: `sessions.py`; `adapters/session_table.py`
implements the port. The surprise: one live token at a time. The one before it is good for the *same* successor and only
within seconds, so a lost answer logs nobody out; any older one was copied, and the session ends.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol
from uuid import UUID

IDLE_MAX: Final = timedelta(days=30)
AGE_MAX: Final = timedelta(days=90)
ANSWER_MAY_BE_LOST_FOR: Final = timedelta(seconds=30)

Verdict = Literal["rotate", "again", "copied", "over"]


@dataclass(frozen=True, kw_only=True)
class Session:
    user_id: UUID
    id: UUID
    organization_id: UUID | None
    """Where its next access token is for."""
    amr: tuple[str, ...]
    began_at: datetime
    last_used_at: datetime
    """When its token was last changed."""
    expires_at: datetime
    live_sha256: str = field(repr=False)
    previous_sha256: str = field(default="", repr=False)
    successor_sealed: bytes = field(default=b"", repr=False)
    """The live token, for whoever holds the previous one."""
    revoked_at: datetime | None = None
    ip: str | None = None
    user_agent: str | None = None

    def is_over(self, now: datetime) -> bool:
        return self.revoked_at is not None or now >= self.expires_at


class SessionStore(Protocol):
    """Every method may raise `CloudBusy`."""

    def add(self, session: Session) -> None: ...

    def read(self, user_id: UUID, session_id: UUID) -> Session | None: ...

    def rotate(self, session: Session, *, replacing: str) -> bool:
        """Writes tokens, times and origin. False, and nothing written, when the live token is another or it is revoked."""

    def choose(self, user_id: UUID, session_id: UUID, organization_id: UUID) -> bool:
        """Remembers the organization. False when there is no such session or it is revoked."""

    def revoke(self, user_id: UUID, session_id: UUID, *, at: datetime) -> None:
        """Saying so twice, or of a session that is not there, does nothing more."""

    def sessions_of(self, user_id: UUID) -> list[Session]:
        """All that are kept, in no order, revoked ones too."""


def expires_at(began_at: datetime, now: datetime) -> datetime:
    """In whole seconds: what removes it by itself counts in those."""
    return min(now + IDLE_MAX, began_at + AGE_MAX).replace(microsecond=0)


def judge(session: Session | None, sha256: str, now: datetime) -> Verdict:
    """What a genuine token is worth: `rotate` it, give its successor `again`, it was `copied`, or all is `over`."""
    if session is None or session.is_over(now):
        return "over"
    if sha256 == session.live_sha256:
        return "rotate"
    is_recent = now - session.last_used_at <= ANSWER_MAY_BE_LOST_FOR
    return "again" if sha256 == session.previous_sha256 and is_recent else "copied"
