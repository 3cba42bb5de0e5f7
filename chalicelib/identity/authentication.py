"""From the `Authorization` header to a principal: an API key or an access token.

In: the header, the ports that know keys and people. Out: a `Principal`, or `Unauthenticated`. Callers: the HTTP door.
The surprise: a token only says who asks. What they may do, and whether their session goes on, is read with each request,
so that a removal, another role, a sign-out or a new password bites at once.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from chalicelib.errors import Unauthenticated
from chalicelib.identity import api_keys
from chalicelib.identity.principal import Principal

if TYPE_CHECKING:
    from chalicelib.identity.keys import IdentityKeys
    from chalicelib.identity.standing import Standings
    from chalicelib.settings import Settings


class Known(Protocol):
    """Who knows the credentials."""

    @property
    def api_keys(self) -> api_keys.Keys: ...

    @property
    def identity_keys(self) -> IdentityKeys: ...

    @property
    def standings(self) -> Standings: ...

    @property
    def settings(self) -> Settings: ...


def authenticate(header: str, *, wires: Known) -> Principal:
    scheme, _, credentials = header.partition(" ")
    token = credentials.strip()
    if scheme.lower() == "bearer" and token.count(".") == 2:
        return person(token, wires)
    return api_keys.authenticate(header, keys=wires.api_keys)


def person(token: str, wires: Known) -> Principal:
    """Loaded with the first person: programs with a key do not wait for what checks signatures."""
    from chalicelib.identity import tokens

    claims = tokens.read(
        token, keys=wires.identity_keys, issuer=wires.settings.public_url, now_s=time.time()
    )
    standing = wires.standings.standing(claims.user_id, claims.organization_id, claims.session_id)
    if standing is None or standing.is_over(claims.session_began_s):
        raise Unauthenticated("The session is over. Sign in again.")
    return Principal(
        organization_id=claims.organization_id if standing.role else None,
        role=standing.role,
        user_id=claims.user_id,
        session_id=claims.session_id,
        session_began_s=claims.session_began_s,
        billing_state=standing.billing_state,
    )
