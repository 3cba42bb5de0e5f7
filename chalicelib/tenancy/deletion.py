"""Deleting an organization once its grace period is over: what runs, is stored, is paid for, is written down, in that order.

In: an organization that is due. Out: what became of it. Callers: the job `purge`. The surprise: access ends first, in one
statement, and every later step may be repeated; so a crash anywhere is mended by doing the job again, and nothing that
still runs is ever forgotten before it was stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final, Literal, Protocol
from uuid import UUID

from chalicelib.tenancy.exports import TenantFiles
from chalicelib.tenancy.model_keys import ModelKeys

BY: Final = "system:purge"
FOLDERS: Final = ("generations", "inbox", "exports", "discoveries", "uploads", "apps")
"""Of the artifact bucket, each with one folder per organization."""
ROWS_AT_ONCE: Final = 5000

Outcome = Literal["not due", "deleted"]


@dataclass(frozen=True, kw_only=True)
class Built:
    """A version of an app that was built, or tried."""

    generation_id: UUID
    app_id: UUID
    app_number: int
    slug: str
    version: int
    locale: str
    is_open: bool
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class TenantJob:
    """Due work of an organization, leased to whoever took it."""

    tenant_id: UUID
    job: Literal["export", "purge", "billing", "meter"]
    subject_id: UUID


class DeletionStore(Protocol):
    def close(self, tenant_id: UUID) -> bool:
        """From now on nobody acts for it. False when it is not due, or there is none; True again when it was closed before."""

    def built(self, tenant_id: UUID) -> list[Built]:
        """Of the apps that were not removed yet: an app's versions together, the newest first."""

    def removed(self, tenant_id: UUID, app_id: UUID) -> None:
        """Nothing of it runs any more; only its address is kept, so that nobody else gets it."""

    def erase(self, tenant_id: UUID, *, most: int) -> bool:
        """Rows, so many at a time. False once only ids are left."""


class JobList(Protocol):
    def take(self, lease_s: int) -> list[TenantJob]:
        """What is due, of all organizations; it comes again after the lease unless it was done."""


def purge(
    tenant_id: UUID,
    *,
    deletions: DeletionStore,
    remove_app: Callable[[Sequence[Built]], None],
    files: TenantFiles,
    model_keys: ModelKeys,
    close_customer: Callable[[UUID], None],
) -> Outcome:
    """`remove_app` gets the versions of one app; it raises `Unavailable` while one of them is still being made.
    `close_customer` ends what is paid for, and does so before nobody knows any more who paid."""
    if not deletions.close(tenant_id):
        return "not due"
    for app_id, versions in groupby(deletions.built(tenant_id), key=lambda one: one.app_id):
        remove_app(list(versions))
        deletions.removed(tenant_id, app_id)
    for folder in FOLDERS:
        files.remove(f"{folder}/{tenant_id}/")
    model_keys.remove(tenant_id)
    close_customer(tenant_id)
    while deletions.erase(tenant_id, most=ROWS_AT_ONCE):
        pass
    return "deleted"
