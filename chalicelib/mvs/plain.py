"""Data without the characters that nobody types: NUL, escapes of terminals, and their kin.

In: plain data of a stranger, such as a model's reply. Out: the same without them. Callers: whoever reads such data. The
surprise: they are taken out and not refused, because PostgreSQL keeps no NUL: one in a reply would otherwise be a step
that can never be written down.
"""

from __future__ import annotations

from typing import Any

from chalicelib.mvs.words import CONTROL


def plain(data: Any) -> Any:
    if isinstance(data, str):
        return CONTROL.sub("", data)
    if isinstance(data, dict):
        return {plain(name): plain(part) for name, part in data.items()}
    return [plain(one) for one in data] if isinstance(data, list) else data
