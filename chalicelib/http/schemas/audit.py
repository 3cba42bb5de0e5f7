"""Bodies of `/v1/audit`."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, Field

from chalicelib.http.schemas.shape import PAGE_DEFAULT, PAGE_MAX, PageOf, Sent, Shown

__all__ = ["AuditPage", "AuditQuery", "AuditSheetQuery"]


class AuditSheetQuery(Sent):
    actor: str | None = Field(
        None, max_length=120, description="Who: `user:<id>`, `api_key:<id>` or `system:<what>`."
    )
    action: str | None = Field(None, max_length=100, description="What, e.g. `api_key.revoked`.")
    subject_id: UUID | None = Field(None, description="To which thing.")
    since: AwareDatetime | None = Field(None, alias="from", description="Not before this moment.")
    until: AwareDatetime | None = Field(None, alias="to", description="Before this moment.")
    cursor: str | None = Field(
        None, max_length=200, description="Where the page, or the sheet, before ended."
    )


class AuditQuery(AuditSheetQuery):
    limit: int = Field(PAGE_DEFAULT, ge=1, le=PAGE_MAX, description="How many lines at most.")


class AuditLine(Shown):
    id: int
    recorded_at: datetime
    actor: str
    actor_name: str | None = Field(
        description="The person's or key's name as it is now; null when nobody here is called that."
    )
    action: str
    subject_id: UUID
    source_ip: str | None = Field(description="From where it was asked; null for our own doing.")
    user_agent: str | None
    request_id: str | None
    before: dict[str, Any] = Field(description="What differed before; empty for something new.")
    after: dict[str, Any] = Field(description="What differs since; empty for something gone.")
    facts: dict[str, Any] = Field(description="What else is worth knowing.")


class AuditPage(PageOf[AuditLine]):
    pass
