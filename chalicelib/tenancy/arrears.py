"""What an organization may not do any more while its invoices are long overdue: begin anything new.

In: how it stands with its payments, a permission. Out: nothing, or `PaymentRequired`. Callers: the HTTP door with each
request, the stores where a run starts or a seat is taken. The surprise: reading, paying, deleting, taking back and whatever
already runs go on; and `lapsed`, which comes after `read_only`, refuses nothing: it is the free plan.
"""

from __future__ import annotations

from typing import Final

from chalicelib.errors import PaymentRequired
from chalicelib.tenancy.plans import BillingState
from chalicelib.tenancy.roles import Permission

BEGINS_SOMETHING: Final[frozenset[Permission]] = frozenset(
    {"apps:write", "discoveries:write", "generations:start"}
)
"""The permissions that rest while the organization is read-only."""


def refuse_unpaid(state: BillingState) -> None:
    if state == "read_only":
        raise PaymentRequired(
            "An invoice has been overdue for so long that nothing new can be begun; what runs goes on. "
            "Whoever manages billing pays it: POST /v1/billing/portal leads to it.",
            billing_state=state,
        )
