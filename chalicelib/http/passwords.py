"""`/v1/auth/password`: forgotten, reset, changed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from chalice.app import Blueprint

from chalicelib.errors import Conflict, Forbidden, LimitReached, LinkExpired
from chalicelib.http.auth import A_LETTER
from chalicelib.http.call import Call
from chalicelib.http.endpoint import endpoint
from chalicelib.tenancy.origin import current_origin

if TYPE_CHECKING:
    from chalicelib.http.schemas.passwords import ForgotPassword, PasswordChange, PasswordReset
    from chalicelib.identity.sessions import Tokens

routes = Blueprint(__name__)


@endpoint(
    routes,
    "/v1/auth/password/forgot",
    method="POST",
    needs=None,
    gives="Accepted",
    status=202,
    creates=True,
    refuses=(LimitReached,),
)
def forgot(call: Call, body: ForgotPassword) -> dict[str, str]:
    """Ask for a letter with a link to choose another password."""
    from chalicelib.identity import sign_up

    sign_up.forgot(
        body.email,
        call.language,
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
    "/v1/auth/password/reset",
    method="POST",
    needs=None,
    gives="DeviceShown",
    refuses=(LinkExpired,),
)
def reset(call: Call, body: PasswordReset) -> dict[str, str]:
    """Choose another password with the link of a letter. Every session ends."""
    from chalicelib.identity import new_password

    device = new_password.reset(
        body.token,
        body.password,
        language=call.language,
        credentials=call.wires.credentials,
        passwords=call.wires.passwords,
        sessions_store=call.wires.sessions,
        standings=call.wires.standings,
        keys=call.wires.identity_keys,
        clock=now,
    )
    call.wires.jobs.put("mail")
    return {"device": device}


@endpoint(
    routes,
    "/v1/auth/password/change",
    method="POST",
    needs="person",
    gives="TokensShown",
    refuses=(Forbidden, Conflict, LimitReached),
)
def change(call: Call, body: PasswordChange) -> Tokens:
    """Choose another password. Every session ends; this one goes on with the tokens of the answer."""
    from chalicelib.identity import new_password

    tokens = new_password.change(
        call.wires.people.account(call.principal.person_id),
        current=body.current_password,
        new=body.new_password,
        principal=call.principal,
        language=call.language,
        credentials=call.wires.credentials,
        passwords=call.wires.passwords,
        limits=call.wires.limits,
        sessions_store=call.wires.sessions,
        standings=call.wires.standings,
        keys=call.wires.identity_keys,
        issuer=call.wires.settings.public_url,
        clock=now,
    )
    call.wires.jobs.put("mail")
    return tokens


def now() -> datetime:
    return datetime.now(UTC)
