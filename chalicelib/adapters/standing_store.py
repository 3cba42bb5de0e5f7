"""How people stand, in PostgreSQL: asked once with each of their requests.

In: a `Database`. Out: `Standing`. Implements `identity.standing.Standings`. Callers: wiring. The surprise: for a
person in no organization there is no tenant to name, and a policy that is asked without one fails; `case` keeps it unasked.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Final
from uuid import UUID

from chalicelib.adapters.database import Database, Session
from chalicelib.identity.standing import Standing

STANDING: Final = """
select
    case when %(organization_id)s::uuid is not null then (
        select membership.role from platform.memberships as membership
        join platform.organizations as organization on organization.tenant_id = membership.tenant_id
        where membership.tenant_id = %(organization_id)s and membership.user_id = %(user_id)s
            and organization.deleted_at is null
    ) end as role,
    case when %(organization_id)s::uuid is not null then coalesce(
        (
            select organization.billing_state from platform.organizations as organization
            where organization.tenant_id = %(organization_id)s
        ),
        'current'
    ) else 'current' end as billing_state,
    coalesce(
        (
            select greatest(credentials.tokens_valid_from_at, 'epoch')
            from platform.person_credentials as credentials where credentials.user_id = %(user_id)s
        ),
        'epoch'
    ) as sessions_valid_from_at,
    exists (
        select from platform.ended_sessions as ended
        where ended.user_id = %(user_id)s and ended.session_id = %(session_id)s
    ) as session_ended,
    person.locale
from platform.users as person where person.id = %(user_id)s
"""
END_SESSION: Final = """
insert into platform.ended_sessions (user_id, session_id) values (%(user_id)s, %(session_id)s)
on conflict do nothing
"""
END_ALL_SESSIONS: Final = """
insert into platform.person_credentials as known (user_id, tokens_valid_from_at) values (%(user_id)s, %(before)s)
on conflict (user_id) do update
set tokens_valid_from_at = greatest(known.tokens_valid_from_at, excluded.tokens_valid_from_at)
"""


class PostgresStandings:
    def __init__(self, database: Database) -> None:
        self._database = database

    def standing(
        self, user_id: UUID, organization_id: UUID | None, session_id: UUID
    ) -> Standing | None:
        asked = {"organization_id": organization_id, "session_id": session_id}
        with self._session(user_id, organization_id) as session:
            return session.one(Standing, STANDING, **asked)

    def end_session(self, user_id: UUID, session_id: UUID) -> None:
        with self._database.person_session(user_id) as session:
            session.run(END_SESSION, session_id=session_id)

    def end_all_sessions(self, user_id: UUID, *, before: datetime) -> None:
        with self._database.person_session(user_id) as session:
            session.run(END_ALL_SESSIONS, before=before)

    def _session(
        self, user_id: UUID, organization_id: UUID | None
    ) -> AbstractContextManager[Session]:
        if organization_id is None:
            return self._database.person_session(user_id)
        return self._database.tenant_session(organization_id, user_id=user_id)
