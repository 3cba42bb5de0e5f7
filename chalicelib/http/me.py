"""`/v1/me`: the person who asks, and their second factor."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from chalicelib.errors import Conflict, Forbidden, LimitReached
from chalicelib.http.call import Call
from chalicelib.http.endpoint import endpoint

if TYPE_CHECKING:
    from chalicelib.http.schemas.me import (
        CodeSent,
        MeChange,
        PasswordAgain,
        ProofSent,
        RemovalSent,
    )
    from chalicelib.identity.people import Account, Person
    from chalicelib.identity.second_factor import Begun, Proof, RecoveryCodes

routes = Blueprint(__name__)


@endpoint(routes, "/v1/me", method="GET", needs="person", gives="MeShown")
def read(call: Call) -> dict[str, Any]:
    """Who you are, and as what this session acts."""
    return shown(call, call.wires.people.read(call.principal.person_id))


@endpoint(routes, "/v1/me", method="PATCH", needs="person", gives="MeShown")
def change(call: Call, body: MeChange) -> dict[str, Any]:
    """Change your name or the language of your letters."""
    return shown(call, call.wires.people.change(call.principal.person_id, **dict(body)))


@endpoint(routes, "/v1/me/organizations", method="GET", needs="person", gives="OrganizationsOfMine")
def list_organizations(call: Call) -> dict[str, Any]:
    """The organizations you are in, the one you joined first at the top."""
    return {"items": call.wires.organizations.mine(call.principal.person_id)}


@endpoint(
    routes,
    "/v1/me/second-factor",
    method="POST",
    needs="person",
    gives="SecondFactorBegun",
    refuses=(Conflict, Forbidden, LimitReached),
)
def begin(call: Call, body: PasswordAgain) -> Begun:
    """Begin setting up a second factor. It is in force once a first code confirmed it."""
    from chalicelib.identity import second_factor

    account = confirmed(call, body.password)
    return second_factor.begin(account, factors=call.wires.credentials, sealer=call.wires.sealer)


@endpoint(
    routes,
    "/v1/me/second-factor/confirm",
    method="POST",
    needs="person",
    gives="RecoveryCodesShown",
    refuses=(Conflict, Forbidden, LimitReached),
)
def confirm(call: Call, body: CodeSent) -> RecoveryCodes:
    """Put the second factor in force with a first code. The recovery codes are shown this once."""
    from chalicelib.identity import second_factor

    codes = second_factor.confirm(
        counted(call),
        body.code,
        factors=call.wires.credentials,
        sealer=call.wires.sealer,
        now_s=datetime.now(UTC).timestamp(),
    )
    call.wires.jobs.put("mail")
    return codes


@endpoint(
    routes,
    "/v1/me/second-factor/recovery-codes",
    method="POST",
    needs="person",
    gives="RecoveryCodesShown",
    refuses=(Forbidden, LimitReached),
)
def renew_recovery_codes(call: Call, body: ProofSent) -> RecoveryCodes:
    """Get ten new recovery codes; the old ones are good for nothing from then on."""
    from chalicelib.identity import second_factor

    account = counted(call)
    codes = second_factor.renew_codes(
        account, proof(call, account, body), factors=call.wires.credentials
    )
    call.wires.jobs.put("mail")
    return codes


@endpoint(
    routes,
    "/v1/me/second-factor",
    method="DELETE",
    needs="person",
    refuses=(Forbidden, LimitReached),
)
def remove(call: Call, body: RemovalSent) -> None:
    """Do without a second factor again."""
    from chalicelib.identity import second_factor

    account = confirmed(call, body.password)
    second_factor.remove(account, proof(call, account, body), factors=call.wires.credentials)
    call.wires.jobs.put("mail")


def shown(call: Call, person: Person) -> dict[str, Any]:
    acts = {"organization_id": call.principal.organization_id, "role": call.principal.role}
    return asdict(person) | acts


def counted(call: Call) -> Account:
    """Who asks, after the attempt was counted."""
    from chalicelib.identity import new_password

    account = call.wires.people.account(call.principal.person_id)
    now = datetime.now(UTC)
    new_password.admit(account, call.principal, limits=call.wires.limits, now=now)
    return account


def confirmed(call: Call, password: str | None) -> Account:
    """Who asks, after they gave their password again."""
    from chalicelib.identity import new_password

    account = counted(call)
    new_password.confirm(
        account,
        password,
        principal=call.principal,
        passwords=call.wires.passwords,
        now=datetime.now(UTC),
    )
    return account


def proof(call: Call, account: Account, body: ProofSent) -> Proof | None:
    from chalicelib.identity import second_factor

    return second_factor.prove(
        account,
        code=body.code,
        recovery_code=body.recovery_code,
        sealer=call.wires.sealer,
        now_s=datetime.now(UTC).timestamp(),
    )
