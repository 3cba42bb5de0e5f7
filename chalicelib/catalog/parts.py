"""Which entity plays which part, and what an overlay means by `$customer`.

In: a blueprint's MVS as plain data. Out: part → entity key; an overlay's data with the names filled in. Callers:
`overlays`. The surprise: `$customer.1` is the second example of whoever plays the customer, which gets a name for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

PARTS: Final = ("customer", "event", "thing", "staff", "supplier")
"""Whom it is for, what happens and has a life cycle, what it is about, who does it, who delivers."""
MENTION: Final = re.compile(r"\$([a-z]+)(?:\.([0-9]))?")

Data = dict[str, Any]


def parts_of(mvs: Data) -> dict[str, str]:
    """Takes `plays` off the entities: it is the catalogue's word, not the MVS's."""
    return {entity.pop("plays"): entity["key"] for entity in mvs["entities"] if "plays" in entity}


def named(value: Any, mvs: Data, parts: Mapping[str, str]) -> Any:
    """Raises `KeyError` when a part is mentioned that nobody plays: an entry of ours that a test refuses."""
    if isinstance(value, dict):
        return {key: named(one, mvs, parts) for key, one in value.items()}
    if isinstance(value, list):
        return [named(one, mvs, parts) for one in value]
    mention = MENTION.fullmatch(value) if isinstance(value, str) else None
    if mention is None:
        return value
    key = parts[mention[1]]
    return key if mention[2] is None else example(mvs, key, int(mention[2]))


def example(mvs: Data, entity: str, index: int) -> str:
    """The name other rows know an example by; the last one when there are fewer."""
    rows = mvs["demo"][entity]
    row = rows[min(index, len(rows) - 1)]
    return str(row.setdefault("_id", f"{entity}_{index}"))
