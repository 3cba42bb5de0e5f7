"""Answers that are the same for everybody: kept by caches, asked for again by their ETag.

In: a request and the whole answer. Out: the answer with its ETag, or 304 without a body. Callers: `endpoint.py`.
"""

from __future__ import annotations

from hashlib import sha256
from http import HTTPStatus

from chalice.app import Request, Response


def kept_by_caches(request: Request, response: Response, seconds: int) -> Response:
    body = response.body.encode() if isinstance(response.body, str) else response.body
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    response.headers |= {"ETag": tag, "Cache-Control": f"public, max-age={seconds}"}
    known = str(request.headers.get("if-none-match", ""))
    if tag in [one.strip().removeprefix("W/") for one in known.split(",")]:
        return Response(body="", status_code=HTTPStatus.NOT_MODIFIED, headers=response.headers)
    return response
