"""An organization and how much of its month's quota is left.

In: rows of `platform.organizations`. Out: frozen records, a Protocol. Callers: doors, `adapters/organization_store.py`.
The surprise: an organization's id is its tenant id; there is nothing to look up between the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from chalicelib.tenancy.plans import Plan


@dataclass(frozen=True, kw_only=True)
class Organization:
    id: UUID
    name: str
    plan: Plan
    locale: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Quota:
    """Generations of the calendar month."""

    limit: int
    used: int
    resets_at: datetime

    @property
    def left(self) -> int:
        return max(0, self.limit - self.used)


class OrganizationStore(Protocol):
    def read(self, tenant_id: UUID) -> Organization: ...

    def quota(self, tenant_id: UUID) -> Quota: ...
