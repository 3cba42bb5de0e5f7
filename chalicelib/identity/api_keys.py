"""API keys: made once, shown once, kept as a hash.

In: the `Authorization` header (`Bearer fragua_<prefix>_<secret>`) and a lookup of known keys; what somebody wants of a new
one. Out: a `Principal`, `IssuedKey`. Callers: the HTTP door; `infra/seed.py` makes the first key. The surprise: the secret
is 256 random bits, so a plain SHA-256 is enough; slow hashes are for passwords, which people choose.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from string import ascii_lowercase, digits
from typing import Final, Literal, Protocol
from uuid import UUID

from chalicelib.errors import Forbidden, InvalidRequest, Unauthenticated
from chalicelib.identity.principal import Principal
from chalicelib.tenancy.pages import Page
from chalicelib.tenancy.plans import BillingState
from chalicelib.tenancy.roles import PERMISSIONS, Permission, Role, is_above

FORM: Final = re.compile(r"fragua_([0-9a-z]{8})_([0-9a-f]{64})", re.ASCII)
PREFIX_CHARACTERS: Final = digits + ascii_lowercase
LIFE_MAX: Final = timedelta(days=2 * 365)
LIVE_KEYS_MAX: Final = 50
"""Per organization."""
ADVICE: Final = "Send `Authorization: Bearer fragua_…` with a key of this organization."


@dataclass(frozen=True)
class NewKey:
    """`text` is shown to its owner now and never again; the other two are stored."""

    text: str
    prefix: str
    secret_sha256: bytes


@dataclass(frozen=True, kw_only=True)
class KnownKey:
    """What is stored of a live key: neither revoked nor expired."""

    id: UUID
    organization_id: UUID
    secret_sha256: bytes
    role: Role
    scopes: tuple[Permission, ...]
    billing_state: BillingState = "current"
    """Of its organization."""


@dataclass(frozen=True, kw_only=True)
class ApiKey:
    """A key as people see it: all but its secret."""

    id: UUID
    prefix: str
    name: str
    role: Role
    scopes: tuple[Permission, ...]
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    """To the minute."""

    @property
    def state(self) -> Literal["live", "expired", "revoked"]:
        if self.revoked_at:
            return "revoked"
        is_over = self.expires_at is not None and self.expires_at <= datetime.now(UTC)
        return "expired" if is_over else "live"


@dataclass(frozen=True, kw_only=True)
class IssuedKey(ApiKey):
    key: str
    """Shown now and never again."""


class Keys(Protocol):
    def known_key(self, prefix: str) -> KnownKey | None:
        """The live key with this prefix, of whichever organization."""

    def note_use(self, tenant_id: UUID, key_id: UUID) -> None:
        """It was just accepted. Cheap to say often."""


class KeyStore(Keys, Protocol):
    def add(
        self,
        tenant_id: UUID,
        new: NewKey,
        *,
        name: str,
        role: Role,
        scopes: Sequence[Permission],
        expires_at: datetime | None,
        by: str,
    ) -> IssuedKey:
        """Raises `Conflict` when the organization has `LIVE_KEYS_MAX` already."""

    def page(self, tenant_id: UUID, *, cursor: str | None, limit: int) -> Page[ApiKey]:
        """The newest first, those that ended as well."""

    def revoke(self, tenant_id: UUID, key_id: UUID, *, by: str) -> None:
        """It is refused from now on. Safe to repeat; raises `NotFound`."""


def issue(
    maker: Principal,
    *,
    name: str,
    role: Role,
    scopes: Sequence[Permission] = (),
    expires_at: datetime | None = None,
    keys: KeyStore,
) -> IssuedKey:
    """A key can do nothing that its maker can't."""
    refuse_unless_held(maker, role, scopes)
    refuse_odd_life(expires_at, datetime.now(UTC))
    return keys.add(
        maker.tenant_id,
        new_key(),
        name=name,
        role=role,
        scopes=sorted(set(scopes)),
        expires_at=expires_at,
        by=maker.actor,
    )


def refuse_unless_held(maker: Principal, role: Role, scopes: Sequence[Permission]) -> None:
    errors = [
        fault(f"body.scopes[{n}]", f"{scope!r} is not a permission of the role {role!r}")
        for n, scope in enumerate(scopes)
        if scope not in PERMISSIONS[role]
    ]
    if errors:
        raise InvalidRequest(f"{errors[0]['path']}: {errors[0]['message']}.", errors=errors)
    if maker.role is None or is_above(role, maker.role):
        raise Forbidden(f"A key's role can't be above your own, {maker.role}.")
    if beyond := sorted(one for one in scopes or PERMISSIONS[role] if not maker.may(one)):
        raise Forbidden(f"Your own key may not do this, so it can't pass it on: {beyond}.")


def refuse_odd_life(expires_at: datetime | None, now: datetime) -> None:
    if expires_at is not None and not now < expires_at <= now + LIFE_MAX:
        words = "is not in the future, or more than two years away"
        errors = [fault("body.expires_at", words)]
        raise InvalidRequest(f"body.expires_at {words}.", errors=errors)


def fault(path: str, message: str) -> dict[str, str]:
    return {"path": path, "message": message, "cure": "correct it, or leave it out"}


def new_key() -> NewKey:
    prefix = "".join(secrets.choice(PREFIX_CHARACTERS) for _ in range(8))
    secret = secrets.token_hex(32)
    return NewKey(f"fragua_{prefix}_{secret}", prefix, digest(secret))


def digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def authenticate(header: str | None, *, keys: Keys) -> Principal:
    """Raises `Unauthenticated`, with the same words whichever part of the key is wrong."""
    prefix, secret = split_header(header)
    known = keys.known_key(prefix)
    expected = known.secret_sha256 if known else bytes(32)
    if not hmac.compare_digest(expected, digest(secret)) or known is None:
        raise Unauthenticated(f"The API key is unknown, revoked or expired. {ADVICE}")
    keys.note_use(known.organization_id, known.id)
    return Principal(
        organization_id=known.organization_id,
        key_id=known.id,
        role=known.role,
        scopes=frozenset(known.scopes),
        billing_state=known.billing_state,
    )


def split_header(header: str | None) -> tuple[str, str]:
    """(prefix, secret) of a well-formed header."""
    if not header:
        raise Unauthenticated(f"The request has no credentials. {ADVICE}")
    scheme, _, credentials = header.partition(" ")
    parts = split_key(credentials.strip())
    if scheme.lower() != "bearer" or parts is None:
        raise Unauthenticated(f"The credentials are malformed. {ADVICE}")
    return parts


def split_key(text: str) -> tuple[str, str] | None:
    """(prefix, secret), or None when it is not of a key's form."""
    match = FORM.fullmatch(text)
    return (match[1], match[2]) if match else None
