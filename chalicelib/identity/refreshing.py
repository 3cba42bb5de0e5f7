"""From a refresh token to the next one.

In: the token as it was shown, ports. Out: `Tokens`, or `Unauthenticated` when the session is over, as it is from then on
when the token was copied. Callers: `http/sessions.py`. The surprise: PostgreSQL is asked before DynamoDB is changed, so
that a request that fails has used nothing up, and the same token works when the world is back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NoReturn, Protocol
from uuid import UUID, uuid5

from chalicelib.errors import Unavailable
from chalicelib.identity import refresh_tokens
from chalicelib.identity.refresh_tokens import RefreshToken, new_token
from chalicelib.identity.session_records import Session, SessionStore, expires_at, judge
from chalicelib.identity.sessions import Tokens, over, tokens_for
from chalicelib.log import log
from chalicelib.tenancy.origin import Origin

if TYPE_CHECKING:
    from chalicelib.identity.keys import IdentityKeys
    from chalicelib.identity.standing import Standing, Standings

TRIES: Final = 3


class Outbox(Protocol):
    def post(
        self, kind: str, body: Mapping[str, Any], locale: str, *, id: UUID | None = None
    ) -> None: ...


class Jobs(Protocol):
    def put(self, job: str, **facts: Any) -> None: ...


def refresh(
    text: str,
    *,
    origin: Origin,
    sessions: SessionStore,
    standings: Standings,
    outbox: Outbox,
    jobs: Jobs,
    keys: IdentityKeys,
    issuer: str,
    now: datetime,
) -> Tokens:
    """Raises `Unauthenticated` when all is over, and ends the session of a token that was copied."""
    shown = refresh_tokens.read(text, keys=keys)
    for _ in range(TRIES):
        session = sessions.read(shown.user_id, shown.session_id)
        verdict = judge(session, shown.sha256, now)
        if session is None or verdict == "over":
            over()
        standing = standings.standing(session.user_id, session.organization_id, session.id)
        if verdict == "copied" and standing is not None:
            _end_copied(
                session,
                standing,
                origin=origin,
                sessions=sessions,
                standings=standings,
                outbox=outbox,
                jobs=jobs,
                now=now,
            )
        if standing is None or standing.is_over(session.began_at.timestamp()):
            sessions.revoke(session.user_id, session.id, at=now)
            over()
        if verdict == "again":
            successor = refresh_tokens.unwrapped(session.successor_sealed, under=shown)
            return tokens_for(session, standing, successor, keys=keys, issuer=issuer, now=now)
        successor = new_token(session.user_id, session.id)
        rotated = _rotated(session, shown, successor, origin, now)
        if sessions.rotate(rotated, replacing=shown.sha256):
            return tokens_for(rotated, standing, successor, keys=keys, issuer=issuer, now=now)
    raise Unavailable("The session is being changed from elsewhere. Try again.")


def _rotated(
    session: Session, shown: RefreshToken, successor: RefreshToken, origin: Origin, now: datetime
) -> Session:
    return replace(
        session,
        live_sha256=successor.sha256,
        previous_sha256=shown.sha256,
        successor_sealed=refresh_tokens.wrapped(successor, under=shown),
        last_used_at=now,
        expires_at=expires_at(session.began_at, now),
        ip=origin.ip,
        user_agent=origin.user_agent,
    )


def _end_copied(
    session: Session,
    standing: Standing,
    *,
    origin: Origin,
    sessions: SessionStore,
    standings: Standings,
    outbox: Outbox,
    jobs: Jobs,
    now: datetime,
) -> NoReturn:
    """Two have used what one was given. Who is who nobody can tell: both have to sign in again, and the person is told.
    DynamoDB last: until it answers, the same token comes here again."""
    standings.end_session(session.user_id, session.id)
    facts = {
        "user_id": session.user_id,
        "at": now,
        "ip": origin.ip,
        "user_agent": origin.user_agent,
    }
    letter = uuid5(session.id, "session_revoked")
    outbox.post("session_revoked", facts, standing.locale, id=letter)
    sessions.revoke(session.user_id, session.id, at=now)
    jobs.put("mail")
    log.warning("refresh_token_copied", extra={"session_id": str(session.id)})
    over()
