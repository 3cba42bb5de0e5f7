"""Bodies of signing in with Google and GitHub, and of the ways to sign in that a person has."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from chalicelib.http.schemas.auth import SignedInShown
from chalicelib.http.schemas.me import PasswordAgain
from chalicelib.http.schemas.shape import Sent, Shown
from chalicelib.http.schemas.texts import DeviceText

__all__ = [
    "FinishSent",
    "IdentityList",
    "LinkFinishSent",
    "LinkStartSent",
    "PasswordAgain",
    "ProviderList",
    "SignedInShown",
    "StartSent",
    "StartShown",
]

Returned = Annotated[
    str,
    StringConstraints(strip_whitespace=False, min_length=1, max_length=2048, pattern=r"^[!-~]+$"),
]
"""What came back in the address; visible ASCII, as RFC 6749 has it."""


class ProviderShown(Shown):
    provider: Literal["google", "github"]
    name: str = Field(description="As people know it.")


class ProviderList(Shown):
    items: list[ProviderShown]


class StartSent(Sent):
    redirect_uri: str = Field(
        min_length=1,
        max_length=300,
        description="Where the browser comes back to: a page under our own address, or"
        " `http://127.0.0.1:<port>/callback` for a program. It must be registered with the provider.",
    )


class StartShown(Shown):
    authorization_url: str = Field(description="Send the browser here.")
    flow: str = Field(
        description="Keep it where only this browser or program can read it, and send it when finishing: it proves that"
        " whoever comes back is who left."
    )


class CameBack(Sent):
    code: Returned = Field(description="From the address the browser came back to.")
    state: Returned = Field(description="From the same address.")
    flow: Returned = Field(description="From the answer of `start`.")


class FinishSent(CameBack):
    device: DeviceText | None = None


class LinkStartSent(StartSent, PasswordAgain):
    pass


class LinkFinishSent(CameBack):
    pass


class IdentityShown(Shown):
    provider: Literal["google", "github"]
    email: str = Field(description="Your address there when it was linked; `-` if it told none.")
    linked_at: datetime


class IdentityList(Shown):
    items: list[IdentityShown]
