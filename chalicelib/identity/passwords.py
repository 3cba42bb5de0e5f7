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
from typing import TYPE_CHECKING, Final

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
AROUND: Final = re.compile(r"^[\W\d_]{1,6}|[\W\d_]{1,6}$")
REPEATED: Final = re.compile(r"(.+?)\1+", re.DOTALL)


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


def refuse_weak(password: str, *, about: Iterable[str], path: str) -> None:
    """Raises `InvalidRequest` at `path`. `about`: what anybody would try first, such as the address."""
    fault = weakness(normal(password), about)
    if fault:
        message, cure = fault
        raise InvalidRequest(
            f"{path}: {message}; {cure}.",
            errors=[{"path": path, "message": message, "cure": cure}],
        )


def weakness(password: str, about: Iterable[str]) -> tuple[str, str] | None:
    """What is wrong with it, and the cure."""
    if len(password) < CHARACTERS_MIN:
        return (
            f"has fewer than {CHARACTERS_MIN} characters",
            "take a longer one, such as four words",
        )
    if len(password) > CHARACTERS_MAX:
        return f"has more than {CHARACTERS_MAX} characters", "take a shorter one"
    plain = password.casefold()
    if plain in {text.strip().casefold() for text in about}:
        return "is what anybody would try first", "take one that says nothing about you"
    if cores(plain) & common():
        return "is one of those that everybody uses", "take one that only you would think of"
    return None


def cores(plain: str) -> set[str]:
    """The text itself, and without what people add to reach a length: digits and signs around it, itself once more."""
    found: set[str] = set()
    while plain and plain not in found:
        found.add(plain)
        repeated = REPEATED.fullmatch(plain)
        plain = repeated[1] if repeated else AROUND.sub("", plain)
    return found


def normal(password: str) -> str:
    """The same password from every keyboard."""
    return unicodedata.normalize("NFC", password)


@cache
def common() -> frozenset[str]:
    return frozenset(COMMON.read_text(encoding="utf-8").splitlines())
