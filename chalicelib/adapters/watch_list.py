"""The generations somebody must look after, in PostgreSQL.

In: a `Database`. Out: `Watched`. Callers: the sweep, by way of `wiring.py`. Implements `generation.records.WatchList`.
The surprise: nothing is ever added from here; a trigger on `platform.generations` does that, in the same transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from chalicelib.adapters.database import Database
from chalicelib.generation.records import Watched

MOST_AT_ONCE: Final = 500

DUE: Final = """
select organization_id as tenant_id, generation_id, watched_at as since
from platform.generations_to_sweep(%(quiet_s)s, %(most)s)
"""
FORGET: Final = "select platform.stop_watching(%(generation_id)s)::text as done"


@dataclass(frozen=True)
class Forgotten:
    done: str


class PostgresWatchList:
    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, quiet_s: int) -> list[Watched]:
        with self._database.session_outside_tenants() as session:
            return session.all(Watched, DUE, quiet_s=quiet_s, most=MOST_AT_ONCE)

    def forget(self, tenant_id: UUID, generation_id: UUID) -> None:
        with self._database.tenant_session(tenant_id) as session:
            session.one(Forgotten, FORGET, generation_id=generation_id)
