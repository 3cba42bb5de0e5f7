"""Refresh tokens: the text that keeps a person signed in, another one after each use.

In: a person, a session, our keys. Out: `fr1.` and 80 bytes in base64url: user, session, 32 random bytes, a mark of ours.
Callers: `sessions.py`. The surprise: the mark. What we did not make ourselves is refused without asking anybody, so a
made-up token costs no call and can't end a session.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Protocol
from uuid import UUID

from chalicelib.errors import Unauthenticated
from chalicelib.identity.sealing import Sealer

PREFIX: Final = "fr1."
ID_BYTES: Final = 16
SECRET_BYTES: Final = 32
MARK_BYTES: Final = 16
CHARACTERS: Final = len(PREFIX) + 107
PURPOSE: Final = "refresh-token"


class Keys(Protocol):
    def mac_key(self, purpose: str) -> bytes: ...


@dataclass(frozen=True, kw_only=True)
class RefreshToken:
    user_id: UUID
    session_id: UUID
    secret: bytes = field(repr=False)

    @property
    def sha256(self) -> str:
        """What is kept of it, in hex."""
        return sha256(self.secret).hexdigest()

    def text(self, keys: Keys) -> str:
        body = self.user_id.bytes + self.session_id.bytes + self.secret
        mark = hmac.digest(keys.mac_key(PURPOSE), body, sha256)[:MARK_BYTES]
        return PREFIX + urlsafe_b64encode(body + mark).rstrip(b"=").decode()


def new_token(user_id: UUID, session_id: UUID) -> RefreshToken:
    return RefreshToken(
        user_id=user_id, session_id=session_id, secret=secrets.token_bytes(SECRET_BYTES)
    )


def read(text: str, *, keys: Keys) -> RefreshToken:
    """Raises `Unauthenticated` for what we did not make, to the last bit."""
    if len(text) == CHARACTERS and text.isascii() and text.startswith(PREFIX):
        body = urlsafe_b64decode(text.removeprefix(PREFIX) + "=")
        found = RefreshToken(
            user_id=UUID(bytes=body[:ID_BYTES].ljust(ID_BYTES)),
            session_id=UUID(bytes=body[ID_BYTES : 2 * ID_BYTES].ljust(ID_BYTES)),
            secret=body[2 * ID_BYTES : -MARK_BYTES],
        )
        if hmac.compare_digest(found.text(keys), text):
            return found
    raise Unauthenticated("The refresh token is malformed or not ours. Sign in again.")


def wrapped(successor: RefreshToken, *, under: RefreshToken) -> bytes:
    """The successor for whoever holds the token before it, and for nobody else: not even for us."""
    return _sealer(under).seal(successor.secret, context=str(under.session_id))


def unwrapped(sealed: bytes, *, under: RefreshToken) -> RefreshToken:
    secret = _sealer(under).open(sealed, context=str(under.session_id))
    return RefreshToken(user_id=under.user_id, session_id=under.session_id, secret=secret)


def _sealer(token: RefreshToken) -> Sealer:
    return Sealer({1: hmac.digest(token.secret, b"successor", sha256)})
