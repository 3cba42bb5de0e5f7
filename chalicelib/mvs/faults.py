"""A fault: where in the MVS, what kind, and the facts a message needs.

In: made by `references`, `reading` and their neighbours. Out: plain data that `texts` puts into words. The surprise:
the facts are whatever somebody sent us, so `quoted` never trusts their size, depth or `repr`.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

QUOTE_LENGTH = 80
KNOWN_LISTED = 20
PLAIN = re.compile(r"\w{1,60}", re.ASCII)


@dataclass(frozen=True)
class Fault:
    """`code` is a row of `texts.MESSAGES`; `facts` fill its placeholders."""

    path: str
    code: str
    facts: Mapping[str, object] = field(default_factory=dict)


def fault(path: str, code: str, **facts: object) -> Fault:
    return Fault(path, code, facts)


def joined(parts: Iterable[str | int]) -> str:
    """('entities', 2, 'to') → 'entities[2].to'; the document itself is '$'."""
    path = ""
    for part in parts:
        path = inside(path, part)
    return path.removeprefix(".") or "$"


def inside(path: str, part: str | int) -> str:
    """One step further. Odd names appear quoted: `demo['a b']`."""
    is_plain = isinstance(part, str) and PLAIN.fullmatch(part)
    return f"{path}.{part}" if is_plain else f"{path}[{quoted(part)}]"


def quoted(value: object) -> str:
    """A short `repr` of anything: huge numbers, deep nesting and objects that refuse are all survivable."""
    short = reprlib.Repr()
    short.maxstring = short.maxother = short.maxlong = QUOTE_LENGTH
    short.maxlevel = 2
    try:
        return short.repr(value)[: QUOTE_LENGTH + 20]
    except (ValueError, TypeError, RecursionError):
        return f"<{type(value).__name__}>"


def listed(known: Iterable[object]) -> str:
    """'a', 'b', 'c' … and how many more."""
    names = [quoted(name) for name in known]
    more = f" … (+{len(names) - KNOWN_LISTED})" if len(names) > KNOWN_LISTED else ""
    return (", ".join(names[:KNOWN_LISTED]) or "—") + more
