"""Google's id_token: who signed in, told in a text that only Google can sign.

In: the text, the nonce we sent. Out: its claims, or `Unauthenticated`. Callers: `oauth_providers.py`. The surprise: which
algorithm and which keys count is never read from the token. It names one of the keys we fetched from Google's own
address, and RS256 is all there is: `none`, HS256 and keys that a header brings along are strangers.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from typing import Any, Final

import jwt

from chalicelib.adapters.oauth_http import ProviderCalls
from chalicelib.errors import ProviderBusy, Unauthenticated
from chalicelib.log import log

ALGORITHMS: Final = ["RS256"]
LEEWAY_S: Final = 60
REQUIRED: Final = ["iss", "aud", "sub", "iat", "exp", "nonce"]
KEYS_AGE_MAX_S: Final = 3600
ASK_AGAIN_AFTER_S: Final = 60
"""Key ids nobody has heard of must not become calls."""


class SigningKeys:
    """A provider's JWKS, fetched when first needed, when old, and when a key id is new to us."""

    def __init__(
        self, calls: ProviderCalls, url: str, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._calls, self._url, self._clock = calls, url, clock
        self._known: dict[str, jwt.PyJWK] = {}
        self._fetched_at = float("-inf")

    def key(self, kid: str) -> jwt.PyJWK | None:
        age = self._clock() - self._fetched_at
        if age > KEYS_AGE_MAX_S or (kid not in self._known and age > ASK_AGAIN_AFTER_S):
            self._fetch()
        return self._known.get(kid)

    def _fetch(self) -> None:
        answer = self._calls.get(self._url)
        try:
            found = jwt.PyJWKSet.from_dict(answer.body)
        except (jwt.PyJWTError, AttributeError, TypeError) as error:
            raise ProviderBusy("The sign-in provider's keys can't be read. Try again.") from error
        self._known = {key.key_id: key for key in found.keys if key.key_id}
        self._fetched_at = self._clock()


def read_id_token(
    text: str, *, keys: SigningKeys, audience: str, issuers: tuple[str, ...], nonce: str
) -> dict[str, Any]:
    try:
        kid = str(jwt.get_unverified_header(text).get("kid", ""))
        key = keys.key(kid)
        if key is None:
            raise jwt.InvalidKeyError("unknown kid")
        claims: dict[str, Any] = jwt.decode(
            text,
            key,
            algorithms=ALGORITHMS,
            audience=audience,
            issuer=issuers,
            leeway=LEEWAY_S,
            options={"require": REQUIRED, "strict_aud": True},
        )
        _refuse_strangers(claims, audience, nonce)
    except jwt.PyJWTError as error:
        # The class says what was wrong; the text could hold parts of the token.
        log.warning("id_token_refused", error_type=type(error).__name__)
        raise Unauthenticated(
            "What the provider sent is not for this sign-in. Begin again."
        ) from None
    return claims


def _refuse_strangers(claims: dict[str, Any], audience: str, nonce: str) -> None:
    """What OpenID Connect Core 3.1.3.7 asks beyond signature, issuer, audience and time."""
    if claims.get("azp", audience) != audience:
        raise jwt.InvalidAudienceError("azp")
    if not hmac.compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
        raise jwt.InvalidTokenError("nonce")
