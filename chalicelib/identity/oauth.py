"""Signing in with a provider: the flow, from the address a browser is sent to until who came back.

In: what a client sends, the ports below. Out: `Begun`, then a `Profile`. Callers: the doors of `http/oauth.py`.
The surprise: a flow takes two secrets. `state` travels through the browser and the provider; `flow` stays with whoever
began. Somebody else's `state` and `code`, planted or stolen, are worth nothing without it (RFC 9700, 4.7).

begin:  state, nonce and PKCE verifier are made; the row under SHA-256(state) keeps the verifier sealed.
finish: the row is taken away first, so that it works once, then the code is exchanged. A provider that does not answer
        gives the row back: the same request may be sent again.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Literal, Protocol
from uuid import UUID

from chalicelib.errors import Unauthenticated, Unavailable
from chalicelib.identity.redirects import permitted_redirect
from chalicelib.identity.sealing import Sealer

ProviderName = Literal["google", "github"]
Purpose = Literal["sign_in", "link"]

FLOW_MINUTES: Final = 10
BEGIN_AGAIN: Final = (
    "This sign-in was begun by somebody else, is over, or took too long. Begin again."
)


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Who came back, as the provider says. `email` is empty when the provider has proved none."""

    provider: ProviderName
    subject: str
    """Who they are there; it never changes and is never given to anybody else."""
    email: str
    name: str

    @property
    def identity(self) -> str:
        return f"{self.provider}:{self.subject}"


@dataclass(frozen=True, kw_only=True)
class Flow:
    """A sign-in under way, as it is kept: nothing in it opens anything without the sealing key."""

    provider: ProviderName
    purpose: Purpose
    person: UUID | None
    """Who links; None when somebody signs in."""
    redirect_uri: str
    nonce: str
    verifier_sealed: bytes
    flow_sha256: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Begun:
    authorization_url: str
    flow: str


class Provider(Protocol):
    """One provider, as the flow sees it."""

    @property
    def name(self) -> ProviderName: ...

    def authorization_url(
        self, *, redirect_uri: str, state: str, nonce: str, challenge: str
    ) -> str: ...

    def profile(self, code: str, *, redirect_uri: str, nonce: str, verifier: str) -> Profile:
        """Raises `Unauthenticated` when the code or what it brings is not good, `Unavailable` when nobody answers."""


class Flows(Protocol):
    def keep(self, state_sha256: str, flow: Flow) -> None: ...

    def take(self, state_sha256: str, flow_sha256: str) -> Flow | None:
        """Removes it. None when there is none with both secrets whose time is not over."""


def begin(
    provider: Provider,
    *,
    redirect_uri: str,
    purpose: Purpose,
    person: UUID | None = None,
    public_url: str,
    flows: Flows,
    sealer: Sealer,
    now: datetime,
) -> Begun:
    uri = permitted_redirect(redirect_uri, public_url=public_url)
    state, flow, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(4))
    flows.keep(
        digest(state),
        Flow(
            provider=provider.name,
            purpose=purpose,
            person=person,
            redirect_uri=uri,
            nonce=nonce,
            verifier_sealed=sealer.seal(verifier.encode(), context=_context(state)),
            flow_sha256=digest(flow),
            expires_at=now + timedelta(minutes=FLOW_MINUTES),
        ),
    )
    url = provider.authorization_url(
        redirect_uri=uri, state=state, nonce=nonce, challenge=challenge(verifier)
    )
    return Begun(authorization_url=url, flow=flow)


def finish(
    provider: Provider,
    *,
    code: str,
    state: str,
    flow: str,
    purpose: Purpose,
    person: UUID | None = None,
    flows: Flows,
    sealer: Sealer,
) -> Profile:
    """Raises `Unauthenticated` with the same words whatever does not fit."""
    kept = flows.take(digest(state), digest(flow))
    expected = (provider.name, purpose, person)
    if kept is None or (kept.provider, kept.purpose, kept.person) != expected:
        raise Unauthenticated(BEGIN_AGAIN)
    verifier = _verifier(kept, state, sealer)
    try:
        return provider.profile(
            code, redirect_uri=kept.redirect_uri, nonce=kept.nonce, verifier=verifier
        )
    except Unavailable:
        flows.keep(digest(state), kept)
        raise


def digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def challenge(verifier: str) -> str:
    """PKCE's S256 (RFC 7636, 4.2)."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _verifier(kept: Flow, state: str, sealer: Sealer) -> str:
    try:
        return sealer.open(kept.verifier_sealed, context=_context(state)).decode()
    except ValueError:
        raise Unauthenticated(BEGIN_AGAIN) from None


def _context(state: str) -> str:
    return f"oauth:{digest(state)}"
