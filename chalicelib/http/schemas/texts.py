"""Texts that people send: addresses, names, passwords. Used by the schemas beside it."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from chalicelib.identity.addresses import canonical

NAME_CHARACTERS_MAX: Final = 120
PASSWORD_CHARACTERS_SENT_MAX: Final = 256
"""Before normalization; what may be chosen is in `identity/passwords.py`."""
NOT_IN_NAMES: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
"""Control and format characters (line ends, bidi overrides, zero-width ones), private ones."""
JOINERS: Final = frozenset("\u200c\u200d")
"""Persian and Indic names are spelt with them."""


def plain_name(text: str) -> str:
    name = re.sub(" +", " ", unicodedata.normalize("NFC", text)).strip()
    if any(unicodedata.category(one) in NOT_IN_NAMES and one not in JOINERS for one in name):
        raise PydanticCustomError("unseen_characters", "hidden characters")
    if not any(unicodedata.category(one)[0] in "LNSP" for one in name):
        raise PydanticCustomError("nothing_to_see", "nothing to see")
    return name


def address(text: str) -> str:
    try:
        return canonical(text)
    except ValueError:
        raise PydanticCustomError("email", "no address") from None


Address = Annotated[
    str,
    StringConstraints(min_length=3, max_length=254),
    AfterValidator(address),
    Field(
        description="An email address; upper and lower case are the same.",
        json_schema_extra={"format": "email"},
    ),
]
DisplayName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=NAME_CHARACTERS_MAX),
    AfterValidator(plain_name),
]
Password = Annotated[
    str,
    StringConstraints(
        strip_whitespace=False, min_length=1, max_length=PASSWORD_CHARACTERS_SENT_MAX
    ),
    Field(json_schema_extra={"format": "password", "writeOnly": True}),
]
Locale = Literal["es", "en"]
OneCode = Annotated[
    str,
    StringConstraints(min_length=6, max_length=10, pattern=r"^[0-9 ]+$"),
    Field(description="Six digits from your authenticator app.", examples=["492039"]),
]
RecoveryCode = Annotated[
    str,
    StringConstraints(min_length=28, max_length=60, pattern=r"^[0-9A-Za-z -]+$"),
    Field(
        description="One of those that were shown when the second factor was set up; good once.",
        examples=["7q2m-x0d4-kz9t-c3vb-h81n-w5je-p6rg"],
    ),
]
DeviceText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=1000),
    Field(description="`device` from an earlier sign-in."),
]
