"""`/v1/audit`: who did what in an organization. Lines are only ever added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice.app import Blueprint, Response

from chalicelib.http.call import Call
from chalicelib.http.endpoint import HEADERS, endpoint

if TYPE_CHECKING:
    from chalicelib.http.schemas.audit import AuditQuery, AuditSheetQuery
    from chalicelib.tenancy.audit import Line, LookedFor
    from chalicelib.tenancy.pages import Page

routes = Blueprint(__name__)


@endpoint(routes, "/v1/audit", method="GET", needs="audit:read", gives="AuditPage")
def read(call: Call, query: AuditQuery) -> Page[Line]:
    """The audit log, the newest first."""
    return call.wires.audit.page(
        call.principal.tenant_id, looked_for(query), cursor=query.cursor, limit=query.limit
    )


@endpoint(routes, "/v1/audit.csv", method="GET", needs="audit:read", media_type="text/csv")
def read_as_a_sheet(call: Call, query: AuditSheetQuery) -> Response:
    """The same for a spreadsheet: up to 10,000 lines. `Next-Cursor` says where it ended when there are more."""
    from chalicelib.tenancy import audit

    sheet = audit.as_csv(
        call.principal.tenant_id, looked_for(query), cursor=query.cursor, audit=call.wires.audit
    )
    headers = {
        **HEADERS,
        "Content-Type": "text/csv; charset=utf-8; header=present",
        "Content-Disposition": 'attachment; filename="audit-log.csv"',
    }
    if sheet.next_cursor:
        headers["Next-Cursor"] = sheet.next_cursor
    return Response(body=sheet.text, status_code=200, headers=headers)


def looked_for(query: AuditSheetQuery) -> LookedFor:
    from chalicelib.tenancy.audit import LookedFor

    return LookedFor(**query.model_dump(exclude={"cursor", "limit"}))
