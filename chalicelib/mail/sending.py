"""Sending what waits in the outbox: take, decide, make the token, render, send, done; each letter at least once.

In: ports (the outbox, who people are, one-time tokens, the mail service), the public URL. Out: how many went which way.
Callers: the job `mail` (chalicelib/jobs.py). The surprise: nothing is written down between the steps. A crash anywhere
leaves the lease to run out and the letter is taken again, with a token of its own; both tokens are good, and neither is
kept anywhere but in its letter. Every attempt doubles the lease, so the lease is the waiting time too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final, Protocol
from uuid import UUID

from chalicelib.errors import AddressRefused, PlatformError, Unavailable
from chalicelib.log import log
from chalicelib.mail.letters import KINDS, Kind, Locale, Purpose, fault

LEASE_S: Final = 60
"""Longer than one letter takes: three calls to the database and one, at worst twice 10 s, to the mail service."""
ATTEMPTS_MAX: Final = 12
"""1 + 2 + 4 + … + 64 + 64 minutes: a mail service may be away for seven hours."""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One in the outbox, leased to us."""

    id: UUID
    kind: str
    locale: Locale
    body: dict[str, str]
    attempts: int
    """How often it was taken up, this time included."""


@dataclass(frozen=True, kw_only=True)
class Addressee:
    user_id: UUID
    email: str
    name: str
    locale: Locale


@dataclass(frozen=True, kw_only=True)
class Writing:
    """What was decided: this kind, to this address, in this language, with these facts."""

    kind: str
    to: str
    locale: Locale
    facts: Mapping[str, str]
    token_body: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Message:
    id: UUID
    """The letter's: the same letter sent twice can be told by it."""
    to: str
    subject: str
    text: str
    html: str


class Letters(Protocol):
    def take(self, lease_s: int) -> Letter | None: ...

    def done(self, letter_id: UUID) -> None: ...


class Addressees(Protocol):
    def by_email(self, email: str) -> Addressee | None: ...

    def by_id(self, user_id: UUID) -> Addressee | None: ...


class OneTimeTokens(Protocol):
    def mint(self, purpose: Purpose, body: Mapping[str, Any], *, lives: timedelta) -> str: ...


class InvitationLinks(Protocol):
    def mint_for_invitation(self, tenant_id: UUID, invitation_id: UUID) -> str | None:
        """None when the invitation is not open any more."""


class Mailer(Protocol):
    def send(self, message: Message) -> None:
        """Raises `AddressRefused` where no repetition helps, `Unavailable` where one will."""


@dataclass(frozen=True, kw_only=True)
class Office:
    """What sending a letter takes, beside the letter."""

    addressees: Addressees
    tokens: OneTimeTokens
    invitations: InvitationLinks
    mailer: Mailer
    public_url: str


def send_letters(
    letters: Letters, office: Office, *, may_go_on: Callable[[], bool]
) -> Counter[str]:
    """Until none is due, time is up, or the world is busy: what it has no time for now waits as it is."""
    outcomes: Counter[str] = Counter()
    while may_go_on() and (letter := letters.take(LEASE_S)):
        try:
            outcome = send_one(letter, office)
        except Unavailable as error:
            log.warning("letter_waits", extra=about(letter, error.detail))
            outcomes["waits"] += 1
            break
        except PlatformError as error:
            log.error("letter_waits", extra=about(letter, error.detail))
            outcomes["waits"] += 1
            continue
        letters.done(letter.id)
        outcomes[outcome] += 1
    return outcomes


def send_one(letter: Letter, office: Office) -> str:
    """Which way it went. Raises what the world or the database raises: then it waits."""
    wrong = fault(letter.kind, letter.body)
    if wrong or letter.attempts > ATTEMPTS_MAX:
        return given_up(letter, wrong or f"not sent in {ATTEMPTS_MAX} attempts")
    writing = decided(letter, office.addressees)
    if writing is None:
        return "nobody"
    token = minted(writing, office)
    if token is None:
        return "too_late"
    try:
        office.mailer.send(written(letter.id, writing, token, office.public_url))
    except AddressRefused as error:
        return given_up(letter, error.detail)
    return "sent"


def decided(letter: Letter, addressees: Addressees) -> Writing | None:
    """None where there is nobody to write to: an unknown address that wants a password, a person who is gone."""
    body = letter.body
    if "user_id" in body:
        person = addressees.by_id(UUID(body["user_id"]))
        return to_person(letter, person) if person else None
    if letter.kind == "invitation":
        return Writing(
            kind=letter.kind, to=body["email"], locale=letter.locale, facts=body, token_body=body
        )
    person = addressees.by_email(body["email"])
    if letter.kind != "sign_up":
        return to_person(letter, person) if person else None
    if person:
        known = replace(letter, kind="already_known", body={"email": body["email"]})
        return to_person(known, person)
    asked = {**body, "locale": letter.locale}
    return Writing(
        kind="sign_up", to=body["email"], locale=letter.locale, facts={}, token_body=asked
    )


def to_person(letter: Letter, person: Addressee) -> Writing:
    """To the address they have now, in the language they chose."""
    return Writing(
        kind=letter.kind,
        to=person.email,
        locale=person.locale,
        facts={**letter.body, "name": person.name},
        token_body={"user_id": str(person.user_id)},
    )


def minted(writing: Writing, office: Office) -> str | None:
    """Empty for a letter without one, None when it is too late for the letter."""
    token = KINDS[writing.kind].token
    if token is None:
        return ""
    if token.purpose == "invitation":
        invited = writing.token_body
        return office.invitations.mint_for_invitation(
            UUID(invited["tenant_id"]), UUID(invited["invitation_id"])
        )
    return office.tokens.mint(token.purpose, writing.token_body, lives=token.lives)


def written(letter_id: UUID, writing: Writing, token: str, public_url: str) -> Message:
    from chalicelib.mail.rendering import render

    kind = KINDS[writing.kind]
    rendered = render(
        writing.kind, writing.locale, writing.facts, link=link(kind, token, public_url), token=token
    )
    return Message(
        id=letter_id,
        to=writing.to,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
    )


def link(kind: Kind, token: str, public_url: str) -> str:
    query = f"?token={token}" if token else ""
    return f"{public_url.rstrip('/')}{kind.page}{query}"


def given_up(letter: Letter, reason: str) -> str:
    log.error("letter_given_up", extra=about(letter, reason))
    return "given_up"


def about(letter: Letter, reason: str) -> dict[str, Any]:
    """Without the address, which the log must not know."""
    return {
        "letter_id": str(letter.id),
        "letter_kind": letter.kind,
        "attempts": letter.attempts,
        "reason": reason,
    }
