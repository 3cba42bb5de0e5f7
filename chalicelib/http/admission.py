"""How often a caller may ask: the one place where a request is counted.

In: the method and the caller. Out: `RateLimit-*` headers; `LimitReached` with `retry_after_s`. Callers: `endpoint.py`.
"""

from __future__ import annotations

from chalicelib.identity.principal import Principal
from chalicelib.wiring import Wires


def admit(method: str, caller: Principal | None, *, wires: Wires) -> dict[str, str]:
    return {}
