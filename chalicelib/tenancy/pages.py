"""A page of a listing, whatever is listed.

In: items, and where the next page begins. Out: read by doors. Callers: every room that lists. The surprise: it lives on
this floor because every room may look here; how a cursor is made is in `adapters/pages.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a listing, newest first. `next_cursor` is opaque; None on the last page."""

    items: tuple[T, ...]
    next_cursor: str | None = None
