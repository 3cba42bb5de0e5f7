"""`/v1/auth/…` once somebody is signed in, and the keys by which others may check our tokens."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from chalice.app import Blueprint, Response

from chalicelib.errors import NotFound, Unauthenticated
from chalicelib.http.call import Call
from chalicelib.http.endpoint import endpoint, reply
from chalicelib.tenancy.origin import current_origin

if TYPE_CHECKING:
    from chalicelib.http.schemas.sessions import OrganizationChosen, RefreshSent
    from chalicelib.identity.sessions import Tokens

routes = Blueprint(__name__)

KEYS_CACHED_S = 240
"""With what a process may know late (300), less than the 600 between a key's publication and its first use."""


@endpoint(
    routes,
    "/v1/auth/refresh",
    method="POST",
    needs=None,
    gives="TokensShown",
    refuses=(Unauthenticated,),
)
def refresh(call: Call, body: RefreshSent) -> Tokens:
    """Get the next access token and refresh token. The one sent is used up."""
    from chalicelib.identity import refreshing

    return refreshing.refresh(
        body.refresh_token,
        origin=current_origin.get(),
        outbox=call.wires.outbox,
        jobs=call.wires.jobs,
        **_ports(call),
        **_issuing(call),
    )


@endpoint(
    routes,
    "/v1/auth/switch",
    method="POST",
    needs="person",
    gives="AccessShown",
    refuses=(NotFound,),
)
def switch(call: Call, body: OrganizationChosen) -> Tokens:
    """Go to another organization of yours. The refresh token stays as it is."""
    from chalicelib.identity import sessions

    person, session = call.principal.person_id, call.principal.own_session_id
    chosen = body.organization_id
    return sessions.switch(
        person, session, organization_id=chosen, **_ports(call), **_issuing(call)
    )


@endpoint(routes, "/v1/auth/sign-out", method="POST", needs="person")
def sign_out(call: Call) -> None:
    """End this session: its refresh token and its access tokens, at once."""
    from chalicelib.identity import sessions

    sessions.end_session(call.principal.person_id, call.principal.own_session_id, **_ports(call))


@endpoint(routes, "/v1/auth/sign-out-everywhere", method="POST", needs="person")
def sign_out_everywhere(call: Call) -> None:
    """End all your sessions, this one too, at once."""
    from chalicelib.identity import sessions

    sessions.end_all_sessions(call.principal.person_id, **_ports(call))


@endpoint(routes, "/v1/auth/sessions", method="GET", needs="person", gives="SessionList")
def list_sessions(call: Call) -> dict[str, Any]:
    """Where you are signed in, the session used last first."""
    from chalicelib.identity import sessions

    person, current = call.principal.person_id, call.principal.own_session_id
    found = sessions.live_sessions(person, current, **_ports(call))
    return {"items": [{**vars(one), "is_current": one.id == current} for one in found]}


@endpoint(
    routes,
    "/v1/auth/sessions/{session_id}",
    method="DELETE",
    needs="person",
    refuses=(NotFound,),
)
def revoke(call: Call, session_id: UUID) -> None:
    """End one of your sessions."""
    from chalicelib.identity import sessions

    sessions.end_session(call.principal.person_id, session_id, **_ports(call))


@endpoint(
    routes,
    "/v1/jwks",
    method="GET",
    needs=None,
    gives="KeySet",
    cacheable_s=KEYS_CACHED_S,
)
@endpoint(
    routes,
    "/.well-known/jwks.json",
    method="GET",
    needs=None,
    gives="KeySet",
    cacheable_s=KEYS_CACHED_S,
)
def jwks(call: Call) -> Response:
    """Keys by which access tokens can be checked (RFC 7517)."""
    return reply(call.wires.identity_keys.jwks())


def _ports(call: Call) -> dict[str, Any]:
    return {
        "sessions": call.wires.sessions,
        "standings": call.wires.standings,
        "now": datetime.now(UTC),
    }


def _issuing(call: Call) -> dict[str, Any]:
    return {"keys": call.wires.identity_keys, "issuer": call.wires.settings.public_url}
