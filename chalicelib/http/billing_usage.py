"""`/v1/billing/usage`: what was used in a period, what of it is billed, and which row each cent comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice.app import Blueprint

from chalicelib.errors import NotFound
from chalicelib.http.call import Call
from chalicelib.http.endpoint import endpoint

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.billing.usage import Bill, GroupBy
    from chalicelib.http.schemas.billing_usage import UsageQuery

routes = Blueprint(__name__)


@endpoint(
    routes,
    "/v1/billing/usage",
    method="GET",
    needs="billing:manage",
    gives="BillShown",
    refuses=(NotFound,),
)
def read(call: Call, query: UsageQuery) -> Bill:
    """What a period came to, row by row: by run and conversation, by day, or by model. Rows add up to the bill."""
    return bill(call, query.group_by, query.period)


def bill(call: Call, group_by: GroupBy, started_at: datetime | None = None) -> Bill:
    from datetime import UTC, datetime

    from chalicelib.billing import usage
    from chalicelib.billing.rates import rates

    return usage.bill(
        call.principal.tenant_id,
        group_by,
        started_at,
        now=datetime.now(UTC),
        rates=rates(call.wires.price_ids, call.wires.ledger.prices()),
        consumption=call.wires.consumption,
    )
