"""People: what is known of them, what they sign in with, where they are members.

In: rows that belong to a person. Out: frozen records, the ports of whoever keeps them. Callers: sign-up, sign-in, second
factor, OAuth, `http/me.py`. The surprise: a person exists only with a proved address, so nobody is "not verified yet".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, Protocol
from uuid import UUID

from chalicelib.tenancy.origin import current_origin

Locale = Literal["es", "en"]
Provider = Literal["google", "github"]

NOBODY: Final = UUID(int=0)
"""Looked up where there is nobody, so that a stranger costs the same statements."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """What a person signs in with."""

    user_id: UUID
    email: str
    locale: Locale
    password_hash: str | None
    password_changed_at: datetime | None
    second_factor_sealed: bytes | None
    second_factor_confirmed_at: datetime | None

    @property
    def has_second_factor(self) -> bool:
        return self.second_factor_confirmed_at is not None


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody, as they see themselves."""

    id: UUID
    email: str
    name: str
    locale: Locale
    created_at: datetime
    has_password: bool
    has_second_factor: bool
    recovery_codes_left: int


@dataclass(frozen=True, kw_only=True)
class Newcomer:
    """Somebody whose address is proved by now."""

    email: str
    name: str
    locale: Locale
    organization_name: str | None = None
    """None for somebody who makes or joins one later."""
    password_hash: str | None = None
    """None for somebody who signs in with a provider."""


@dataclass(frozen=True, kw_only=True)
class Joined:
    user_id: UUID
    organization_id: UUID | None
    email: str
    organization_name: str | None


class People(Protocol):
    def by_identity(self, identity: str) -> UUID | None:
        """`email:<address>`, `google:<subject>`, `github:<id>`."""

    def by_email(self, email: str) -> Account | None:
        """Costs the same whether or not there is one."""

    def credentials(self, user_id: UUID) -> Account | None: ...

    def promised(self, token: str) -> Newcomer:
        """Who the link of a sign-up would make; uses nothing up. Raises `LinkExpired`."""

    def join(self, token: str, *, password_hash: str) -> Joined:
        """Makes them. Raises `LinkExpired`, and `Conflict` when the address was faster."""


def where_from() -> dict[str, str]:
    """What a letter about a change tells: when, and from where."""
    origin = current_origin.get()
    told = {"ip": origin.ip, "user_agent": origin.user_agent}
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return {"at": at} | {name: value for name, value in told.items() if value}


def micros(now: datetime) -> int:
    """As limits count time."""
    return int(now.timestamp() * 1_000_000)
