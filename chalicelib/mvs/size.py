"""How large a document may be, before anything else looks at it.

In: any data. Out: at most one fault. Callers: `reading`. The surprise: it walks without recursion and stops at the
limit, so ten megabytes, a thousand levels or a list that contains itself cost no more than the limit does.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from chalicelib.mvs.faults import Fault, fault

MAX_CHARACTERS = 2_000_000
MAX_NODES = 200_000
MAX_DEPTH = 12
KNOWN = (dict, list, str, bool, int, float, Decimal, date)
"""What JSON knows, and the dates some YAML readers make."""


def size_faults(data: object) -> list[Fault]:
    ahead: list[tuple[object, int]] = [(data, 0)]
    nodes, characters = 1, 0
    while ahead:
        value, depth = ahead.pop()
        if depth > MAX_DEPTH:
            return [fault("$", "too_deep", max=MAX_DEPTH)]
        if value is not None and not isinstance(value, KNOWN):
            return [fault("$", "malformed", value=value)]
        characters += len(value) if isinstance(value, str) else 1
        nodes += len(value) if isinstance(value, dict | list) else 0
        if nodes > MAX_NODES or characters > MAX_CHARACTERS:
            return [fault("$", "too_big", max=MAX_CHARACTERS)]
        ahead.extend((part, depth + 1) for part in _parts(value))
    return []


def _parts(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return (part for pair in value.items() for part in pair)
    return value if isinstance(value, list) else ()
