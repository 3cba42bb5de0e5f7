"""One request to each route that its rightful caller may make: what the walk over all permissions asks for.

A new route under `/v1` needs its line here, or the walk fails. `ids` and `body` are made for `whose`: `own` things of the
walker, or `foreign` ones of somebody else.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyotp

from chalicelib.discovery.records import Begun, Outcome, Step
from chalicelib.discovery.records import Failure as TurnFailure
from chalicelib.identity.principal import Principal
from tests.http.walking import ROLES
from tests.people import ANOTHER, PASSWORD


def nothing(stage, whose):
    return {}


@dataclass(frozen=True, kw_only=True)
class Case:
    ids: Callable[[Any, str], dict[str, Any]] = nothing
    body: Callable[[Any, str], dict[str, Any]] = nothing
    roles: tuple[str, ...] = ROLES
    """Of a route for every person: those who may nevertheless only."""
    status: int | None = None
    """What the rightful caller gets; the route's own when left out."""
    names_somebody: bool = False
    """Whether the body names things that may be somebody else's."""
    foreign: int = 404
    """What naming somebody else's things gets."""


# ---- things ----


def app(stage, whose):
    made = stage.world.apps.create(
        stage.tenant(whose), name="App", locale="es", mvs=stage.mvs, by="system:test"
    )
    return {"app_id": made.id}


def generation(stage, whose):
    ids = app(stage, whose)
    started = stage.world.generations.start(
        stage.tenant(whose),
        ids["app_id"],
        engine="offline",
        idempotency_key=uuid.uuid4().hex,
        request_sha256="",
        by="system:test",
    )
    return {"generation_id": started.generation.id}


def delivered(stage, whose):
    ids = generation(stage, whose)
    stage.world.secrets.everything = "one-time"
    stage.world.generations.succeed(stage.tenant(whose), ids["generation_id"], url="https://app")
    return ids


def designed(stage, whose):
    ids = generation(stage, whose)
    counts = {"requirements": 0, "by_tests": 0, "by_checks": 0, "in_words": 0, "unproved": 0}
    kept = {"round": 1, "checks": {}, "requirements": [], "counts": counts, "unproved": []}
    folder = f"generations/{stage.tenant(whose)}/{ids['generation_id']}"
    stage.world.artifacts.write(f"{folder}/traceability.json", json.dumps(kept).encode())
    return ids


def stopped(stage, whose):
    ids = generation(stage, whose)
    stage.world.generations.cancel(stage.tenant(whose), ids["generation_id"], by="system:test")
    return ids


def key(stage, whose):
    tenant = stage.tenant(whose)
    stage.key("viewer", tenant=tenant)
    (newest,) = stage.world.api_keys.page(tenant, limit=1).items
    return {"key_id": newest.id}


def session(stage, whose):
    if whose == "own":
        opened = stage.opened("viewer", user_id=stage.walker)
    else:
        opened = stage.opened("viewer", stage.foreign, user_id=stage.person("viewer"))
    return {"session_id": opened.session_id}


def provider(stage, whose):
    return {"provider": "google"}


def member(stage, whose):
    return {"user_id": stage.person("viewer", stage.tenant(whose))}


def invitation(stage, whose):
    owner = Principal(organization_id=stage.tenant(whose), role="owner", key_id=uuid.uuid4())
    made = stage.world.invitations.create(
        stage.tenant(whose), email=invited(), role="viewer", locale="es", asker=owner
    )
    return {"invitation_id": made.id}


def export(stage, whose):
    tenant = stage.tenant(whose)
    made = stage.world.exports.request(tenant, by="system:test")
    stage.world.exports.give_up(tenant, made.id)
    return {"export_id": made.id}


def brought_key(stage, whose):
    stage.world.model_keys.put(stage.tenant(whose), "sk-of-their-own-account")
    return {}


def discovery(stage, whose):
    """With an MVS that is complete enough."""
    outcome = Outcome(reply="Hola", mvs=stage.mvs)
    step = Step(kind="message", said="", outcome=outcome, by="system:test")
    begun = Begun(title="Una", locale="es", engine="offline", by="system:test", first=step)
    return {"discovery_id": stage.world.discoveries.create(stage.tenant(whose), begun).id}


def given_file(stage, whose):
    ids = discovery(stage, whose)
    made = stage.world.imports.create(stage.tenant(whose), filename="a.csv", by="x", **ids)
    return {**ids, "import_id": made.id}


def changed_discovery(stage, whose):
    ids = discovery(stage, whose)
    step = Step(
        kind="edit",
        outcome=Outcome(reply="", mvs={**stage.mvs, "name": "Otra"}),
        by="system:test",
    )
    stage.world.discoveries.add(stage.tenant(whose), step=step, version=1, **ids)
    return ids


def turn(stage, whose):
    return {**discovery(stage, whose), "number": 1}


def failed_turn(stage, whose):
    ids, here = discovery(stage, whose), stage.tenant(whose)
    limits = {"reserve_microdollars": 1, "month_microdollars_max": 10**9}
    begun = stage.world.discoveries.begin(here, said="x", by="system:test", **ids, **limits)
    stage.world.discoveries.finish(here, begun, TurnFailure("ModelBusy", "Busy."), [])
    return {**ids, "number": begun.number}


def customer(stage, whose):
    tenant = stage.tenant(whose)
    made = stage.world.till.customer(tenant, name="Clínica", email="", locale="es", key=str(tenant))
    stage.world.ledger.open_account(tenant, made)
    return {}


def subscribed(stage, whose):
    customer(stage, whose)
    tenant = stage.tenant(whose)
    stage.world.till.subscribes(stage.world.ledger[tenant].account.customer_id, "pro")
    stage.world.ledger.tells(tenant, stage.world.till)
    return {}


# ---- bodies ----


def edited(stage, whose):
    return {"mvs": {**stage.mvs, "name": "Otra"}, "version": 1}


def invited():
    return f"{uuid.uuid4().hex}@example.org"


def successor(stage, whose):
    return {"user_id": str(member(stage, whose)["user_id"])}


def link(stage, whose):
    """Of an invitation for whoever walks."""
    owner = Principal(organization_id=stage.foreign, role="owner", key_id=uuid.uuid4())
    if whose == "nobody":
        return {"token": "never-sent"}
    email = stage.world.people.read(stage.walker).email if whose == "own" else invited()
    made = stage.world.invitations.create(
        stage.foreign, email=email, role="viewer", locale="es", asker=owner
    )
    return {"token": stage.world.invitations.mint_for_invitation(stage.foreign, made.id)}


def leaving(stage, whose):
    """Somebody else stays an owner."""
    stage.person("owner")
    return {}


def mvs(stage, whose):
    return {"mvs": stage.mvs}


def key_wanted(stage, whose):
    return {"name": "a key", "role": "viewer", "scopes": ["apps:read"]}


def password_again(stage, whose):
    return {"password": PASSWORD}


def code(stage, whose):
    """Of a second factor that is being set up."""
    return {"code": pyotp.TOTP(begun(stage)).now()}


def proof(stage, whose):
    """Of a second factor in force; the step of the first code is used up."""
    secret = begun(stage)
    first = {"code": pyotp.TOTP(secret).at(stage.now_s() - 30)}
    assert stage.send("POST", "/v1/me/second-factor/confirm", first)[0] == 200
    return {"code": pyotp.TOTP(secret).now()}


def begun(stage):
    status, told, _ = stage.send("POST", "/v1/me/second-factor", password_again(stage, "own"))
    assert status == 200, told
    return told["secret"]


def organization(stage, whose):
    return {"organization_id": str(stage.tenant(whose))}


def coming_back(stage, whose):
    return {"code": "x", "state": "x", "flow": "x"}


AT_HOME = "http://localhost:8000/sign-in"

CASES: dict[str, Case] = {
    # apps and their generations
    "POST /v1/apps": Case(body=mvs),
    "GET /v1/apps": Case(),
    "GET /v1/apps/{app_id}": Case(ids=app),
    "GET /v1/apps/{app_id}/mvs": Case(ids=app),
    "PUT /v1/apps/{app_id}/mvs": Case(ids=app, body=mvs),
    "POST /v1/apps/{app_id}/generations": Case(ids=app),
    "GET /v1/apps/{app_id}/generations": Case(ids=app),
    "GET /v1/generations/{generation_id}": Case(ids=generation),
    "POST /v1/generations/{generation_id}/cancel": Case(ids=generation),
    "POST /v1/generations/{generation_id}/resume": Case(ids=stopped),
    "GET /v1/generations/{generation_id}/events": Case(ids=generation),
    "GET /v1/generations/{generation_id}/trace": Case(ids=designed),
    "GET /v1/generations/{generation_id}/artifacts": Case(ids=generation),
    "POST /v1/generations/{generation_id}/credentials": Case(ids=delivered),
    "POST /v1/mvs/validate": Case(body=mvs),
    # conversations
    "POST /v1/discoveries": Case(),
    "GET /v1/discoveries": Case(),
    "GET /v1/discoveries/{discovery_id}": Case(ids=discovery),
    "DELETE /v1/discoveries/{discovery_id}": Case(ids=discovery),
    "POST /v1/discoveries/{discovery_id}/messages": Case(
        ids=discovery, body=lambda *_: {"text": "sí"}
    ),
    "GET /v1/discoveries/{discovery_id}/turns": Case(ids=discovery),
    "GET /v1/discoveries/{discovery_id}/turns/{number}": Case(ids=turn),
    "POST /v1/discoveries/{discovery_id}/turns/{number}/retry": Case(ids=failed_turn),
    "GET /v1/discoveries/{discovery_id}/mvs": Case(ids=discovery),
    "PUT /v1/discoveries/{discovery_id}/mvs": Case(ids=discovery, body=edited),
    "POST /v1/discoveries/{discovery_id}/undo": Case(ids=changed_discovery),
    "POST /v1/discoveries/{discovery_id}/approve": Case(
        ids=discovery, body=lambda *_: {"version": 1, "start": False}
    ),
    "POST /v1/discoveries/{discovery_id}/imports": Case(
        ids=discovery, body=lambda *_: {"filename": "clientes.xlsx"}
    ),
    "GET /v1/discoveries/{discovery_id}/imports": Case(ids=discovery),
    "GET /v1/discoveries/{discovery_id}/imports/{import_id}": Case(ids=given_file),
    # what models cost
    "GET /v1/apps/{app_id}/quote": Case(ids=app),
    "GET /v1/generations/{generation_id}/usage": Case(ids=generation),
    "GET /v1/usage": Case(),
    "PUT /v1/organization/model-key": Case(body=lambda *_: {"key": "sk-of-their-own-account"}),
    "GET /v1/organization/model-key": Case(ids=brought_key),
    "DELETE /v1/organization/model-key": Case(ids=brought_key),
    # what to start from
    "GET /v1/blueprints": Case(),
    "GET /v1/blueprints/{key}": Case(ids=lambda *_: {"key": "bookings"}),
    "GET /v1/industry-overlays": Case(),
    # keys and the audit log
    "POST /v1/api-keys": Case(body=key_wanted),
    "GET /v1/api-keys": Case(),
    "DELETE /v1/api-keys/{key_id}": Case(ids=key),
    "GET /v1/audit": Case(),
    "GET /v1/audit.csv": Case(),
    # the organization, its people, who is asked to join
    "GET /v1/organization": Case(),
    "GET /v1/organization/quota": Case(),
    "PATCH /v1/organization": Case(body=lambda *_: {"name": "Otra"}),
    "DELETE /v1/organization": Case(body=lambda *_: {"name": "Clínica"}),
    "POST /v1/organization/restore": Case(),
    "POST /v1/organization/export": Case(),
    "GET /v1/organization/exports/{export_id}": Case(ids=export),
    "POST /v1/organizations": Case(body=lambda *_: {"name": "Otra"}),
    "GET /v1/members": Case(),
    "PATCH /v1/members/{user_id}": Case(ids=member, body=lambda *_: {"role": "viewer"}),
    "DELETE /v1/members/{user_id}": Case(ids=member),
    "POST /v1/organization/leave": Case(body=leaving),
    "POST /v1/organization/transfer": Case(body=successor, roles=("owner",), names_somebody=True),
    "POST /v1/invitations": Case(body=lambda *_: {"email": invited(), "role": "viewer"}),
    "GET /v1/invitations": Case(),
    "POST /v1/invitations/{invitation_id}/resend": Case(ids=invitation),
    "DELETE /v1/invitations/{invitation_id}": Case(ids=invitation),
    "POST /v1/invitations/accept": Case(body=link, names_somebody=True, foreign=403),
    # what it pays for
    "GET /v1/billing/subscription": Case(),
    "POST /v1/billing/checkout": Case(body=lambda *_: {"plan": "pro"}),
    "POST /v1/billing/portal": Case(ids=customer),
    "GET /v1/billing/plan-change": Case(ids=subscribed, status=422),  # the walk asks no query
    "PUT /v1/billing/plan": Case(ids=subscribed, body=lambda *_: {"plan": "starter"}),
    "POST /v1/billing/cancel": Case(ids=subscribed),
    "POST /v1/billing/resume": Case(ids=subscribed),
    "PUT /v1/billing/overage": Case(body=lambda *_: {"generations_max": 0}),
    "GET /v1/billing/invoices": Case(),
    "GET /v1/billing/usage": Case(),
    "GET /v1/billing/payment-method": Case(),
    # the person who asks
    "GET /v1/me": Case(),
    "PATCH /v1/me": Case(body=lambda *_: {"name": "Ana"}),
    "GET /v1/me/organizations": Case(),
    "POST /v1/me/second-factor": Case(body=password_again),
    "POST /v1/me/second-factor/confirm": Case(body=code),
    "POST /v1/me/second-factor/recovery-codes": Case(body=proof),
    "DELETE /v1/me/second-factor": Case(
        body=lambda stage, whose: {**proof(stage, whose), "password": PASSWORD}
    ),
    "POST /v1/auth/password/change": Case(
        body=lambda *_: {"current_password": PASSWORD, "new_password": ANOTHER}
    ),
    # the person's sessions
    "POST /v1/auth/switch": Case(body=organization, names_somebody=True),
    "POST /v1/auth/sign-out": Case(),
    "POST /v1/auth/sign-out-everywhere": Case(),
    "GET /v1/auth/sessions": Case(),
    "DELETE /v1/auth/sessions/{session_id}": Case(ids=session),
    # the providers a person signs in with: none is offered here
    "GET /v1/me/identities": Case(),
    "POST /v1/me/identities/{provider}/link": Case(
        ids=provider, body=lambda *_: {"redirect_uri": AT_HOME, "password": PASSWORD}, status=404
    ),
    "POST /v1/me/identities/{provider}/link/finish": Case(
        ids=provider, body=coming_back, status=404
    ),
    "DELETE /v1/me/identities/{provider}": Case(ids=provider, body=password_again, status=404),
}

FOR_ANYBODY = {
    "POST /v1/auth/sign-up",
    "POST /v1/auth/email/verify",
    "POST /v1/auth/sign-in",
    "POST /v1/auth/sign-in/second-factor",
    "POST /v1/auth/password/forgot",
    "POST /v1/auth/password/reset",
    "POST /v1/auth/refresh",
    "GET /v1/auth/providers",
    "POST /v1/invitations/preview",
    "POST /v1/invitations/accept-as-new",
    "POST /v1/auth/oauth/{provider}/start",
    "POST /v1/auth/oauth/{provider}/finish",
    "GET /.well-known/jwks.json",
    "GET /v1/jwks",
    "GET /v1/openapi.json",
    "GET /v1/docs",
    "GET /v1/schemas/mvs",
    "GET /v1/plans",
    "GET /billing",
    "POST /webhooks/stripe",
}
"""Routes without credentials. What they hand out, they hand out to whoever has the link, password or token they ask for."""
