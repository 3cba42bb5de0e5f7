"""Sign-ins with a provider that are under way, in PostgreSQL.

In: a `Flow`, under the SHA-256 of its state. Out: the same, once. Callers: `http/oauth.py` by way of wiring. Implements
`identity.oauth.Flows`. The surprise: a row is looked for with both secrets at once, so that who knows the state alone can
neither use the flow up nor learn that it is there.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb

from chalicelib.adapters.database import Database
from chalicelib.identity.oauth import Flow

KEEP: Final = """
insert into platform.one_time_tokens (token_sha256, purpose, body, expires_at)
values (%(state_sha256)s, 'oauth', %(body)s, %(expires_at)s)
on conflict do nothing
"""
TAKE: Final = """
delete from platform.one_time_tokens
where token_sha256 = %(state_sha256)s and purpose = 'oauth'
    and body ->> 'flow_sha256' = %(flow_sha256)s and expires_at > now()
returning body, expires_at
"""


@dataclass(frozen=True)
class Taken:
    body: dict[str, Any]
    expires_at: datetime


class PostgresOauthFlows:
    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, state_sha256: str, flow: Flow) -> None:
        body = {
            "provider": flow.provider,
            "purpose": flow.purpose,
            "person": str(flow.person) if flow.person else None,
            "redirect_uri": flow.redirect_uri,
            "nonce": flow.nonce,
            "verifier_sealed": b64encode(flow.verifier_sealed).decode(),
            "flow_sha256": flow.flow_sha256,
        }
        with self._database.session_presenting(token=state_sha256) as session:
            session.run(
                KEEP, state_sha256=state_sha256, body=Jsonb(body), expires_at=flow.expires_at
            )

    def take(self, state_sha256: str, flow_sha256: str) -> Flow | None:
        with self._database.session_presenting(token=state_sha256) as session:
            found = session.one(Taken, TAKE, state_sha256=state_sha256, flow_sha256=flow_sha256)
        return _flow(found) if found else None


def _flow(found: Taken) -> Flow:
    body = found.body
    return Flow(
        provider=body["provider"],
        purpose=body["purpose"],
        person=UUID(body["person"]) if body["person"] else None,
        redirect_uri=body["redirect_uri"],
        nonce=body["nonce"],
        verifier_sealed=b64decode(body["verifier_sealed"]),
        flow_sha256=body["flow_sha256"],
        expires_at=found.expires_at,
    )
