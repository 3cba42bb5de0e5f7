"""The row of an organization: read, and held while something about it changes.

In: an open session of the tenant. Out: `Organization`. Callers: the stores beside this file. The surprise: whoever changes
who is in an organization, or what it is, takes its row first; so such changes happen one after another, and nothing waits
in a circle. One that was deleted is not found.
"""

from __future__ import annotations

from typing import Final

from chalicelib.adapters.database import Session
from chalicelib.errors import NotFound
from chalicelib.tenancy.organizations import Organization

READ: Final = """
select id, name, plan, locale, created_at, deletion_due_at, billing_state from platform.organizations
where tenant_id = %(tenant_id)s and deleted_at is null
"""
LOCKED: Final = """
select id, name, plan, locale, created_at, deletion_due_at, billing_state from platform.organizations
where tenant_id = %(tenant_id)s and deleted_at is null
for no key update
"""


def organization(session: Session) -> Organization:
    return _found(session.one(Organization, READ))


def locked(session: Session) -> Organization:
    """Holds the organization until the transaction ends."""
    return _found(session.one(Organization, LOCKED))


def _found(row: Organization | None) -> Organization:
    if row is None:
        raise NotFound("There is no such organization.")
    return row
