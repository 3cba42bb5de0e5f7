"""API keys: made once, shown once, kept as a hash.

In: the `Authorization` header (`Bearer fragua_<prefix>_<secret>`) and a lookup of known keys. Out: a `Principal`.
Callers: the HTTP door; `infra/seed.py` makes the first key. The surprise: the secret is 256 random bits, so a plain
SHA-256 is enough; slow hashes are for passwords, which people choose.
"""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Protocol
from uuid import UUID

from chalicelib.errors import Unauthenticated
from chalicelib.identity.principal import Principal
from chalicelib.tenancy.roles import Permission, Role

FORM: Final = re.compile(r"fragua_([0-9a-z]{8})_([0-9a-f]{64})", re.ASCII)
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


class Keys(Protocol):
    def known_key(self, prefix: str) -> KnownKey | None:
        """The live key with this prefix, of whichever organization."""


def new_key() -> NewKey:
    prefix, secret = secrets.token_hex(4), secrets.token_hex(32)
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
    return Principal(
        organization_id=known.organization_id,
        key_id=known.id,
        role=known.role,
        scopes=frozenset(known.scopes),
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
