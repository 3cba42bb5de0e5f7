"""Who walks the routes: people and keys of every role, and everybody who must be turned away.

A `Stage` is the world of one request: an organization of the walker's own and one of somebody else's.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chalicelib.identity import tokens
from chalicelib.identity.people import Newcomer
from chalicelib.identity.sessions import open_session
from chalicelib.tenancy.origin import NOWHERE
from chalicelib.tenancy.roles import PERMISSIONS
from tests.people import PASSWORD

ROLES = tuple(PERMISSIONS)
LONG_AGO_S = tokens.LIVES_S + tokens.LEEWAY_S + 1


class Stage:
    def __init__(self, world, api, mvs):
        self.world, self._api, self.mvs = world, api, mvs
        self.own, self.foreign = uuid.uuid4(), uuid.uuid4()
        self.walker, self.credentials = None, ""

    def tenant(self, whose):
        """`own`, `foreign`, or `nobody`: an organization that never was."""
        return {"own": self.own, "foreign": self.foreign}.get(whose) or uuid.uuid4()

    def ask(self, route, credentials, case=None, *, whose="own"):
        """(status, body, headers); the ids and the body are the case's. Without one, ids are of nothing."""
        self.credentials = credentials
        ids = case.ids(self, whose) if case and whose != "nobody" else {}
        body = case.body(self, whose) if case else {}
        return self.send(route.method, addressed(route.path, ids), body)

    def send(self, method, path, body):
        headers = {"Idempotency-Key": uuid.uuid4().hex} if method == "POST" else {}
        return self._api(method, path, body, key=self.credentials, headers=headers)

    def now_s(self):
        return int(time.time())

    # ---- people ----

    def person(self, role, tenant=None):
        """The id of a new member; of nobody's organization without a role."""
        made = self.world.people.add(
            Newcomer(
                email=f"{uuid.uuid4().hex}@example.org",
                name="Ana",
                locale="es",
                password_hash=self.world.passwords.hashed(PASSWORD),
            )
        )
        if role:
            self.world.people.enroll(made.user_id, tenant or self.own, "Clínica", role)
        return made.user_id

    def signed_in(self, role, tenant=None, *, user_id=None):
        """An access token."""
        return self.opened(role, tenant, user_id=user_id).access_token

    def opened(self, role, tenant=None, *, user_id=None):
        self.walker = user_id or self.person(role, tenant)
        return open_session(
            self.walker,
            organization_id=(tenant or self.own) if role else None,
            amr=("pwd",),
            origin=NOWHERE,
            sessions=self.world.sessions,
            standings=self.world.standings,
            keys=self.world.identity_keys,
            issuer=self.world.settings.public_url,
            now=datetime.now(UTC),
        )

    # ---- programs ----

    def key(self, role="owner", scopes=(), tenant=None):
        return self.world.api_keys.issue(tenant or self.own, role=role, scopes=scopes)


def addressed(path, ids):
    """Ids that nobody names are ids of nothing."""
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    return path.format_map({name: ids.get(name, uuid.uuid4()) for name in names})


# ---- who must be turned away, whatever the route: by name, a way to their credentials ----


def no_token(stage):
    return ""


def nonsense(stage):
    return "fragua_nonsense"


def made_up_key(stage):
    return "fragua_00000000_" + "0" * 64


def revoked_key(stage):
    key = stage.key()
    (key_id,) = (known.id for known in stage.world.api_keys.page(stage.own, limit=1).items)
    stage.world.api_keys.revoke(stage.own, key_id, by="system:test")
    return key


def expired_key(stage):
    key = stage.key()
    (known,) = stage.world.api_keys.page(stage.own, limit=1).items
    stage.world.api_keys._replace(known.id, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    return key


def key_with_another_secret(stage):
    return stage.key()[:-64] + "0" * 64


def expired_token(stage):
    return issued(stage, now_s=time.time() - LONG_AGO_S)


def token_signed_with_a_key_of_somebody_else(stage):
    stolen = decoded(stage.signed_in("owner"))
    mine = Ed25519PrivateKey.generate()
    return jwt.encode(stolen["payload"], mine, algorithm="EdDSA", headers=stolen["header"])


def token_without_a_signature(stage):
    stolen = decoded(stage.signed_in("owner"))
    return jwt.encode(
        stolen["payload"], None, algorithm="none", headers={**stolen["header"], "alg": "none"}
    )


def token_whose_claims_were_changed(stage):
    header, _, signature = stage.signed_in("viewer").split(".")
    payload = stage.signed_in("owner").split(".")[1]
    return f"{header}.{payload}.{signature}"


def token_of_an_ended_session(stage):
    opened = stage.opened("owner")
    stage.world.standings.end_session(stage.walker, opened.session_id)
    return opened.access_token


def token_from_before_everything_was_signed_out(stage):
    token = stage.signed_in("owner")
    stage.world.standings.end_all_sessions(
        stage.walker, before=datetime.now(UTC) + timedelta(seconds=1)
    )
    return token


def token_of_somebody_who_is_gone(stage):
    token = stage.signed_in("owner")
    stage.world.standings.people.clear()
    return token


STRANGERS = (
    no_token,
    nonsense,
    made_up_key,
    revoked_key,
    expired_key,
    key_with_another_secret,
    expired_token,
    token_signed_with_a_key_of_somebody_else,
    token_without_a_signature,
    token_whose_claims_were_changed,
    token_of_an_ended_session,
    token_from_before_everything_was_signed_out,
    token_of_somebody_who_is_gone,
)


def issued(stage, *, now_s):
    world = stage.world
    claims = tokens.read(
        stage.signed_in("owner"),
        keys=world.identity_keys,
        issuer=world.settings.public_url,
        now_s=time.time(),
    )
    claims = replace(claims, session_began_s=now_s)
    return tokens.issue(
        claims, keys=world.identity_keys, issuer=world.settings.public_url, now_s=now_s
    )


def decoded(token):
    return jwt.decode_complete(token, options={"verify_signature": False})
