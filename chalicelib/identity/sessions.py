"""Sessions, from signing in to signing out: open, list, switch organization, end one, end all.

In: a person, ports. Out: `Tokens`, or what a session looks like to its owner. Callers: `http/sessions.py`, sign-in,
OAuth, whoever sets a password. The surprise: ending all sessions is one moment in one row; what DynamoDB keeps of them
is tidied up after it, and may be away.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn
from uuid import UUID, uuid4

from chalicelib.errors import NotFound, PlatformError, Unauthenticated
from chalicelib.identity import tokens
from chalicelib.identity.refresh_tokens import RefreshToken, new_token
from chalicelib.identity.session_records import Session, SessionStore, expires_at
from chalicelib.log import log
from chalicelib.tenancy.origin import Origin

if TYPE_CHECKING:
    from chalicelib.identity.keys import IdentityKeys
    from chalicelib.identity.standing import Standing, Standings
    from chalicelib.tenancy.roles import Role


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
        over()
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
    log.info("signed_in", extra=about(session, origin))
    return tokens_for(session, standing, token, keys=keys, issuer=issuer, now=now)


def about(session: Session, origin: Origin) -> dict[str, Any]:
    """Who and how, for the log: ids only."""
    return {
        "user_id": str(session.user_id),
        "session_id": str(session.id),
        "organization_id": str(session.organization_id) if session.organization_id else None,
        "amr": list(session.amr),
        "request_id": origin.request_id,
        "ip": origin.ip,
    }


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
        over()
    if not sessions.choose(person, session_id, organization_id):
        over()
    session = replace(session, organization_id=organization_id)
    return tokens_for(session, standing, None, keys=keys, issuer=issuer, now=now)


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
        over()
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


def tokens_for(
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


def over() -> NoReturn:
    raise Unauthenticated("The session is over. Sign in again.")
