"""Passwords: which may be chosen, how they are kept, whether one is right.

In: what somebody typed. Out: an argon2id hash, yes or no, `InvalidRequest` for a weak one. Callers: sign-up, sign-in,
reset, change. The surprise: `is_right` takes as long for somebody who does not exist: it always verifies one hash.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterable
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from chalicelib.errors import InvalidRequest

if TYPE_CHECKING:
    from argon2 import PasswordHasher

CHARACTERS_MIN: Final = 12
CHARACTERS_MAX: Final = 128
MEMORY_KIB: Final = 64 * 1024
ROUNDS: Final = 3
LANES: Final = 1
"""RFC 9106's second choice, except for the lanes: a Lambda has no four cores to give."""
COMMON: Final = Path(__file__).with_name("common_passwords.txt")
DIFFERENT_MIN: Final = 5
AROUND: Final = re.compile(r"^[\W\d_]{1,8}|[\W\d_]{1,8}$")
REPEATED: Final = re.compile(r"(.+?)\1+", re.DOTALL)

Language = Literal["es", "en"]
Weakness = Literal["short", "long", "about you", "common"]

FAULTS: Final[dict[Weakness, dict[Language, tuple[str, str]]]] = {
    "short": {
        "en": ("has fewer than 12 characters", "take a longer one, such as four words"),
        "es": ("tiene menos de 12 caracteres", "elija una más larga, por ejemplo cuatro palabras"),
    },
    "long": {
        "en": ("has more than 128 characters", "take a shorter one"),
        "es": ("tiene más de 128 caracteres", "elija una más corta"),
    },
    "about you": {
        "en": ("is what anybody would try first", "take one that says nothing about you"),
        "es": ("es lo primero que cualquiera probaría", "elija una que no diga nada de usted"),
    },
    "common": {
        "en": (
            "is one of those that everybody uses",
            "take one that only you would think of",
        ),
        "es": ("es una de las que usa todo el mundo", "elija una que solo a usted se le ocurra"),
    },
}
"""What is wrong, and the cure."""


class Passwords:
    """argon2id. Other costs than the house's are for tests."""

    def __init__(
        self, *, memory_kib: int = MEMORY_KIB, rounds: int = ROUNDS, lanes: int = LANES
    ) -> None:
        self._memory_kib, self._rounds, self._lanes = memory_kib, rounds, lanes

    def hashed(self, password: str) -> str:
        return self._hasher.hash(normal(password))

    def is_right(self, password: str, stored: str | None) -> bool:
        """One verification, whether or not there is something to compare with."""
        nobodys = self._nobodys
        matches = self._verified(stored or nobodys, normal(password))
        return matches and stored is not None

    def is_outdated(self, stored: str) -> bool:
        return self._hasher.check_needs_rehash(stored)

    def _verified(self, stored: str, password: str) -> bool:
        from argon2.exceptions import VerifyMismatchError

        try:
            return self._hasher.verify(stored, password)
        except VerifyMismatchError:
            return False

    @cached_property
    def _hasher(self) -> PasswordHasher:
        from argon2 import PasswordHasher

        return PasswordHasher(
            time_cost=self._rounds, memory_cost=self._memory_kib, parallelism=self._lanes
        )

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash(secrets.token_hex())


def refuse_weak(
    password: str, *, about: Iterable[str], path: str, language: Language = "en"
) -> None:
    """Raises `InvalidRequest` at `path`. `about`: what anybody would try first, such as the address."""
    fault = weakness(normal(password), about)
    if fault:
        message, cure = FAULTS[fault][language]
        raise InvalidRequest(
            f"{path} {message}; {cure}.",
            errors=[{"path": path, "message": message, "cure": cure}],
        )


def weakness(password: str, about: Iterable[str]) -> Weakness | None:
    plain = password.casefold()
    if len(password) < CHARACTERS_MIN:
        return "short"
    if len(password) > CHARACTERS_MAX:
        return "long"
    if plain in {normal(text).strip().casefold() for text in about}:
        return "about you"
    if len(set(plain)) < DIFFERENT_MIN or cores(plain) & common():
        return "common"
    return None


def cores(plain: str) -> set[str]:
    """The text, and what is left without what people add to reach a length: itself once more, digits and signs around."""
    once = unit(plain)
    bare = AROUND.sub("", once)
    return {plain, once, bare, unit(bare)}


def unit(text: str) -> str:
    """What a text repeats, or the text."""
    repeated = REPEATED.fullmatch(text)
    return repeated[1] if repeated else text


def normal(password: str) -> str:
    """The same password from every keyboard."""
    return unicodedata.normalize("NFC", password)


@cache
def common() -> frozenset[str]:
    return frozenset(COMMON.read_text(encoding="utf-8").splitlines())
