"""Organizations, in PostgreSQL.

In: a `Database`. Out: `Organization`, `Quota`, `Mine`. Callers: doors, sign-up, by way of `wiring.py`.
Implements `tenancy.organizations.OrganizationStore` and `identity.api_keys.Keys`. The surprise: an organization is made by whoever
will own it, in a session that names both; a repeated request is known by the audit log's first line.
"""

from __future__ import annotations

import unicodedata
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, LiteralString
from uuid import UUID

from chalicelib.adapters import membership_store, plan_rows
from chalicelib.adapters.audit_log import record
from chalicelib.adapters.database import Database, Reference, Session
from chalicelib.adapters.organization_row import locked, organization
from chalicelib.adapters.outbox import Outbox
from chalicelib.billing.periods import period_at
from chalicelib.errors import Conflict
from chalicelib.tenancy.audit import Action
from chalicelib.tenancy.organizations import (
    Mine,
    Organization,
    Overage,
    Quota,
    Share,
    refuse_another_name,
    refuse_one_more,
)

CHANGE: Final = """
update platform.organizations
set name = coalesce(%(name)s, name), locale = coalesce(%(locale)s, locale), updated_at = now()
where tenant_id = %(tenant_id)s
"""
INSERT: Final = """
insert into platform.organizations (id, name, locale) values (%(tenant_id)s, %(name)s, %(locale)s)
on conflict do nothing
"""
AS_FOUNDED: Final = """
select facts -> 'after' as after from platform.audit_log
where tenant_id = %(tenant_id)s and subject_id = %(tenant_id)s and action = 'organization.created'
"""
LOCK_PERSON: Final = "select id from platform.users where id = %(user_id)s for no key update"
MINE: Final = """
select organization_id as id, name, plan, role, joined_at, deletion_due_at from platform.my_organizations()
order by joined_at, organization_id
"""
THEIRS: Final = (
    "select count(*) as number from platform.person_organizations where user_id = %(user_id)s"
)
SCHEDULE: Final = """
update platform.organizations set deletion_due_at = now() + %(grace)s, updated_at = now()
where tenant_id = %(tenant_id)s
"""
TAKE_BACK: Final = """
update platform.organizations set deletion_due_at = null, updated_at = now() where tenant_id = %(tenant_id)s
"""


@dataclass(frozen=True)
class Counted:
    number: int


@dataclass(frozen=True)
class AsFounded:
    after: dict[str, Any]


class PostgresOrganizationStore:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._outbox = Outbox(database)

    def read(self, tenant_id: UUID) -> Organization:
        with self._database.tenant_session(tenant_id) as session:
            return organization(session)

    def quota(self, tenant_id: UUID) -> Quota:
        with self._database.tenant_session(tenant_id) as session:
            here = plan_rows.on_plan(session)
            period = period_at(here, datetime.now(UTC))
            counted = plan_rows.counted(session, period)
            terms = here.terms
            return Quota(
                plan=here.plan,
                period_started_at=period.started_at,
                resets_at=period.ends_at,
                limit=terms.generations,
                used=counted.included,
                overage=Overage(
                    is_offered=terms.has_overage,
                    generations_max=here.beyond_max,
                    generations_used=counted.beyond,
                ),
                running=Share(terms.parallel_generations, counted.running),
                seats=Share(terms.seats, plan_rows.seats_taken(session)),
            )

    def change(
        self, tenant_id: UUID, *, name: str | None, locale: str | None, by: str
    ) -> Organization:
        with self._database.tenant_session(tenant_id) as session:
            before = locked(session)
            session.run(CHANGE, name=name, locale=locale)
            return _recorded(session, by, "organization.changed", before)

    def create(self, organization_id: UUID, *, name: str, locale: str, owner: UUID) -> Organization:
        with self._database.tenant_session(organization_id, user_id=owner) as session:
            session.one(Reference, LOCK_PERSON)
            theirs = _counted(session, THEIRS)
            if founded(session, name=name, locale=locale, owner=owner):
                refuse_one_more(theirs)
            else:
                _refuse_another(session, {"name": name, "locale": locale})
                _refuse_who_left(session, owner)
            return organization(session)

    def mine(self, person_id: UUID) -> list[Mine]:
        with self._database.person_session(person_id) as session:
            return session.all(Mine, MINE)

    def schedule_deletion(
        self, tenant_id: UUID, *, name: str, grace: timedelta, by: str
    ) -> Organization:
        with self._database.tenant_session(tenant_id) as session:
            before = locked(session)
            refuse_another_name(unicodedata.normalize("NFC", name), before.name)
            if before.deletion_due_at:
                return before
            session.run(SCHEDULE, grace=grace)
            after = _recorded(session, by, "organization.deletion_scheduled", before)
            self._tell_the_owners(session, after)
            return after

    def take_back_deletion(self, tenant_id: UUID, *, by: str) -> Organization:
        with self._database.tenant_session(tenant_id) as session:
            before = locked(session)
            if before.deletion_due_at is None:
                return before
            session.run(TAKE_BACK)
            return _recorded(session, by, "organization.deletion_taken_back", before)

    def _tell_the_owners(self, session: Session, doomed: Organization) -> None:
        due_at = doomed.deletion_due_at.isoformat() if doomed.deletion_due_at else ""
        for owner in membership_store.owners(session):
            body = {"user_id": str(owner), "organization_name": doomed.name, "due_at": due_at}
            self._outbox.post("deletion_scheduled", body, doomed.locale, session=session)


def founded(session: Session, *, name: str, locale: str, owner: UUID) -> bool:
    """The session's tenant, with its first owner, who exists. False when it was there already; then nothing is done."""
    if not session.run(INSERT, name=name, locale=locale):
        return False
    membership_store.add(session, owner, "owner")
    tenant_id = UUID(session.tenant_id)
    after = {"name": name, "locale": locale}
    record(session, f"user:{owner}", "organization.created", tenant_id, after=after)
    return True


def _counted(session: Session, query: LiteralString, **values: Any) -> int:
    counted = session.one(Counted, query, **values)
    return counted.number if counted else 0


def _recorded(session: Session, by: str, action: Action, before: Organization) -> Organization:
    """How it is now, with a line in the audit log about what differs."""
    after = organization(session)
    if after != before:
        record(session, by, action, after.id, before=asdict(before), after=asdict(after))
    return after


def _refuse_another(session: Session, asked: dict[str, str]) -> None:
    made = session.one(AsFounded, AS_FOUNDED)
    if made is None or made.after != asked:
        raise Conflict("This Idempotency-Key was used with another body. Send a new one.")


def _refuse_who_left(session: Session, owner: UUID) -> None:
    """What they made may be others' by now, and called something else."""
    if membership_store.role_of(session, owner) is None:
        raise Conflict("You have left what this Idempotency-Key made. Send a new one.")
