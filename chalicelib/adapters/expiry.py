"""Deleting what has expired, in PostgreSQL: links nobody opened, ended sessions, answers to repeat.

In: a `Database`. Out: how many entries of the list were looked at. Callers: the minute's job. The surprise: nobody can
look through those tables; a list kept by triggers says where to look, and only the database's function reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from chalicelib.adapters.database import Database

AT_ONCE: Final = 500
TURNS_MAX: Final = 20

FORGET: Final = "select platform.forget_expired(%(most)s) as looked_at"


@dataclass(frozen=True)
class Forgotten:
    looked_at: int


class Expiry:
    def __init__(self, database: Database) -> None:
        self._database = database

    def forget(self, *, at_once: int = AT_ONCE) -> int:
        """Each turn is a transaction of its own. What is left after the last waits a minute."""
        total = 0
        for _ in range(TURNS_MAX):
            with self._database.session_outside_tenants() as session:
                turn = session.one(Forgotten, FORGET, most=at_once)
            looked_at = turn.looked_at if turn else 0
            total += looked_at
            if looked_at < at_once:
                break
        return total
