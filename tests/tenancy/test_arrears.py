"""What rests while invoices are long overdue, and what never does."""

from __future__ import annotations

from typing import get_args
from uuid import uuid4

import pytest

from chalicelib.errors import PaymentRequired
from chalicelib.identity.principal import Principal
from chalicelib.tenancy.plans import BillingState
from chalicelib.tenancy.roles import Permission

RESTS = {"apps:write", "discoveries:write", "generations:start"}


def somebody(state: BillingState) -> Principal:
    return Principal(organization_id=uuid4(), role="owner", user_id=uuid4(), billing_state=state)


@pytest.mark.parametrize("permission", get_args(Permission))
def test_while_read_only_this_permission_rests_or_goes_on(permission: Permission) -> None:
    owner = somebody("read_only")
    owner.require(permission)
    if permission in RESTS:
        with pytest.raises(PaymentRequired) as refused:
            owner.require_paid(permission)
        assert refused.value.facts == {"billing_state": "read_only"}
    else:
        owner.require_paid(permission)


@pytest.mark.parametrize("state", [one for one in get_args(BillingState) if one != "read_only"])
@pytest.mark.parametrize("permission", sorted(RESTS))
def test_in_every_other_state_nothing_rests(state: BillingState, permission: Permission) -> None:
    somebody(state).require_paid(permission)
