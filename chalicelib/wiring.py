"""Wires: one attribute per port, made when first asked for, so that a Lambda loads only what it uses.

In: `Settings`. Out: the adapters behind the rooms' ports. Callers: doors and tests, nobody else.
The surprise: SDKs are imported inside these functions on purpose; importing this module imports no SDK.
"""

from __future__ import annotations

from functools import cache, cached_property

from chalicelib.settings import Settings, read_settings


class Wires:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings


@cache
def wires() -> Wires:
    """The process's wires; settings faults surface here, at the first use."""
    return Wires(read_settings())
