"""Another password: by a letter's link for who forgot it, by the old one for who is signed in.

In: a link or the current password, the new one. Out: a device that is known from now on; new tokens. Callers:
`http/passwords.py`. The surprise: every session ends in the transaction that sets the password, and once more with a moment from
after it, because somebody with the old password may just have been signing in. Who changed it goes on in a session that
was opened with that moment, so theirs is the only one left.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, Protocol
from uuid import UUID

from chalicelib.errors import Conflict, Forbidden
from chalicelib.identity import devices, sessions
from chalicelib.identity.passwords import Passwords, refuse_weak
from chalicelib.identity.people import Account, Locale, micros
from chalicelib.identity.principal import Principal
from chalicelib.tenancy import limits as buckets
from chalicelib.tenancy.limits import Limits
from chalicelib.tenancy.origin import current_origin

if TYPE_CHECKING:
    from chalicelib.identity.keys import IdentityKeys
    from chalicelib.identity.session_records import SessionStore
    from chalicelib.identity.sessions import Tokens
    from chalicelib.identity.standing import Standings

Clock = Callable[[], datetime]

WRONG: Final = "The current password is wrong."
FRESH_FOR_S: Final = 600
SIGN_IN_AGAIN: Final = "You have no password to give again. Sign in with your provider again, then do this within ten minutes."


@dataclass(frozen=True, kw_only=True)
class Reset:
    user_id: UUID
    email: str


class Credentials(Protocol):
    """Each is one transaction, the letter about it included."""

    def whose_link(self, token: str) -> Reset:
        """Uses nothing up. Raises `LinkExpired`."""

    def reset(self, token: str, *, password_hash: str, at: datetime) -> Reset:
        """Uses up the link, ends every session. Raises `LinkExpired`, also when the password was changed since."""

    def change(self, user_id: UUID, *, before: str, password_hash: str, at: datetime) -> bool:
        """Ends every session. False when the password is not `before` any more."""


def reset(
    token: str,
    password: str,
    *,
    language: Locale,
    credentials: Credentials,
    passwords: Passwords,
    sessions_store: SessionStore,
    standings: Standings,
    keys: IdentityKeys,
    clock: Clock,
) -> str:
    """A device for who proved the mailbox: they get in even while somebody else tries their account's passwords."""
    email = credentials.whose_link(token).email
    refuse_weak(password, about=about(email), path="body.password", language=language)
    whose = credentials.reset(token, password_hash=passwords.hashed(password), at=clock())
    now = clock()
    sessions.end_all_sessions(whose.user_id, sessions=sessions_store, standings=standings, now=now)
    return devices.device_for(whose.email, "", keys=keys, now_s=now.timestamp())


def change(
    account: Account,
    *,
    current: str,
    new: str,
    principal: Principal,
    language: Locale,
    credentials: Credentials,
    passwords: Passwords,
    limits: Limits,
    sessions_store: SessionStore,
    standings: Standings,
    keys: IdentityKeys,
    issuer: str,
    clock: Clock,
) -> Tokens:
    """The only session that is left. Raises `Forbidden` for a wrong password."""
    stored = account.password_hash
    if stored is None:
        raise Conflict("You have no password yet. Choose one with POST /v1/auth/password/forgot.")
    admit(account, principal, limits=limits, now=clock())
    confirm(account, current, principal=principal, passwords=passwords, now=clock())
    refuse_weak(
        new, about=(*about(account.email), current), path="body.new_password", language=language
    )
    fresh = passwords.hashed(new)
    if not credentials.change(account.user_id, before=stored, password_hash=fresh, at=clock()):
        raise Forbidden(WRONG)
    now = clock()
    sessions.end_all_sessions(
        account.user_id, sessions=sessions_store, standings=standings, now=now
    )
    return sessions.open_session(
        account.user_id,
        organization_id=principal.organization_id,
        amr=how_they_signed_in(account.user_id, principal, sessions_store),
        origin=current_origin.get(),
        sessions=sessions_store,
        standings=standings,
        keys=keys,
        issuer=issuer,
        now=now,
    )


def admit(account: Account, principal: Principal, *, limits: Limits, now: datetime) -> None:
    """Counts a try at what protects an account. By session: a stolen one can't use up what its owner has."""
    subject = buckets.person(f"{account.user_id}#{principal.session_id}")
    limits.admit(subject, [buckets.PASSWORD_CHECKS], micros(now))


def confirm(
    account: Account,
    password: str | None,
    *,
    principal: Principal,
    passwords: Passwords,
    now: datetime,
) -> None:
    """Who signs in with a provider only has none to give: they signed in just now, so a token stolen later is not enough."""
    stored = account.password_hash
    if stored is None:
        if now.timestamp() - principal.session_began_s > FRESH_FOR_S:
            raise Forbidden(SIGN_IN_AGAIN)
    elif not passwords.is_right(password or "", stored):
        raise Forbidden(WRONG)


def how_they_signed_in(
    person: UUID, principal: Principal, sessions_store: SessionStore
) -> tuple[str, ...]:
    asking = sessions_store.read(person, principal.session_id) if principal.session_id else None
    return asking.amr if asking else ("pwd",)


def about(email: str) -> tuple[str, ...]:
    return (email, email.partition("@")[0])
