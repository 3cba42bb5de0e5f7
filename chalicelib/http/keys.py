"""`/v1/api-keys`: keys with which programs act for an organization."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from chalice.app import Blueprint

from chalicelib.errors import Conflict
from chalicelib.http.call import Call
from chalicelib.http.endpoint import endpoint

if TYPE_CHECKING:
    from chalicelib.http.schemas.keys import KeyWanted, PageQuery
    from chalicelib.identity.api_keys import ApiKey, IssuedKey
    from chalicelib.tenancy.pages import Page

routes = Blueprint(__name__)


@endpoint(
    routes,
    "/v1/api-keys",
    method="POST",
    needs="keys:manage",
    gives="KeyShownOnce",
    status=201,
    creates=True,
    refuses=(Conflict,),
)
def create(call: Call, body: KeyWanted) -> IssuedKey:
    """Make a key. The answer is the only one that has it. It can do nothing that its maker can't."""
    from chalicelib.identity import api_keys

    return api_keys.issue(call.principal, **dict(body), keys=call.wires.api_keys)


@endpoint(routes, "/v1/api-keys", method="GET", needs="keys:manage", gives="KeyPage")
def list_keys(call: Call, query: PageQuery) -> Page[ApiKey]:
    """Keys, the newest first, those that ended as well."""
    return call.wires.api_keys.page(call.principal.tenant_id, **dict(query))


@endpoint(routes, "/v1/api-keys/{key_id}", method="DELETE", needs="keys:manage")
def revoke(call: Call, key_id: UUID) -> None:
    """Stop a key. It is refused from the next request on; stopping it again changes nothing."""
    call.wires.api_keys.revoke(call.principal.tenant_id, key_id, by=call.principal.actor)
