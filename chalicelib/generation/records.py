"""What is kept of an app and of its generations, and the stores that keep it.

In: rows of `platform.apps` and `platform.generations`. Out: frozen records; two Protocols. Callers: the HTTP door, the
state machine's door, use cases. Implemented by `adapters/app_store.py` and `adapters/generation_store.py`.
The surprise: an `App` does not carry its MVS (up to 256 KiB each); `AppStore.mvs` reads it when it is needed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal, Protocol
from uuid import UUID

from chalicelib.generation.budget import Budget
from chalicelib.generation.verdict import CAN_GO_ON, ending
from chalicelib.tenancy.pages import Page

GenerationStatus = Literal["queued", "running", "succeeded", "failed", "cancelled"]
OPEN_STATUSES: frozenset[GenerationStatus] = frozenset({"queued", "running"})


@dataclass(frozen=True, kw_only=True)
class App:
    id: UUID
    tenant_id: UUID
    name: str
    slug: str
    """Unique over the platform, a DNS label of at most 40 characters; kept for good, so the app keeps its address."""
    number: int
    """Unique over the platform, small: listener rule priority, local port."""
    locale: str
    mvs_sha256: str
    """See `mvs_digest`."""
    live_generation_id: UUID | None
    url: str | None
    """Where the live version answers; None until the first generation succeeded."""
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class Failure:
    """`error` is the ASL error name, which is a class name of `errors.py` or the service's own."""

    stage: str
    error: str | None
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class Generation:
    id: UUID
    tenant_id: UUID
    app_id: UUID
    version: int
    """1, 2, … per app."""
    status: GenerationStatus
    engine: str
    budget_microdollars: int
    """What models may cost it at most; 0 for the offline engine."""
    resumes_generation_id: UUID | None
    """The run whose finished stages it took over."""
    mvs_sha256: str
    idempotency_key: str | None
    failure_stage: str | None
    failure_error: str | None
    failure_reason: str | None
    url: str | None
    is_charged: bool
    """Counts against the plan; given back when the run fails or is cancelled before models were paid for."""
    is_overage: bool
    """Beyond what the plan includes."""
    created_by: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES

    @property
    def can_be_resumed(self) -> bool:
        """Whether the same run may end better another time: somebody stopped it, or the world did."""
        if self.status != "failed":
            return self.status == "cancelled"
        return ending(self.failure_stage or "", self.failure_error or "") in CAN_GO_ON

    @property
    def failure(self) -> Failure | None:
        if self.failure_stage is None:
            return None
        return Failure(self.failure_stage, self.failure_error, self.failure_reason)


@dataclass(frozen=True)
class Started:
    """The answer to a start. `is_new` is False when the Idempotency-Key had started it before."""

    generation: Generation
    is_new: bool


def run_identity(app: App, generation: Generation) -> dict[str, Any]:
    """The `run` every state of the machine is given: ids only, no documents, no secrets."""
    return {
        "generation_id": str(generation.id),
        "tenant_id": str(generation.tenant_id),
        "app_id": str(app.id),
        "app_number": app.number,
        "slug": app.slug,
        "version": generation.version,
        "locale": app.locale,
        "engine": generation.engine,
        "budget_microdollars": generation.budget_microdollars,
    }


def mvs_digest(mvs: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of the MVS as canonical JSON: sorted keys, no spaces. Equal specs have equal digests."""
    canonical = json.dumps(mvs, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True)
class Watched:
    """A generation that is open, or cancelled and not yet tidied up."""

    tenant_id: UUID
    generation_id: UUID
    since: datetime


class AppStore(Protocol):
    """`by` is who does it, for the audit log: `Principal.actor` or `system:<what>`. Unknown ids raise `NotFound`."""

    def create(
        self, tenant_id: UUID, *, name: str, locale: str, mvs: Mapping[str, Any], by: str
    ) -> App: ...

    def read(self, tenant_id: UUID, app_id: UUID) -> App: ...

    def page(self, tenant_id: UUID, *, cursor: str | None = None, limit: int = 50) -> Page[App]: ...

    def mvs(self, tenant_id: UUID, app_id: UUID) -> dict[str, Any]: ...

    def update_mvs(
        self, tenant_id: UUID, app_id: UUID, *, mvs: Mapping[str, Any], by: str
    ) -> App: ...

    def delete(self, tenant_id: UUID, app_id: UUID, *, by: str) -> None:
        """Marks it; `Conflict` while a generation of it is open. Deleting twice raises `NotFound`."""


class GenerationStore(Protocol):
    """Every method is safe to repeat with the same arguments; a closed generation never changes again."""

    def start(
        self,
        tenant_id: UUID,
        app_id: UUID,
        *,
        engine: str,
        idempotency_key: str | None,
        request_sha256: str,
        by: str,
        budget: Budget | None = None,
        resumes: UUID | None = None,
    ) -> Started:
        """`budget` is decided upon in the same transaction; None grants nothing for models.

        One that `resumes` a run which stayed charged takes over its charge. Raises `QuotaReached`, `RunsReached`,
        `PaymentRequired`, `BudgetReached`, `Conflict` (another generation of the app is open, or the key was used with
        another body), `NotFound`."""

    def read(self, tenant_id: UUID, generation_id: UUID) -> Generation: ...

    def page(
        self, tenant_id: UUID, app_id: UUID, *, cursor: str | None = None, limit: int = 50
    ) -> Page[Generation]: ...

    def mark_running(self, tenant_id: UUID, generation_id: UUID) -> Generation: ...

    def succeed(self, tenant_id: UUID, generation_id: UUID, *, url: str) -> Generation:
        """Closes it and makes it the app's live version. Raises `Cancelled` when it was cancelled meanwhile."""

    def fail(
        self, tenant_id: UUID, generation_id: UUID, *, stage: str, error: str, reason: str
    ) -> Generation:
        """Closes it and gives the quota back once. A generation closed before stays as it is and is returned."""

    def cancel(
        self, tenant_id: UUID, generation_id: UUID, *, by: str, has_spent: bool = False
    ) -> Generation:
        """Closes it and gives the quota back once, unless it, or the run it goes on from, has spent on models. `Conflict`
        when it has succeeded or failed already."""


class WatchList(Protocol):
    """Generations of all tenants that somebody must look after; they come onto it by themselves."""

    def due(self, quiet_s: int) -> list[Watched]:
        """Those that have been on it for so long, the oldest first."""

    def forget(self, tenant_id: UUID, generation_id: UUID) -> None:
        """Takes a closed one off; an open one stays."""
