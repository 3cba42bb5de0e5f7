"""From a provider's profile to a person: known, found by their proved address, or new.

In: a `Profile`, the ports below. Out: `Found`. Callers: `http/oauth.py`. The surprise: a person with a second factor is
found by their address but not linked by it: whoever has only the mailbox must not leave a way in behind. They link by
hand once they are signed in.

known identity        → that person, whatever their address is by now
else proved address   → the person with that address; linked, and told so by letter
else                  → a new person with an organization named after them, in one transaction
no proved address     → `UnverifiedEmail`
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol
from uuid import UUID

from chalicelib.errors import Conflict, NotFound, UnverifiedEmail
from chalicelib.identity import addresses
from chalicelib.identity.oauth import Profile, Provider, ProviderName
from chalicelib.identity.people import Account, Locale, Newcomer

Unlinked = Literal["gone", "absent", "last"]

NAME_CHARACTERS_MAX: Final = 120
SUBJECT: Final = re.compile(r"[!-~]{1,200}", re.ASCII)
SHOWN: Final[Mapping[str, str]] = {"google": "Google", "github": "GitHub"}
ORGANIZATION: Final[dict[Locale, str]] = {"es": "Organización de {}", "en": "{}'s organization"}
"""Whoever it is may call it something else later."""


@dataclass(frozen=True, kw_only=True)
class Found:
    user_id: UUID
    is_new: bool = False


@dataclass(frozen=True)
class LinkedIdentity:
    """A provider's account, as the person it leads to sees it."""

    provider: ProviderName
    email: str
    """Their address there when it was linked."""
    linked_at: datetime


class People(Protocol):
    def by_identity(self, identity: str) -> UUID | None: ...

    def by_email(self, email: str) -> Account | None: ...


class Identities(Protocol):
    """Each is one transaction, with its audit line or letter."""

    def link(self, user_id: UUID, profile: Profile) -> bool:
        """False when the identity leads to somebody already, or the person has another one with this provider."""

    def join(self, newcomer: Newcomer, profile: Profile) -> UUID | None:
        """The new person, linked. None when identity or address came to belong to somebody meanwhile."""

    def linked(self, user_id: UUID) -> Sequence[LinkedIdentity]: ...

    def unlink(self, user_id: UUID, provider: str) -> Unlinked:
        """`last`: there is no password and no other provider."""


def person_of(profile: Profile, *, locale: Locale, people: People, identities: Identities) -> Found:
    """Raises `UnverifiedEmail`; `Conflict` when somebody else got there first, twice in a row."""
    for _ in range(2):
        if known := people.by_identity(checked(profile).identity):
            return Found(user_id=known)
        email = proved_address(profile)
        if account := people.by_email(email):
            if not account.has_second_factor:
                identities.link(account.user_id, profile)
            return Found(user_id=account.user_id)
        if joined := identities.join(newcomer(profile, email, locale), profile):
            return Found(user_id=joined, is_new=True)
    raise Conflict("This account is being made at this very moment. Sign in again.")


def link(person: UUID, profile: Profile, *, identities: Identities) -> None:
    """For somebody signed in. An address is not asked for: what leads to a person is the identity."""
    if not identities.link(person, checked(profile)):
        shown = SHOWN[profile.provider]
        raise Conflict(
            f"This {shown} account leads to somebody already, or you have another one linked. Remove that one first."
        )


def unlink(person: UUID, provider: str, *, identities: Identities) -> None:
    """Raises `Conflict` for the last way in: nobody locks themselves out."""
    done = identities.unlink(person, provider)
    if done == "last":
        raise Conflict(
            "This is your only way to sign in. Choose a password first, by way of the forgotten one."
        )
    if done == "absent":
        raise NotFound("You have no account of this provider linked.")


def chosen(name: str, providers: Mapping[str, Provider]) -> Provider:
    """The provider of that name. Raises `NotFound` that says what is offered."""
    if found := providers.get(name):
        return found
    offered = ", ".join(providers) or "none"
    raise NotFound(
        f"This provider is not offered here (offered: {offered}). Sign in another way, or have it configured"
        " as docs/operations.md says."
    )


def proved_address(profile: Profile) -> str:
    shown = SHOWN[profile.provider]
    if not profile.email:
        raise UnverifiedEmail(
            f"{shown} has not verified your (primary) address. Verify it there and sign in again,"
            " or sign up here with an email and a password."
        )
    try:
        return addresses.canonical(profile.email)
    except ValueError as error:
        raise UnverifiedEmail(f"Your address at {shown} {error}. Use another one.") from None


def newcomer(profile: Profile, email: str, locale: Locale) -> Newcomer:
    name = plain(profile.name) or email.partition("@")[0]
    organization = ORGANIZATION[locale].format(name)[:NAME_CHARACTERS_MAX]
    return Newcomer(
        email=email, name=name[:NAME_CHARACTERS_MAX], locale=locale, organization_name=organization
    )


def plain(name: str) -> str:
    """What can be seen of a name somebody wrote elsewhere."""
    seen = (one for one in unicodedata.normalize("NFC", name) if one.isprintable())
    return " ".join("".join(seen).split())[:NAME_CHARACTERS_MAX]


def checked(profile: Profile) -> Profile:
    if not SUBJECT.fullmatch(profile.subject):
        raise UnverifiedEmail(f"{SHOWN[profile.provider]} names you in a way we can't keep.")
    return profile
