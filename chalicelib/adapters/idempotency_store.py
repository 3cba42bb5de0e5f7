"""Answers to repeat, in PostgreSQL, in the transaction of what they tell of.

In: a `Database`, what seals. Out: an `Answer`. Callers: the HTTP door, by way of `wiring.py`. Implements
`tenancy.answers.IdempotentAnswers`. The surprise: of two requests with one key the second waits inside its `insert` until
the first has ended, whichever process it is in; the primary key is the lock.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from chalicelib.adapters.database import Database, Session
from chalicelib.errors import Conflict, DatabaseBusy
from chalicelib.identity.sealing import Sealer
from chalicelib.tenancy.answers import Answer, Asked

CLAIM: Final = """
insert into platform.idempotent_answers (tenant_id, actor, key_sha256, request_sha256)
values (%(tenant_id)s, %(actor)s, %(key_sha256)s, %(request_sha256)s)
on conflict (tenant_id, actor, key_sha256) do nothing
"""
KEEP: Final = """
update platform.idempotent_answers set status = %(status)s, answer_sealed = %(sealed)s
where tenant_id = %(tenant_id)s and actor = %(actor)s and key_sha256 = %(key_sha256)s
"""
KEPT: Final = """
select request_sha256, status, answer_sealed from platform.idempotent_answers
where tenant_id = %(tenant_id)s and actor = %(actor)s and key_sha256 = %(key_sha256)s
"""


@dataclass(frozen=True)
class Kept:
    request_sha256: bytes
    status: int
    answer_sealed: bytes


class PostgresIdempotentAnswers:
    def __init__(self, database: Database, sealer: Callable[[], Sealer]) -> None:
        self._database = database
        self._sealer = sealer

    def once(self, asked: Asked, make: Callable[[], Answer]) -> Answer:
        whose = {"actor": asked.actor, "key_sha256": asked.key_sha256}
        with self._database.unit(asked.tenant_id) as session:
            if not session.run(CLAIM, request_sha256=asked.request_sha256, **whose):
                return self._repeated(session, asked)
            answer = make()
            sealed = self._sealed(answer, asked)
            session.run(KEEP, status=answer.status, sealed=sealed, **whose)
            return answer

    def _repeated(self, session: Session, asked: Asked) -> Answer:
        kept = session.one(Kept, KEPT, actor=asked.actor, key_sha256=asked.key_sha256)
        if kept is None:  # it expired between the two statements
            raise DatabaseBusy("The answer to this Idempotency-Key is just expiring. Try again.")
        if kept.request_sha256 != asked.request_sha256:
            raise Conflict(
                f"The Idempotency-Key {asked.key!r} was used for another request. Choose a new one."
            )
        return self._opened(kept, asked)

    def _sealed(self, answer: Answer, asked: Asked) -> bytes:
        plain = json.dumps({"headers": dict(answer.headers), "body": answer.body}).encode()
        return self._sealer().seal(plain, context=asked.context)

    def _opened(self, kept: Kept, asked: Asked) -> Answer:
        try:
            plain = self._sealer().open(kept.answer_sealed, context=asked.context)
        except ValueError:
            raise Conflict(
                "This was carried out before, and its answer can't be repeated any more. Look for what it made."
            ) from None
        return Answer(status=kept.status, **json.loads(plain))
