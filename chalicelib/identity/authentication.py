"""From the `Authorization` header to a principal: an API key or an access token.

In: the header, the ports that know keys and people. Out: a `Principal`, or `Unauthenticated`. Callers: the HTTP door.
"""

from __future__ import annotations

from typing import Protocol

from chalicelib.identity import api_keys
from chalicelib.identity.principal import Principal


class Known(Protocol):
    """Who knows the credentials."""

    @property
    def api_keys(self) -> api_keys.Keys: ...


def authenticate(header: str, *, wires: Known) -> Principal:
    return api_keys.authenticate(header, keys=wires.api_keys)
