"""One line in the audit log, in the transaction of what it tells of.

In: an open session of the tenant. Out: nothing. Callers: the stores beside this file. The surprise: there is no way to
read, change or delete a line here; the table refuses all but reading, whoever asks.
"""

from __future__ import annotations

from typing import Any, Final, Literal
from uuid import UUID

from psycopg.types.json import Jsonb

from chalicelib.adapters.database import Session

Action = Literal[
    "app.created",
    "app.changed",
    "app.deleted",
    "generation.started",
    "generation.succeeded",
    "generation.failed",
    "generation.cancelled",
]

RECORD: Final = """
insert into platform.audit_log (tenant_id, actor, action, subject_id, facts)
values (%(tenant_id)s, %(actor)s, %(action)s, %(subject_id)s, %(facts)s)
"""


def record(session: Session, by: str, action: Action, subject_id: UUID, **facts: Any) -> None:
    session.run(RECORD, actor=by, action=action, subject_id=subject_id, facts=Jsonb(facts))
