"""The outbox in PostgreSQL: letters that were decided on, until they left.

In: a kind of chalicelib/mail/letters.py and what it needs to know, never a token. Out: letters, leased to whoever sends
them. Callers: doors and stores post; `mail.sending` takes. Implements `mail.sending.Letters`.
The surprise: a letter posted while a `unit` is open, or with a `session`, is part of that transaction: what it tells of
and the letter are kept together or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from chalicelib.adapters.database import UNIT, Database, Session

POST: Final = """
select platform.post_letter(%(id)s, %(kind)s, %(locale)s, %(body)s)::text as done
"""


@dataclass(frozen=True)
class Done:
    done: str


class Outbox:
    def __init__(self, database: Database) -> None:
        self._database = database

    def post(
        self,
        kind: str,
        body: Mapping[str, Any],
        locale: str,
        *,
        id: UUID | None = None,
        session: Session | None = None,
    ) -> None:
        """Posting an `id` that waits already does nothing."""
        with self._joining(session) as joined:
            joined.one(
                Done, POST, id=id or uuid4(), kind=kind, locale=locale, body=Jsonb(dict(body))
            )

    @contextmanager
    def _joining(self, session: Session | None) -> Iterator[Session]:
        open_already = session or UNIT.get()
        if open_already is not None:
            yield open_already
            return
        with self._database.session_outside_tenants() as own:
            yield own
