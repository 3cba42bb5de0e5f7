"""Reading the audit log: who did what to what, from where, and what it changed.

In: what to look for. Out: lines, the newest first, and the same as a spreadsheet reads them. Callers: the HTTP door;
`adapters/audit_reader.py` implements `AuditLog`. The surprise: a text that a spreadsheet would take for a formula gets an
apostrophe before it, because names in the log were chosen by people we don't know.
"""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, Protocol
from uuid import UUID

from chalicelib.tenancy.pages import Page

Action = Literal[
    "app.created",
    "app.changed",
    "app.deleted",
    "generation.started",
    "generation.running",
    "generation.succeeded",
    "generation.failed",
    "generation.cancelled",
    "generation.credentials_taken",
    "discovery.created",
    "discovery.changed",
    "discovery.approved",
    "discovery.abandoned",
    "api_key.created",
    "api_key.revoked",
    "organization.created",
    "organization.changed",
    "organization.deletion_scheduled",
    "organization.deletion_taken_back",
    "organization.deleted",
    "organization.transferred",
    "organization.export_requested",
    "organization.export_downloaded",
    "organization.model_key_brought",
    "organization.model_key_taken_back",
    "member.joined",
    "member.role_changed",
    "member.removed",
    "member.left",
    "invitation.created",
    "invitation.resent",
    "invitation.revoked",
    "invitation.accepted",
    "billing.checkout_opened",
    "billing.portal_opened",
    "billing.plan_changed",
    "billing.plan_change_scheduled",
    "billing.cancelled",
    "billing.resumed",
    "billing.overage_changed",
    "billing.state_changed",
    "billing.subscription_ended",
    "billing.reconciled",
]

CSV_ROWS_MAX: Final = 10_000
CSV_CHARACTERS_MAX: Final = 3_000_000
"""A Lambda answers with at most 6 MB, counted after quoting; the last page may go beyond."""
CSV_PAGE_ROWS: Final = 500
FORMULA_BEGINS: Final = tuple(
    "=+-@\t\r\n|＝＋－＠"
)  # the last four: full width, which some take as well
FORMULA_AFTER_A_SEPARATOR: Final = re.compile(r"(;[\s\"]*)(?=[=+\-@|＝＋－＠])")
"""Where the semicolon separates cells, as in Spain, a cell may begin inside a text."""
COLUMNS: Final = (
    "id", "recorded_at", "actor", "actor_name", "action", "subject_id", "source_ip", "user_agent", "request_id",
    "before", "after", "facts",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Line:
    id: int
    recorded_at: datetime
    actor: str
    actor_name: str | None
    """The person's or the key's name as it is now; None for the platform itself and for people who left."""
    action: str
    subject_id: UUID
    source_ip: str | None
    user_agent: str | None
    request_id: str | None
    before: dict[str, Any]
    after: dict[str, Any]
    facts: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class LookedFor:
    """All of it must fit; None fits everything."""

    actor: str | None = None
    action: str | None = None
    subject_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    """The moment itself does not belong to it."""


class Trail(Protocol):
    def add(self, tenant_id: UUID, by: str, action: Action, subject_id: UUID) -> None:
        """A line about what no store of ours keeps, after it happened."""


class AuditLog(Trail, Protocol):
    def page(
        self, tenant_id: UUID, looked_for: LookedFor, *, cursor: str | None, limit: int
    ) -> Page[Line]:
        """The newest first."""


@dataclass(frozen=True)
class Sheet:
    text: str
    next_cursor: str | None
    """Where it ended, when there was more than fits."""


def as_csv(tenant_id: UUID, looked_for: LookedFor, *, cursor: str | None, audit: AuditLog) -> Sheet:
    """The newest 10,000 lines, or as many as an answer holds."""
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(COLUMNS)
    rows = 0
    while rows < CSV_ROWS_MAX and sheet.tell() < CSV_CHARACTERS_MAX:
        page = audit.page(tenant_id, looked_for, cursor=cursor, limit=CSV_PAGE_ROWS)
        writer.writerows(map(row, page.items))
        rows, cursor = rows + len(page.items), page.next_cursor
        if cursor is None:
            break
    return Sheet(sheet.getvalue(), cursor)


def row(line: Line) -> list[str]:
    return [cell(getattr(line, column)) for column in COLUMNS]


def cell(value: Any) -> str:
    if value is None or value == {}:
        return ""
    if isinstance(value, dict):
        return harmless(json.dumps(value, ensure_ascii=False))
    return harmless(value.isoformat() if isinstance(value, datetime) else str(value))


def harmless(text: str) -> str:
    """Text in a spreadsheet, never a formula. See OWASP, CSV injection."""
    told = FORMULA_AFTER_A_SEPARATOR.sub(r"\1'", text)
    return "'" + told if text.lstrip(" ").startswith(FORMULA_BEGINS) else told
