"""`/v1/auth`: signing up and in. Passwords are in `passwords.py`, what keeps people signed in in `sessions.py`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from chalice.app import Blueprint

from chalicelib.errors import (
    Conflict,
    LimitReached,
    LinkExpired,
    NotFound,
    SecondFactorRequired,
    Unauthenticated,
)
from chalicelib.http.call import Call
from chalicelib.http.endpoint import endpoint
from chalicelib.tenancy.origin import current_origin

if TYPE_CHECKING:
    from chalicelib.http.schemas.auth import (
        SecondFactorSent,
        SignInWanted,
        SignUpConfirmed,
        SignUpWanted,
    )
    from chalicelib.identity.sign_in import Entering

routes = Blueprint(__name__)

A_LETTER: Final = {
    "en": "If this address can be written to, a letter with a link is on its way.",
    "es": "Si se puede escribir a esta dirección, va en camino una carta con un enlace.",
}
"""The same whoever asks, about whomever."""


@endpoint(
    routes,
    "/v1/auth/sign-up",
    method="POST",
    needs=None,
    gives="Accepted",
    status=202,
    creates=True,
    refuses=(LimitReached,),
)
def sign_up(call: Call, body: SignUpWanted) -> dict[str, str]:
    """Ask for an account and an organization. They are made when the link in the letter is opened."""
    from chalicelib.identity import sign_up

    wish = sign_up.Wish(
        email=body.email,
        name=body.name,
        organization_name=body.organization,
        locale=body.locale or call.language,
    )
    sign_up.sign_up(
        wish,
        ip=current_origin.get().ip,
        idempotency_key=call.idempotency_key,
        outbox=call.wires.outbox,
        limits=call.wires.limits,
        now=datetime.now(UTC),
    )
    call.wires.jobs.put("mail")
    return {"message": A_LETTER[call.language]}


@endpoint(
    routes,
    "/v1/auth/email/verify",
    method="POST",
    needs=None,
    gives="Verified",
    refuses=(LinkExpired, Conflict),
)
def verify(call: Call, body: SignUpConfirmed) -> dict[str, Any]:
    """Open the link of a sign-up and choose a password: makes the person and their organization. They sign in next."""
    from chalicelib.identity import sign_up
    from chalicelib.identity.devices import device_for

    now = datetime.now(UTC)
    joined = sign_up.open_link(
        body.token,
        body.password,
        language=call.language,
        people=call.wires.people,
        passwords=call.wires.passwords,
    )
    device = device_for(joined.email, "", keys=call.wires.identity_keys, now_s=now.timestamp())
    return {**asdict(joined), "device": device}


@endpoint(
    routes,
    "/v1/auth/sign-in",
    method="POST",
    needs=None,
    gives="SignedInShown",
    refuses=(Unauthenticated, SecondFactorRequired, NotFound, LimitReached),
)
def sign_in(call: Call, body: SignInWanted) -> dict[str, Any]:
    """Sign in with a password. Who has a second factor gets a challenge to answer instead."""
    from chalicelib.identity import sign_in

    entering = sign_in.by_password(
        body.email,
        body.password,
        device=body.device,
        organization_id=body.organization_id,
        people=call.wires.people,
        credentials=call.wires.credentials,
        passwords=call.wires.passwords,
        limits=call.wires.limits,
        keys=call.wires.identity_keys,
        now=datetime.now(UTC),
    )
    return entered(call, entering)


@endpoint(
    routes,
    "/v1/auth/sign-in/second-factor",
    method="POST",
    needs=None,
    gives="SignedInShown",
    refuses=(Unauthenticated, NotFound, LimitReached),
)
def answer_challenge(call: Call, body: SecondFactorSent) -> dict[str, Any]:
    """Answer the challenge of a sign-in with a code of the authenticator app, or with a recovery code."""
    from chalicelib.identity import sign_in

    entering = sign_in.by_second_factor(
        body.challenge,
        code=body.code,
        recovery_code=body.recovery_code,
        device=body.device,
        people=call.wires.people,
        factors=call.wires.credentials,
        sealer=call.wires.sealer,
        limits=call.wires.limits,
        keys=call.wires.identity_keys,
        now=datetime.now(UTC),
    )
    return entered(call, entering)


def entered(call: Call, entering: Entering) -> dict[str, Any]:
    """As OAuth answers too."""
    from chalicelib.identity import sign_in

    signed_in = sign_in.enter(
        entering,
        organizations=call.wires.organizations,
        sessions_store=call.wires.sessions,
        standings=call.wires.standings,
        outbox=call.wires.outbox,
        keys=call.wires.identity_keys,
        issuer=call.wires.settings.public_url,
    )
    call.wires.jobs.put("mail")
    return {
        **asdict(signed_in.tokens),
        "device": signed_in.device,
        "organizations": signed_in.organizations,
    }
