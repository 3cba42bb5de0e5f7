"""Idempotency-Key: a creating request that is repeated answers the same and does nothing more.

In: a call, and what carries it out. Out: its answer, or the one given before. Callers: `endpoint.py`. The surprise:
everything the view does for the caller's organization joins one transaction with the answer; a refusal keeps nothing, so
the same key may be tried again. Whoever is in no organization has no such transaction: those rooms name what they make
after the key.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from chalice.app import Response

from chalicelib.http.call import Call

if TYPE_CHECKING:
    from chalicelib.tenancy.answers import Answer


def once(call: Call, make: Callable[[], Response]) -> Response:
    key = call.idempotency_key
    if not key or call.caller is None or call.caller.organization_id is None:
        return make()
    from chalicelib.tenancy.answers import Asked, digest

    path = str(call.request.context.get("path", call.request.path))
    asked = Asked(
        tenant_id=call.caller.organization_id,
        actor=call.caller.actor,
        key=key,
        request_sha256=digest(str(call.request.method), path, call.raw),
    )
    answer = call.wires.idempotency.once(asked, lambda: told(make()))
    return Response(body=answer.body, status_code=answer.status, headers=dict(answer.headers))


def told(response: Response) -> Answer:
    from chalicelib.tenancy.answers import Answer

    headers = {name: str(value) for name, value in response.headers.items()}
    return Answer(status=int(response.status_code), headers=headers, body=str(response.body))
