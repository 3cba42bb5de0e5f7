"""Signing in with Google and GitHub, and the ways to sign in that a person has."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from chalicelib.errors import (
    Conflict,
    Forbidden,
    LimitReached,
    NotFound,
    ProviderBusy,
    SecondFactorRequired,
    Unauthenticated,
    UnverifiedEmail,
)
from chalicelib.http.auth import entered
from chalicelib.http.call import Call
from chalicelib.http.endpoint import endpoint
from chalicelib.http.me import confirmed

if TYPE_CHECKING:
    from chalicelib.http.schemas.oauth import (
        FinishSent,
        LinkFinishSent,
        LinkStartSent,
        PasswordAgain,
        StartSent,
    )
    from chalicelib.identity.oauth import Begun

routes = Blueprint(__name__)


@endpoint(routes, "/v1/auth/providers", method="GET", needs=None, gives="ProviderList")
def list_providers(call: Call) -> dict[str, Any]:
    """With what one can sign in here besides a password."""
    from chalicelib.identity.provider_people import SHOWN

    offered = call.wires.oauth_providers
    return {"items": [{"provider": one, "name": SHOWN[one]} for one in offered]}


@endpoint(
    routes,
    "/v1/auth/oauth/{provider}/start",
    method="POST",
    needs=None,
    gives="StartShown",
    refuses=(NotFound,),
)
def start(call: Call, provider: str, body: StartSent) -> Begun:
    """Begin signing in with a provider. Send the browser to `authorization_url` and keep `flow`."""
    from chalicelib.identity import oauth, provider_people

    chosen = provider_people.chosen(provider, call.wires.oauth_providers)
    return oauth.begin(
        chosen, redirect_uri=body.redirect_uri, purpose="sign_in", **_beginning(call)
    )


@endpoint(
    routes,
    "/v1/auth/oauth/{provider}/finish",
    method="POST",
    needs=None,
    gives="SignedInShown",
    refuses=(
        Unauthenticated,
        SecondFactorRequired,
        UnverifiedEmail,
        NotFound,
        Conflict,
        ProviderBusy,
    ),
)
def finish(call: Call, provider: str, body: FinishSent) -> dict[str, Any]:
    """Sign in with what the browser came back with. Who is new becomes a person with an organization."""
    from chalicelib.identity import oauth, provider_people, provider_sign_in

    now = datetime.now(UTC)
    chosen = provider_people.chosen(provider, call.wires.oauth_providers)
    profile = oauth.finish(chosen, purpose="sign_in", **_came_back(call, body))
    entering = provider_sign_in.by_provider(
        profile,
        device=body.device,
        locale=call.language,
        people=call.wires.people,
        identities=call.wires.identities,
        keys=call.wires.identity_keys,
        now=now,
    )
    return entered(call, entering)


@endpoint(routes, "/v1/me/identities", method="GET", needs="person", gives="IdentityList")
def list_identities(call: Call) -> dict[str, Any]:
    """The providers you can sign in with."""
    return {"items": call.wires.identities.linked(call.principal.person_id)}


@endpoint(
    routes,
    "/v1/me/identities/{provider}/link",
    method="POST",
    needs="person",
    gives="StartShown",
    refuses=(NotFound, Forbidden, LimitReached),
)
def start_link(call: Call, provider: str, body: LinkStartSent) -> Begun:
    """Begin adding a provider to your ways to sign in."""
    from chalicelib.identity import oauth, provider_people

    chosen = provider_people.chosen(provider, call.wires.oauth_providers)
    person = confirmed(call, body.password).user_id
    return oauth.begin(
        chosen, redirect_uri=body.redirect_uri, purpose="link", person=person, **_beginning(call)
    )


@endpoint(
    routes,
    "/v1/me/identities/{provider}/link/finish",
    method="POST",
    needs="person",
    gives="IdentityList",
    refuses=(NotFound, Conflict, UnverifiedEmail, ProviderBusy),
)
def finish_link(call: Call, provider: str, body: LinkFinishSent) -> dict[str, Any]:
    """Add the provider's account to your ways to sign in. A letter tells you so."""
    from chalicelib.identity import oauth, provider_people

    person = call.principal.person_id
    chosen = provider_people.chosen(provider, call.wires.oauth_providers)
    profile = oauth.finish(chosen, purpose="link", person=person, **_came_back(call, body))
    provider_people.link(person, profile, identities=call.wires.identities)
    call.wires.jobs.put("mail")
    return {"items": call.wires.identities.linked(person)}


@endpoint(
    routes,
    "/v1/me/identities/{provider}",
    method="DELETE",
    needs="person",
    refuses=(NotFound, Conflict, Forbidden, LimitReached),
)
def unlink(call: Call, provider: str, body: PasswordAgain) -> None:
    """Sign in with this provider no more. The last way to sign in stays."""
    from chalicelib.identity import provider_people

    person = confirmed(call, body.password).user_id
    provider_people.unlink(person, provider, identities=call.wires.identities)
    call.wires.jobs.put("mail")


def _beginning(call: Call) -> dict[str, Any]:
    return {
        "public_url": call.wires.settings.public_url,
        "flows": call.wires.oauth_flows,
        "sealer": call.wires.sealer,
        "now": datetime.now(UTC),
    }


def _came_back(call: Call, body: FinishSent | LinkFinishSent) -> dict[str, Any]:
    return {
        "code": body.code,
        "state": body.state,
        "flow": body.flow,
        "flows": call.wires.oauth_flows,
        "sealer": call.wires.sealer,
    }
