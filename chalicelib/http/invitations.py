"""`/v1/invitations`: asking people to join, and joining."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from chalice.app import Blueprint

from chalicelib.errors import Conflict, Forbidden, LinkExpired, PaymentRequired, SeatsReached
from chalicelib.http.call import Call
from chalicelib.http.endpoint import endpoint
from chalicelib.tenancy.limits import now_us

if TYPE_CHECKING:
    from chalicelib.http.schemas.invitations import (
        Acceptance,
        InvitationWanted,
        LinkSent,
        NewcomersAcceptance,
        PageQuery,
    )
    from chalicelib.tenancy.invitations import Invitation, Joined, Preview
    from chalicelib.tenancy.pages import Page

routes = Blueprint(__name__)


@endpoint(
    routes,
    "/v1/invitations",
    method="POST",
    needs="people:manage",
    gives="InvitationShown",
    status=201,
    creates=True,
    refuses=(Conflict, SeatsReached, PaymentRequired),
)
def invite(call: Call, body: InvitationWanted) -> Invitation:
    """Ask somebody to join, by letter. Good for a week; one open invitation per address."""
    from chalicelib.tenancy.invitations import count_letter

    count_letter(call.principal.tenant_id, body.email, limits=call.wires.limits, at_us=now_us())
    made = call.wires.invitations.create(
        call.principal.tenant_id, **dict(body), asker=call.principal
    )
    call.wires.jobs.put("mail")
    return made


@endpoint(routes, "/v1/invitations", method="GET", needs="people:manage", gives="InvitationPage")
def list_invitations(call: Call, query: PageQuery) -> Page[Invitation]:
    """Invitations, the newest first, those that ended as well."""
    return call.wires.invitations.page(call.principal.tenant_id, **dict(query))


@endpoint(
    routes,
    "/v1/invitations/{invitation_id}/resend",
    method="POST",
    needs="people:manage",
    gives="InvitationShown",
    refuses=(Conflict, SeatsReached, PaymentRequired),
)
def resend(call: Call, invitation_id: UUID) -> Invitation:
    """Send the letter again, good for another week. The link sent before ends."""
    from chalicelib.tenancy.invitations import count_letter

    to = str(invitation_id)
    count_letter(call.principal.tenant_id, to, limits=call.wires.limits, at_us=now_us())
    renewed = call.wires.invitations.resend(
        call.principal.tenant_id, invitation_id, asker=call.principal
    )
    call.wires.jobs.put("mail")
    return renewed


@endpoint(
    routes,
    "/v1/invitations/{invitation_id}",
    method="DELETE",
    needs="people:manage",
    refuses=(Conflict,),
)
def revoke(call: Call, invitation_id: UUID) -> None:
    """Take an invitation back. Its link ends at once."""
    call.wires.invitations.revoke(call.principal.tenant_id, invitation_id, asker=call.principal)


@endpoint(
    routes,
    "/v1/invitations/preview",
    method="POST",
    needs=None,
    gives="PreviewShown",
    refuses=(LinkExpired,),
)
def preview(call: Call, body: LinkSent) -> Preview:
    """What the link of an invitation leads to, for whoever holds it. No token is ever sent in an address."""
    return call.wires.invitation_links.preview(body.token)


@endpoint(
    routes,
    "/v1/invitations/accept",
    method="POST",
    needs="person",
    gives="JoinedShown",
    refuses=(Conflict, Forbidden, SeatsReached),
)
def accept(call: Call, body: Acceptance) -> Joined:
    """Join, signed in with the invited address. Whatever keeps you from it, the refusal is the same."""
    return call.wires.invitation_links.accept(body.token, person_id=call.principal.person_id)


@endpoint(
    routes,
    "/v1/invitations/accept-as-new",
    method="POST",
    needs=None,
    gives="JoinedShown",
    status=201,
    refuses=(Conflict, LinkExpired, SeatsReached),
)
def accept_as_new(call: Call, body: NewcomersAcceptance) -> Joined:
    """Join without an account: the link proves the address. Then sign in with the password you chose."""
    from chalicelib.identity.joining import join_as_new

    return join_as_new(
        **dict(body), links=call.wires.invitation_links, passwords=call.wires.passwords
    )
