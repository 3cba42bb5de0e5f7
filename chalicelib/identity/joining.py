"""Accepting an invitation without an account: the link proves the address, so the person is made with the membership.

In: the link's token, a name, a password. Out: whom they joined. Callers: `http/invitations.py`. The surprise: the password
is hashed before the transaction, which would otherwise hold the organization for as long as that takes.
"""

from __future__ import annotations

from typing import Protocol

from chalicelib.identity.passwords import Passwords, refuse_weak
from chalicelib.identity.people import Locale, Newcomer
from chalicelib.tenancy.invitations import Joined, Preview


class Links(Protocol):
    def preview(self, token: str) -> Preview:
        """Raises `LinkExpired`."""

    def accept_as_new(self, token: str, newcomer: Newcomer) -> Joined:
        """All of it, or nothing. Raises `LinkExpired`, and `Conflict` when the address has an account."""


def join_as_new(
    token: str, name: str, password: str, locale: Locale, *, links: Links, passwords: Passwords
) -> Joined:
    preview = links.preview(token)
    email = preview.email
    told = (email, email.partition("@")[0], name, preview.organization_name)
    refuse_weak(password, about=told, path="body.password")
    newcomer = Newcomer(
        email=email, name=name, locale=locale, password_hash=passwords.hashed(password)
    )
    return links.accept_as_new(token, newcomer)
