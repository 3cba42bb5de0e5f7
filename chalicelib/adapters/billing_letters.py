"""Posting a letter about payments to everybody who may act on it.

In: an open session of the tenant, what is told. Out: letters in the outbox, kept with whatever else the transaction
changes. Callers: `billing_held.py`. The surprise: admins get it too, who may manage billing as owners may.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from chalicelib.adapters.database import Session
from chalicelib.adapters.outbox import Outbox
from chalicelib.billing.letters import Notice

MANAGERS: Final = """
select membership.user_id, organization.name as organization_name, organization.locale
from platform.memberships as membership
join platform.organizations as organization on organization.tenant_id = membership.tenant_id
where membership.tenant_id = %(tenant_id)s and membership.role in ('owner', 'admin')
    and organization.deleted_at is null
order by membership.created_at, membership.user_id
"""


@dataclass(frozen=True)
class Manager:
    user_id: UUID
    organization_name: str
    locale: str


def tell(session: Session, outbox: Outbox, notices: Iterable[Notice]) -> bool:
    """Whether a letter was posted; then the queue is worth a nudge."""
    told = list(notices)
    managers = session.all(Manager, MANAGERS) if told else []
    for notice in told:
        for one in managers:
            body = {
                "user_id": one.user_id,
                "organization_name": one.organization_name,
                **notice.facts,
            }
            outbox.post(notice.kind, body, one.locale, session=session)
    return bool(managers)
