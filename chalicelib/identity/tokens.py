"""Access tokens: what a person shows with each request, for fifteen minutes.

In: who, in which session, and our keys. Out: a signed text, or the claims of one. Callers: `authentication.py`,
`sessions.py`. The surprise: nothing in a token's header is believed. It may say one algorithm, one type and the id of a
key of ours, and a header that says more is refused before any signature is looked at.

The role in a token is for clients to read; what a person may do is asked with each request.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn, Protocol
from uuid import UUID, uuid4

from chalicelib.errors import Unauthenticated
from chalicelib.tenancy.roles import Role

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from chalicelib.identity.keys import IdentityKeys

AUDIENCE: Final = "fragua"
ALGORITHM: Final = "EdDSA"
TYPE: Final = "at+jwt"
LIVES_S: Final = 900
LEEWAY_S: Final = 60
"""By how much two machines' clocks may differ."""
LENGTH_MAX: Final = 2048
FORM: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
HEADER_MEMBERS: Final = {"alg", "typ", "kid"}


class VerifyingKeys(Protocol):
    def verifier(self, kid: str) -> Ed25519PublicKey | None:
        """None for a key that is not ours."""


@dataclass(frozen=True, kw_only=True)
class AccessClaims:
    user_id: UUID
    session_id: UUID
    session_began_s: float
    """When the session was opened: all tokens of a session end with it, whenever they were signed."""
    organization_id: UUID | None
    role: Role | None
    amr: tuple[str, ...] = ()
    """How the person proved who they are: `pwd`, `otp`, …"""


def issue(claims: AccessClaims, *, keys: IdentityKeys, issuer: str, now_s: float) -> str:
    import jwt

    key, tenant = keys.signer(now_s), _text(claims.organization_id)
    payload = {
        "iss": issuer,
        "aud": AUDIENCE,
        "sub": str(claims.user_id),
        "userId": str(claims.user_id),
        "orgId": tenant,
        "tenantId": tenant,
        "role": claims.role,
        "sid": str(claims.session_id),
        "amr": list(claims.amr),
        "auth_time": claims.session_began_s,
        "iat": int(now_s),
        "exp": int(now_s) + LIVES_S,
        "jti": str(uuid4()),
    }
    header = {"typ": TYPE, "kid": key.kid}
    return jwt.encode(payload, key.private, algorithm=ALGORITHM, headers=header)


def looks_like_one(text: str) -> bool:
    """Whether it has the form of a token; says nothing of who made it."""
    return len(text) <= LENGTH_MAX and FORM.fullmatch(text) is not None


def read(text: str, *, keys: VerifyingKeys, issuer: str, now_s: float) -> AccessClaims:
    """Raises `Unauthenticated`, with the same words whatever is wrong, but for a token of ours that is too old."""
    if not looks_like_one(text):
        _refuse()
    try:
        payload = json.loads(_signed_by_us(text, keys), object_pairs_hook=_no_duplicates)
        claims = _claims(payload, issuer)
        issued_s, expires_s = _moment(payload["iat"]), _moment(payload["exp"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        _refuse()
    if issued_s > now_s + LEEWAY_S:
        _refuse()
    if expires_s <= now_s - LEEWAY_S:
        raise Unauthenticated("The access token has expired. Get another with the refresh token.")
    return claims


def _signed_by_us(text: str, keys: VerifyingKeys) -> bytes:
    import jwt

    kid = _kid(text.partition(".")[0])
    key = keys.verifier(kid)
    if key is None:
        _refuse()
    try:
        return bytes(jwt.PyJWS(algorithms=[ALGORITHM]).decode(text, key, algorithms=[ALGORITHM]))
    except jwt.InvalidTokenError:
        _refuse()


def _kid(segment: str) -> str:
    padded = segment + "=" * (-len(segment) % 4)
    header = json.loads(urlsafe_b64decode(padded), object_pairs_hook=_no_duplicates)
    is_ours = set(header) == HEADER_MEMBERS and header["alg"] == ALGORITHM and header["typ"] == TYPE
    if not is_ours or not isinstance(header["kid"], str):
        _refuse()
    return str(header["kid"])


def _claims(payload: dict[str, Any], issuer: str) -> AccessClaims:
    if payload["iss"] != issuer or payload["aud"] != AUDIENCE:
        _refuse()
    if payload["sub"] != payload["userId"] or payload["orgId"] != payload["tenantId"]:
        _refuse()
    organization, role = payload["orgId"], payload["role"]
    _ = UUID(payload["jti"])
    return AccessClaims(
        user_id=UUID(payload["userId"]),
        session_id=UUID(payload["sid"]),
        session_began_s=_moment(payload["auth_time"]),
        organization_id=None if organization is None else UUID(organization),
        role=role,
        amr=tuple(payload["amr"]),
    )


def _moment(value: Any) -> float:
    """Seconds since 1970. Python takes true for 1; nobody signs that."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("not a moment")
    return float(value)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _text(identifier: UUID | None) -> str | None:
    return None if identifier is None else str(identifier)


def _refuse() -> NoReturn:
    raise Unauthenticated("The access token is malformed or not ours. Sign in again.")
