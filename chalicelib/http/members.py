"""`/v1/members`: who is in the organization. A removal and another role count from the next request on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from chalice.app import Blueprint

from chalicelib.errors import Conflict, Forbidden, NotFound
from chalicelib.http.call import Call
from chalicelib.http.endpoint import endpoint

if TYPE_CHECKING:
    from chalicelib.http.schemas.members import RoleWanted, SuccessorNamed
    from chalicelib.tenancy.members import Member

routes = Blueprint(__name__)


@endpoint(routes, "/v1/members", method="GET", needs="people:read", gives="MemberList")
def list_members(call: Call) -> dict[str, Any]:
    """Everybody in the organization, the longest here first."""
    from chalicelib.tenancy import members

    here = call.principal.tenant_id
    return {"items": members.listed(here, asker=call.principal, members=call.wires.members)}


@endpoint(
    routes,
    "/v1/members/{user_id}",
    method="PATCH",
    needs="people:manage",
    gives="MemberShown",
    refuses=(Conflict,),
)
def change_role(call: Call, user_id: UUID, body: RoleWanted) -> Member:
    """Give a member another role. It counts at once; the last owner stays one."""
    return call.wires.members.change_role(
        call.principal.tenant_id, user_id, body.role, asker=call.principal
    )


@endpoint(
    routes, "/v1/members/{user_id}", method="DELETE", needs="people:manage", refuses=(Conflict,)
)
def remove(call: Call, user_id: UUID) -> None:
    """Take somebody out of the organization. It counts at once; their account stays theirs."""
    call.wires.members.remove(call.principal.tenant_id, user_id, asker=call.principal)


@endpoint(
    routes,
    "/v1/organization/leave",
    method="POST",
    needs="person",
    refuses=(Conflict, Forbidden, NotFound),
)
def leave(call: Call) -> None:
    """Leave the organization you act in. The last owner can't."""
    call.wires.members.leave(call.principal.tenant_id, call.principal.person_id)


@endpoint(
    routes,
    "/v1/organization/transfer",
    method="POST",
    needs="person",
    gives="MemberShown",
    refuses=(Conflict, Forbidden, NotFound),
)
def transfer(call: Call, body: SuccessorNamed) -> Member:
    """Hand your ownership over to another member; you become an admin."""
    return call.wires.members.transfer(
        call.principal.tenant_id, body.user_id, owner=call.principal.person_id
    )
