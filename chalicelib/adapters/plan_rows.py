"""What an organization's plan lets it use, and what counts against it, in PostgreSQL.

In: an open session of the tenant. Out: `OnPlan`, counts, `Admission`. Callers: the stores where a run starts or ends, a seat is
taken, a quota is shown. The surprise: counts are exact for whoever holds the organization's row, because whoever adds to them
holds it too; for all others they are what was true a moment ago.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from chalicelib.adapters.database import Session
from chalicelib.adapters.meter_store import tokens_used
from chalicelib.billing.periods import Period, period_at
from chalicelib.billing.quota import (
    Admission,
    Counted,
    OnPlan,
    admitted,
    handed_over,
    refuse_without_tokens,
)
from chalicelib.errors import NotFound

ON_PLAN: Final = """
select plan, billing_state, period_started_at, period_ends_at, overage_generations_max
from platform.organizations where tenant_id = %(tenant_id)s and deleted_at is null
"""
LOCKED_ON_PLAN: Final = """
select plan, billing_state, period_started_at, period_ends_at, overage_generations_max
from platform.organizations where tenant_id = %(tenant_id)s and deleted_at is null
for no key update
"""
LOCK: Final = (
    "select 1 from platform.organizations where tenant_id = %(tenant_id)s for no key update"
)
COUNTED: Final = """
select count(*) filter (where not is_overage) as included, count(*) filter (where is_overage) as beyond,
    (
        select count(*) from platform.generations as run
        where run.tenant_id = %(tenant_id)s and run.status in ('queued', 'running')
    ) as running
from platform.generations
where tenant_id = %(tenant_id)s and quota_period_started_at = %(period_started_at)s and is_charged
"""
SEATS_TAKEN: Final = """
select (
    (select count(*) from platform.memberships where tenant_id = %(tenant_id)s)
    + (
        select count(*) from platform.invitations
        where tenant_id = %(tenant_id)s and accepted_at is null and revoked_at is null and expires_at > now()
    )
) as number
"""
TAKE_CHARGE: Final = """
update platform.generations set is_charged = false
where tenant_id = %(tenant_id)s and id = %(generation_id)s and status = 'cancelled' and is_charged
returning quota_period_started_at as period_started_at, is_overage, has_spent
"""
FILL: Final = """
update platform.generations set is_overage = false
where tenant_id = %(tenant_id)s and id = (
    select beyond.id from platform.generations as beyond
    join platform.generations as ended on ended.tenant_id = beyond.tenant_id
    where ended.tenant_id = %(tenant_id)s and ended.id = %(generation_id)s
        and not ended.is_charged and not ended.is_overage
        and beyond.quota_period_started_at = ended.quota_period_started_at
        and beyond.is_charged and beyond.is_overage and beyond.status in ('queued', 'running')
    order by beyond.created_at, beyond.id limit 1
)
"""


@dataclass(frozen=True)
class Number:
    number: int


def on_plan(session: Session) -> OnPlan:
    return _found(session.one(OnPlan, ON_PLAN))


def locked_on_plan(session: Session) -> OnPlan:
    """Holds the organization until the transaction ends: its starts happen one after another."""
    return _found(session.one(OnPlan, LOCKED_ON_PLAN))


def counted(session: Session, period: Period) -> Counted:
    found = session.one(Counted, COUNTED, period_started_at=period.started_at)
    assert found is not None  # an aggregate always has its row
    return found


def seats_taken(session: Session) -> int:
    """People, and invitations that wait for an answer."""
    found = session.one(Number, SEATS_TAKEN)
    return found.number if found else 0


def admission(
    session: Session,
    here: OnPlan,
    now: datetime,
    *,
    resumes: UUID | None = None,
    uses_tokens: bool = False,
) -> Admission:
    """For whoever holds the organization. Raises what `billing.quota` refuses with."""
    period = period_at(here, now)
    numbers = counted(session, period)
    counts_as = _counts_as(session, here, numbers, period, resumes)
    if uses_tokens:
        refuse_without_tokens(here, tokens_used(session, period), period)
    return counts_as


def _counts_as(
    session: Session, here: OnPlan, numbers: Counted, period: Period, resumes: UUID | None
) -> Admission:
    if resumes and (taken := session.one(Admission, TAKE_CHARGE, generation_id=resumes)):
        return handed_over(here, numbers, taken)
    return admitted(here, numbers, period)


def hold(session: Session) -> None:
    """The organization's row, of one that is being deleted too: before a charge is given back."""
    session.run(LOCK)


def fill_up(session: Session, generation_id: UUID) -> None:
    """This run gave its place in the plan back: the oldest one under way beyond the plan has it now, and is not billed."""
    session.run(FILL, generation_id=generation_id)


def _found(row: OnPlan | None) -> OnPlan:
    if row is None:
        raise NotFound("There is no such organization.")
    return row
