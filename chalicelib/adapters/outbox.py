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
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from chalicelib.adapters.database import UNIT, Database, Session
from chalicelib.errors import PlatformError
from chalicelib.mail.letters import fault
from chalicelib.mail.sending import Letter

POST: Final = """
select platform.post_letter(%(id)s, %(kind)s, %(locale)s, %(body)s)::text as done
"""

TAKE: Final = "select id, kind, locale, body, attempts from platform.take_letters(1, %(lease_s)s)"
DONE: Final = "select platform.letter_is_done(%(id)s)::text as done"


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
        """Posting an `id` that waits already does nothing. Ids and times may be given as they are; what is None or empty is
        left out."""
        texts = {name: as_text(value) for name, value in body.items() if value not in (None, "")}
        if wrong := fault(kind, texts):
            raise PlatformError(f"a letter {kind!r} can't be posted: {wrong}")
        with self._joining(session) as joined:
            joined.one(Done, POST, id=id or uuid4(), kind=kind, locale=locale, body=Jsonb(texts))

    def take(self, lease_s: int) -> Letter | None:
        """The letter that has waited longest. Who does not say `done` within the lease leaves it to the next one; the
        lease doubles with each attempt."""
        with self._database.session_outside_tenants() as session:
            return session.one(Letter, TAKE, lease_s=lease_s)

    def done(self, letter_id: UUID) -> None:
        with self._database.session_outside_tenants() as session:
            session.one(Done, DONE, id=letter_id)

    @contextmanager
    def _joining(self, session: Session | None) -> Iterator[Session]:
        open_already = session or UNIT.get()
        if open_already is not None:
            yield open_already
            return
        with self._database.session_outside_tenants() as own:
            yield own


def as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
