"""Where a provider may send somebody back to: pages of ours, or a program on their own machine.

In: what a client asks for. Out: the same text, or `InvalidRequest`. Callers: `identity.oauth`. The surprise: nothing is
parsed. A URL that two libraries read differently is how codes get stolen, so only texts of two plain forms pass, letter by
letter: no user, no port of their own, no dots, no escapes, no query, nothing beyond ASCII.
"""

from __future__ import annotations

import re
from typing import Final

from chalicelib.errors import InvalidRequest

PATH: Final = re.compile(r"[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*", re.ASCII)
LOOPBACK: Final = re.compile(r"http://127\.0\.0\.1:([1-9][0-9]{3,4})/callback", re.ASCII)
"""RFC 8252, 7.3: by address, since a name could be made to lead elsewhere."""
PORT_MAX: Final = 65535
CHARACTERS_MAX: Final = 300


def permitted_redirect(uri: str, *, public_url: str) -> str:
    if len(uri) <= CHARACTERS_MAX and (_is_ours(uri, public_url) or _is_loopback(uri)):
        return uri
    cure = f"send {public_url.rstrip('/')}/<path> or http://127.0.0.1:<port>/callback"
    message = "is not an address we send people back to"
    raise InvalidRequest(
        f"body.redirect_uri {message}; {cure}.",
        errors=[{"path": "body.redirect_uri", "message": message, "cure": cure}],
    )


def _is_ours(uri: str, public_url: str) -> bool:
    beginning = public_url.rstrip("/") + "/"
    return uri.startswith(beginning) and bool(PATH.fullmatch(uri[len(beginning) :]))


def _is_loopback(uri: str) -> bool:
    match = LOOPBACK.fullmatch(uri)
    return match is not None and int(match[1]) <= PORT_MAX
