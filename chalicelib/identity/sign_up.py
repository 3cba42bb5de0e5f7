"""Signing up, and the way back in without a password: both only post a letter; then the link is opened.

In: what somebody sent, who may be anybody. Out: nothing that tells whether the address is known. Callers: the doors
`auth` and `passwords`. The surprise: nobody exists before the link in the letter is opened, and the password is chosen
by whoever opens it. So nobody can take an address that is not theirs, keep its owner from it, leave half an organization
behind, or learn who has an account: what differs is decided when the letter leaves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID, uuid4, uuid5

from chalicelib.errors import LimitReached
from chalicelib.identity.passwords import Passwords, refuse_weak
from chalicelib.identity.people import Joined, Locale, Newcomer, People, micros
from chalicelib.tenancy import limits as buckets
from chalicelib.tenancy.limits import Limits

LETTERS: Final = UUID("6f1b1f3e-51a5-4c8e-9d2b-0a6e3c1d7f42")
"""In which ids of letters are made from the keys of repeated requests."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody wants to be, once their address is proved."""

    email: str
    name: str
    organization_name: str
    locale: Locale


class Outbox(Protocol):
    def post(
        self, kind: str, body: Mapping[str, Any], locale: str, *, id: UUID | None = None
    ) -> None:
        """Posting an id that waits already does nothing."""


def sign_up(
    wish: Wish,
    *,
    ip: str | None,
    idempotency_key: str,
    outbox: Outbox,
    limits: Limits,
    now: datetime,
) -> None:
    limits.admit(buckets.address(ip), [buckets.SIGN_UPS_FROM_ADDRESS], micros(now))
    body = {
        "email": wish.email,
        "name": wish.name,
        "organization_name": wish.organization_name,
    }
    told = (wish.email, wish.name, wish.organization_name, wish.locale)
    if mailbox_has_room(wish.email, limits, now):
        outbox.post("sign_up", body, wish.locale, id=letter_id("sign_up", idempotency_key, told))


def open_link(
    token: str,
    password: str,
    *,
    language: Locale,
    people: People,
    passwords: Passwords,
) -> Joined:
    """Whoever reads the mailbox chooses the password. Raises `LinkExpired`, `InvalidRequest`, `Conflict`."""
    promised = people.promised(token)
    refuse_weak(password, about=about(promised), path="body.password", language=language)
    return people.join(token, password_hash=passwords.hashed(password))


def forgot(
    email: str,
    locale: Locale,
    *,
    ip: str | None,
    idempotency_key: str,
    outbox: Outbox,
    limits: Limits,
    now: datetime,
) -> None:
    limits.admit(buckets.address(ip), [buckets.RESETS_FROM_ADDRESS], micros(now))
    if mailbox_has_room(email, limits, now):
        known_as = letter_id("password_reset", idempotency_key, (email,))
        outbox.post("password_reset", {"email": email}, locale, id=known_as)


def mailbox_has_room(email: str, limits: Limits, now: datetime) -> bool:
    """Whoever asks, an address gets a few letters an hour. Beyond that the answer is the same and no letter leaves: the
    links of the earlier ones are still good, so nobody is kept from their account by others' asking."""
    try:
        limits.admit(buckets.account(email), [buckets.LETTERS_TO_ACCOUNT], micros(now))
    except LimitReached:
        return False
    return True


def letter_id(kind: str, idempotency_key: str, told: tuple[str, ...]) -> UUID:
    """The same for the same request sent again."""
    if not idempotency_key:
        return uuid4()
    return uuid5(LETTERS, "\n".join((kind, idempotency_key, *told)))


def about(newcomer: Newcomer) -> tuple[str, ...]:
    """What anybody would try as this person's password."""
    address = (newcomer.email, newcomer.email.partition("@")[0])
    return (*address, newcomer.name, newcomer.organization_name or newcomer.name)
