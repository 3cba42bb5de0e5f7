"""Signing in: a password, then a second factor where there is one, then a session.

In: what somebody typed, ports. Out: `SignedIn`, or `SecondFactorRequired` with a challenge. Callers: `http/auth.py`; OAuth
enters at `enter`. The surprise: somebody unknown takes the same steps as somebody with a wrong password: the same counts,
the same statements, one argon2 verification.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final, Protocol
from uuid import UUID

from chalicelib.errors import NotFound, SecondFactorRequired, Unauthenticated
from chalicelib.identity import challenges, devices, second_factor, sessions
from chalicelib.identity.passwords import Passwords
from chalicelib.identity.people import Account, People, micros, where_from
from chalicelib.identity.second_factor import Factors
from chalicelib.tenancy.limits import Limits
from chalicelib.tenancy.origin import current_origin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.identity.keys import IdentityKeys
    from chalicelib.identity.refreshing import Outbox
    from chalicelib.identity.sealing import Sealer
    from chalicelib.identity.session_records import SessionStore
    from chalicelib.identity.sessions import Tokens
    from chalicelib.identity.standing import Standings
    from chalicelib.tenancy.organizations import Mine

WRONG: Final = "The email or the password is wrong."


@dataclass(frozen=True, kw_only=True)
class Entering:
    """Somebody who proved who they are, as far as `amr` says."""

    account: Account
    amr: tuple[str, ...]
    device_id: str
    """Empty for a device we do not know."""
    organization_id: UUID | None
    """Where to; None for the one they joined first."""
    began_at: datetime
    """From before their credentials were read: a password that changed since then ends what is opened now."""


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    tokens: Tokens = field(repr=False)
    device: str = field(repr=False)
    organizations: Sequence[Mine]


class Organizations(Protocol):
    def mine(self, person_id: UUID) -> list[Mine]:
        """The oldest membership first."""


class Rehashing(Protocol):
    def rehash(self, user_id: UUID, *, before: str, password_hash: str) -> None: ...


def by_password(
    email: str,
    password: str,
    *,
    device: str | None,
    organization_id: UUID | None,
    people: People,
    credentials: Rehashing,
    passwords: Passwords,
    limits: Limits,
    keys: IdentityKeys,
    now: datetime,
) -> Entering:
    """Raises `LimitReached` before anything is compared, `Unauthenticated` with the same words whatever is wrong."""
    device_id = devices.known_device(device, email, keys=keys, now_s=now.timestamp())
    ip = current_origin.get().ip
    devices.admit_password(email, device_id, ip, limits=limits, now_us=micros(now))
    account = people.by_email(email)
    stored = account.password_hash if account else None
    if not passwords.is_right(password, stored) or account is None or stored is None:
        raise Unauthenticated(WRONG)
    if passwords.is_outdated(stored):
        fresh = passwords.hashed(password)
        credentials.rehash(account.user_id, before=stored, password_hash=fresh)
        account = replace(account, password_hash=fresh)
    return Entering(
        account=account,
        amr=("pwd",),
        device_id=device_id,
        organization_id=organization_id,
        began_at=now,
    )


def by_second_factor(
    challenge: str,
    *,
    code: str | None,
    recovery_code: str | None,
    device: str | None,
    people: People,
    factors: Factors,
    sealer: Sealer,
    limits: Limits,
    keys: IdentityKeys,
    now: datetime,
) -> Entering:
    """Raises `Unauthenticated`. A code counts once, whatever becomes of what follows."""
    told = challenges.read(challenge, keys=keys, now_s=now.timestamp())
    account = people.credentials(told.user_id)
    if account is None or not told.is_for(account):
        raise Unauthenticated(challenges.BEGIN_AGAIN)
    known = devices.known_device(device, account.email, keys=keys, now_s=now.timestamp())
    device_id = told.device_id or known
    devices.admit_code(account.email, device_id, limits=limits, now_us=micros(now))
    proof = second_factor.prove(
        account,
        code=code,
        recovery_code=recovery_code,
        sealer=sealer,
        now_s=now.timestamp(),
    )
    if proof is None or not factors.use(account, proof):
        raise Unauthenticated(second_factor.WRONG_CODE)
    return Entering(
        account=account,
        amr=(*told.amr, "otp", "mfa"),
        device_id=device_id,
        organization_id=told.organization_id,
        began_at=now,
    )


def enter(
    entering: Entering,
    *,
    organizations: Organizations,
    sessions_store: SessionStore,
    standings: Standings,
    outbox: Outbox,
    keys: IdentityKeys,
    issuer: str,
) -> SignedIn:
    """Opens the session, or raises `SecondFactorRequired`. Who signs in from a new device is told by letter."""
    account, began_at = entering.account, entering.began_at
    if account.has_second_factor and "mfa" not in entering.amr:
        raise SecondFactorRequired(
            "Send a code of your authenticator app, or a recovery code, with this challenge.",
            challenge=challenges.given(
                account,
                amr=entering.amr,
                device_id=entering.device_id,
                organization_id=entering.organization_id,
                keys=keys,
                now_s=began_at.timestamp(),
            ),
            expires_in_s=challenges.LIVES_S,
        )
    mine = organizations.mine(account.user_id)
    tokens = sessions.open_session(
        account.user_id,
        organization_id=chosen(mine, entering.organization_id),
        amr=entering.amr,
        origin=current_origin.get(),
        sessions=sessions_store,
        standings=standings,
        keys=keys,
        issuer=issuer,
        now=began_at,
    )
    if not entering.device_id:
        told = {"user_id": str(account.user_id), **where_from()}
        outbox.post("new_sign_in", told, account.locale)
    device = devices.device_for(
        account.email, entering.device_id, keys=keys, now_s=began_at.timestamp()
    )
    return SignedIn(tokens=tokens, device=device, organizations=mine)


def chosen(mine: Sequence[Mine], organization_id: UUID | None) -> UUID | None:
    """None for somebody who is in no organization."""
    ids = [one.id for one in mine]
    if organization_id is None:
        return ids[0] if ids else None
    if organization_id not in ids:
        raise NotFound(f"You are in no organization {str(organization_id)!r}.")
    return organization_id
