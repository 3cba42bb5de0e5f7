"""Cursors for listings, newest first: where a page ended, as an opaque text.

In: the last row's time and id. Out: text, and back. Callers: the stores beside this file. The surprise: a cursor names
a row, not a number of rows, so rows that arrive meanwhile shift nothing.
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol, TypeVar
from uuid import UUID

from chalicelib.errors import InvalidRequest
from chalicelib.tenancy.pages import Page

LIMIT_MAX: Final = 100
CURSOR_CHARACTERS_MAX: Final = 200


class Dated(Protocol):
    @property
    def created_at(self) -> datetime: ...

    @property
    def id(self) -> UUID: ...


Item = TypeVar("Item", bound=Dated)


def bounds(cursor: str | None, limit: int) -> dict[str, object]:
    """Values for `(created_at, id) < (%(before_at)s, %(before_id)s) … limit %(fetched)s`: one more than asked for,
    to know whether there is another page."""
    if not 1 <= limit <= LIMIT_MAX:
        message, cure = f"is {limit}", f"give 1 to {LIMIT_MAX}"
        fault = {"path": "query.limit", "message": message, "cure": cure}
        raise InvalidRequest(f"limit {message}; {cure}.", errors=[fault])
    before_at, before_id = position(cursor) if cursor else (None, None)
    return {"before_at": before_at, "before_id": before_id, "fetched": limit + 1}


def page(rows: Sequence[Item], limit: int) -> Page[Item]:
    items = tuple(rows[:limit])
    has_more = len(rows) > limit
    return Page(items, cursor_after(items[-1]) if has_more else None)


def cursor_after(item: Dated) -> str:
    return urlsafe_b64encode(f"{item.created_at.isoformat()} {item.id}".encode()).decode()


def position(cursor: str) -> tuple[datetime, UUID]:
    try:
        if len(cursor) > CURSOR_CHARACTERS_MAX:
            raise ValueError(cursor)
        at, _, row_id = urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError(at)
        return moment, UUID(row_id)
    except (ValueError, binascii.Error):
        raise not_ours() from None


def not_ours() -> InvalidRequest:
    """What is said of a cursor that nobody gave out."""
    message, cure = "is not one of ours", "take it from the page before, or leave it out"
    fault = {"path": "query.cursor", "message": message, "cure": cure}
    return InvalidRequest(f"The cursor {message}; {cure}.", errors=[fault])
