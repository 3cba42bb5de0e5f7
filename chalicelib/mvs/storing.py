"""From an `Mvs` back to plain data, such that reading it again gives the same `Mvs`.

In: a validated `Mvs`. Out: what JSON can carry, without defaults. Callers: the HTTP door.
The surprise: decimals become JSON numbers, not text; a field that holds text and one that holds numbers must not be
mistaken for each other when the data is read again.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from chalicelib.mvs.spec import Mvs


def as_data(mvs: Mvs) -> dict[str, Any]:
    plain: dict[str, Any] = _plain(mvs.model_dump(exclude_defaults=True))
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
