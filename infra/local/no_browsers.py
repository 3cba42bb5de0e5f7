"""Keeps web pages away from the local AWS, which believes any credentials and allows every origin.

In: the emulator's ASGI app. Out: the same, refusing what a page in a browser sends: a page that is open while the stack
runs could otherwise read every secret and start tasks, which on a laptop are processes. Callers: `emulator`. The
surprise: the public API passes, because it asks for a key of its own; `front_door` leads there.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
FROM_OUTSIDE = ("cross-site", "same-site")


def no_browsers(app: App) -> App:
    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or is_ours(scope):
            await app(scope, receive, send)
        else:
            await refuse(send)

    return guarded


def is_ours(scope: Scope) -> bool:
    """No `Origin`, not sent by another site, and a host name that is this machine's (else: DNS rebinding)."""
    if is_public_api(scope["path"]):
        return True
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    host = re.sub(r":\d+$", "", headers.get(b"host", "").lower())
    is_here = host in LOOPBACK or host.endswith(".localhost")
    is_from_outside = headers.get(b"sec-fetch-site") in FROM_OUTSIDE and not is_link(scope)
    return is_here and b"origin" not in headers and not is_from_outside


def is_link(scope: Scope) -> bool:
    """A presigned address of one document: a page may lead a person there, and can't read what it answers."""
    query = scope["query_string"]
    return scope["method"] == "GET" and b"X-Amz-Signature=" in query and b"Action=" not in query


def is_public_api(path: str) -> bool:
    """`/restapis/<id>/<stage>/_user_request_/…`"""
    parts = path.split("/")
    return parts[1:2] == ["restapis"] and parts[4:5] == ["_user_request_"]


async def refuse(send: Send) -> None:
    body = b'{"message": "The local AWS is not for web pages, apps and tasks."}'
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})
