"""Bodies of `/v1/auth/…` once somebody is signed in."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from chalicelib.http.schemas.shape import Sent, Shown

__all__ = [
    "AccessShown",
    "KeySet",
    "OrganizationChosen",
    "RefreshSent",
    "SessionList",
    "TokensShown",
]


class RefreshSent(Sent):
    refresh_token: str = Field(max_length=200, description="The newest one you were given.")


class OrganizationChosen(Sent):
    organization_id: UUID


class AccessShown(Shown):
    access_token: str = Field(description="Send it as `Authorization: Bearer …`.")
    token_type: Literal["Bearer"]
    expires_in_s: int = Field(description="From then on it is refused: refresh it before.")
    session_id: UUID
    organization_id: UUID | None = Field(description="Where it is for; null in no organization.")
    role: Literal["owner", "admin", "builder", "viewer"] | None = Field(
        description="Yours there; what counts is read anew with each request."
    )


class TokensShown(AccessShown):
    refresh_token: str = Field(
        description="Good once: the answer has the next one. Keep it where only this device can read it."
    )


class SessionShown(Shown):
    id: UUID
    is_current: bool = Field(description="Whether it is the one that asks.")
    organization_id: UUID | None
    amr: tuple[str, ...] = Field(description="How it was opened: `pwd`, `otp`, …")
    began_at: datetime
    last_used_at: datetime = Field(description="When it was refreshed last.")
    expires_at: datetime = Field(description="When it ends if it is not refreshed before.")
    ip: str | None
    user_agent: str | None


class SessionList(Shown):
    items: list[SessionShown]


class Key(Shown):
    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    x: str
    kid: str
    use: Literal["sig"]
    alg: Literal["EdDSA"]


class KeySet(Shown):
    keys: list[Key]
