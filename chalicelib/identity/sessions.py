"""Sessions, from signing in to signing out: open, refresh, list, switch organization, end one, end all.

In: a person or their refresh token, ports. Out: `Tokens`, or what a session looks like to its owner. Callers:
`http/sessions.py`, sign-in, OAuth, whoever sets a password. The surprise: PostgreSQL is asked before DynamoDB is changed,
so that an answer that could not be given has changed nothing, and the same token works when the world is back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NoReturn, Protocol
from uuid import UUID, uuid4, uuid5

from chalicelib.errors import NotFound, PlatformError, Unauthenticated, Unavailable
from chalicelib.identity import refresh_tokens, tokens
from chalicelib.identity.refresh_tokens import RefreshToken, new_token
from chalicelib.identity.session_records import Session, SessionStore, expires_at, judge
from chalicelib.log import log
from chalicelib.tenancy.origin import Origin

if TYPE_CHECKING:
    from chalicelib.identity.keys import IdentityKeys
    from chalicelib.identity.standing import Standing, Standings
    from chalicelib.tenancy.roles import Role

TRIES: Final = 3


class Outbox(Protocol):
    def post(
        self, kind: str, body: Mapping[str, Any], locale: str, *, id: UUID | None = None
    ) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """What a client gets. Without `refresh_token` the one it has stays good."""

    access_token: str
    session_id: UUID
    organization_id: UUID | None
    role: Role | None
    refresh_token: str | None = None
    expires_in_s: int = tokens.LIVES_S
    token_type: str = "Bearer"  # noqa: S105


def open_session(
    person: UUID,
    *,
    organization_id: UUID | None,
    amr: tuple[str, ...],
    origin: Origin,
    sessions: SessionStore,
    standings: Standings,
    keys: IdentityKeys,
    issuer: str,
    now: datetime,
) -> Tokens:
    """For somebody who just proved who they are. `now` is from *before* their credentials were read: should they change
    meanwhile, the session is over before it began."""
    token = new_token(person, uuid4())
    standing = standings.standing(person, organization_id, token.session_id)
    if standing is None or standing.is_over(now.timestamp()):
        _over()
    session = Session(
        user_id=person,
        id=token.session_id,
        organization_id=organization_id if standing.role else None,
        amr=amr,
        began_at=now,
        last_used_at=now,
        expires_at=expires_at(now, now),
        live_sha256=token.sha256,
        ip=origin.ip,
        user_agent=origin.user_agent,
    )
    sessions.add(session)
    return _tokens(session, standing, token, keys=keys, issuer=issuer, now=now)


def refresh(
    text: str,
    *,
    origin: Origin,
    sessions: SessionStore,
    standings: Standings,
    outbox: Outbox,
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
            _over()
        standing = standings.standing(session.user_id, session.organization_id, session.id)
        if verdict == "copied" and standing is not None:
            _end_copied(
                session,
                standing,
                origin=origin,
                sessions=sessions,
                standings=standings,
                outbox=outbox,
                now=now,
            )
        if standing is None or standing.is_over(session.began_at.timestamp()):
            sessions.revoke(session.user_id, session.id, at=now)
            _over()
        if verdict == "again":
            successor = refresh_tokens.unwrapped(session.successor_sealed, under=shown)
            return _tokens(session, standing, successor, keys=keys, issuer=issuer, now=now)
        successor = new_token(session.user_id, session.id)
        rotated = _rotated(session, shown, successor, origin, now)
        if sessions.rotate(rotated, replacing=shown.sha256):
            return _tokens(rotated, standing, successor, keys=keys, issuer=issuer, now=now)
    raise Unavailable("The session is being changed from elsewhere. Try again.")


def switch(
    person: UUID,
    session_id: UUID,
    *,
    organization_id: UUID,
    sessions: SessionStore,
    standings: Standings,
    keys: IdentityKeys,
    issuer: str,
    now: datetime,
) -> Tokens:
    """An access token for another organization of the person; refreshing stays there."""
    standing = standings.standing(person, organization_id, session_id)
    if standing is None or standing.role is None:
        raise NotFound(f"You are in no organization {str(organization_id)!r}.")
    session = sessions.read(person, session_id)
    if session is None or session.is_over(now):
        _over()
    if not sessions.choose(person, session_id, organization_id):
        _over()
    session = replace(session, organization_id=organization_id)
    return _tokens(session, standing, None, keys=keys, issuer=issuer, now=now)


def live_sessions(
    person: UUID,
    session_id: UUID,
    *,
    sessions: SessionStore,
    standings: Standings,
    now: datetime,
) -> list[Session]:
    """Those that go on, the one used last first. `session_id` is the one that asks."""
    standing = standings.standing(person, None, session_id)
    if standing is None:
        _over()
    return sorted(
        (
            one
            for one in sessions.sessions_of(person)
            if not one.is_over(now) and one.began_at >= standing.sessions_valid_from_at
        ),
        key=lambda one: one.last_used_at,
        reverse=True,
    )


def end_session(
    person: UUID,
    session_id: UUID,
    *,
    sessions: SessionStore,
    standings: Standings,
    now: datetime,
) -> None:
    """Nothing can be refreshed, then no access token opens anything. Raises `NotFound` for another's session."""
    if sessions.read(person, session_id) is None:
        raise NotFound(f"There is no session {str(session_id)!r}.")
    sessions.revoke(person, session_id, at=now)
    standings.end_session(person, session_id)


def end_all_sessions(
    person: UUID, *, sessions: SessionStore, standings: Standings, now: datetime
) -> None:
    """All that began before `now`; one opened with the same `now` goes on. Bites with the first statement; what DynamoDB
    has is tidied up after it, and if it can't be, the sessions are over all the same."""
    standings.end_all_sessions(person, before=now)
    try:
        for one in sessions.sessions_of(person):
            if one.began_at < now and not one.is_over(now):
                sessions.revoke(person, one.id, at=now)
    except PlatformError as error:
        log.warning("sessions_not_tidied_up", extra={"error_type": type(error).__name__})


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


def _tokens(
    session: Session,
    standing: Standing,
    token: RefreshToken | None,
    *,
    keys: IdentityKeys,
    issuer: str,
    now: datetime,
) -> Tokens:
    claims = tokens.AccessClaims(
        user_id=session.user_id,
        session_id=session.id,
        session_began_s=session.began_at.timestamp(),
        organization_id=session.organization_id if standing.role else None,
        role=standing.role,
        amr=session.amr,
    )
    return Tokens(
        access_token=tokens.issue(claims, keys=keys, issuer=issuer, now_s=now.timestamp()),
        refresh_token=token.text(keys) if token else None,
        session_id=session.id,
        organization_id=claims.organization_id,
        role=claims.role,
    )


def _end_copied(
    session: Session,
    standing: Standing,
    *,
    origin: Origin,
    sessions: SessionStore,
    standings: Standings,
    outbox: Outbox,
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
    log.warning("refresh_token_copied", extra={"session_id": str(session.id)})
    _over()


def _over() -> NoReturn:
    raise Unauthenticated("The session is over. Sign in again.")
