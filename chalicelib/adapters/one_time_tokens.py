"""Links that were sent, in PostgreSQL: minted when the letter leaves, good once.

In: a purpose and what its use needs to know. Out: the token for the link; only its SHA-256 is kept. Callers: whoever
sends letters mints; the stores that carry out what a link promises take it in the transaction of its effect.
The surprise: a token that is used, expired, for something else or never was are one and the same: no row.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final, Literal

from psycopg.types.json import Jsonb

from chalicelib.adapters.database import Database, Session
from chalicelib.errors import LinkExpired

Purpose = Literal["sign_up", "password_reset", "invitation", "oauth"]

TOKEN_BYTES: Final = 32
LINK_IS_OVER: Final = "This link was used already, is too old, or never was one. Ask for a new one."

KEEP: Final = """
insert into platform.one_time_tokens (token_sha256, purpose, body, expires_at)
values (%(sha256)s, %(purpose)s, %(body)s, now() + %(lives)s)
"""
LOOK_AT: Final = """
select body, created_at from platform.one_time_tokens
where token_sha256 = %(sha256)s and purpose = %(purpose)s and expires_at > now()
"""
TAKE: Final = """
delete from platform.one_time_tokens
where token_sha256 = %(sha256)s and purpose = %(purpose)s and expires_at > now()
returning body, created_at
"""


@dataclass(frozen=True)
class Promise:
    """What a link is good for, and since when."""

    body: dict[str, Any]
    created_at: datetime


class OneTimeTokens:
    def __init__(self, database: Database) -> None:
        self._database = database

    def mint(self, purpose: Purpose, body: Mapping[str, Any], *, lives: timedelta) -> str:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        with self._database.session_presenting(token=digest(token)) as session:
            session.run(
                KEEP, sha256=digest(token), purpose=purpose, body=Jsonb(dict(body)), lives=lives
            )
        return token


def take(session: Session, purpose: Purpose, token: str) -> Promise:
    """What the token is good for, which ends with this. The session presents it. Raises `LinkExpired`."""
    return _promised(session.one(Promise, TAKE, sha256=digest(token), purpose=purpose))


def look_at(session: Session, purpose: Purpose, token: str) -> Promise:
    """The same, and uses nothing up."""
    return _promised(session.one(Promise, LOOK_AT, sha256=digest(token), purpose=purpose))


def _promised(found: Promise | None) -> Promise:
    if found is None:
        raise LinkExpired(LINK_IS_OVER)
    return found


def digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
