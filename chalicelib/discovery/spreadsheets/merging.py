"""The fragment of a spreadsheet laid into an MVS.

In: an MVS as plain data or none yet, and a fragment. Out: a valid MVS as plain data, and where each column went.
Callers: the conversation. The surprise: what a person has said already wins; a sheet whose entity is known adds fields to
it and never takes one away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Merged:
    mvs: dict[str, Any]
    """Valid: `read_mvs` takes it."""
    placed: dict[str, dict[str, Any]]
    """Entity key of the fragment → `{entity, fields: {field key of the fragment: field key of the MVS}}`."""


def merged(
    mvs: Mapping[str, Any] | None, fragment: Mapping[str, Any], *, language: str = "es"
) -> Merged:
    """Raises `InvalidMvs` when both together are more than an MVS may hold."""
    raise NotImplementedError
