"""The second factor: codes that an authenticator app makes (TOTP, RFC 6238), and recovery codes for when it is lost.

In: codes that people type, the sealed secret. Out: a `Proof` that the store uses up in the transaction it is for.
Callers: sign-in, `http/me.py`. The surprise: a proof is not yet accepted. Whether its code counted before is decided by
one conditional update, so of two requests with the same code one is refused, however close together they come.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal, Protocol
from uuid import UUID

from chalicelib.errors import Conflict, Forbidden
from chalicelib.identity.people import Account
from chalicelib.identity.sealing import Sealer

Change = Literal["enabled", "disabled", "new_codes", "code_used"]

ISSUER: Final = "Fragua"
STEP_S: Final = 30
DRIFT_STEPS: Final = 1
"""A phone's clock may be half a minute wrong, and typing takes time."""
DIGITS: Final = 6
RECOVERY_CODES: Final = 10
ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's: no letter that is taken for a digit, five bits each."""
MISREAD: Final = str.maketrans("oil", "011", "- ")
RECOVERY_CHARACTERS: Final = 28
"""140 random bits: so many that a fast hash is enough to keep them (ASVS 6.5.2 asks for 112, 11.5.1 for 128)."""
GROUP: Final = 4
WRONG_CODE: Final = "The code is wrong, too old, or was used already. Wait for the next one."


@dataclass(frozen=True, kw_only=True)
class Proof:
    """One of the two: the 30-second step of a right code, or the digest of a recovery code."""

    step: int | None = None
    recovery_sha256: bytes | None = None


@dataclass(frozen=True, kw_only=True)
class Begun:
    secret: str
    uri: str
    """What the QR code says: `otpauth://…`."""


@dataclass(frozen=True)
class RecoveryCodes:
    recovery_codes: list[str]


class Factors(Protocol):
    """Each is one transaction, the letter about it included."""

    def begin(self, user_id: UUID, sealed: bytes) -> bool:
        """False when a second factor is in force already."""

    def confirm(self, account: Account, step: int, codes: Sequence[bytes]) -> bool:
        """False when the secret is not the one that was looked at, or the step counted before."""

    def use(self, account: Account, proof: Proof) -> bool:
        """False when it counted before. So too of the next two."""

    def replace_codes(self, account: Account, proof: Proof, codes: Sequence[bytes]) -> bool: ...

    def remove(self, account: Account, proof: Proof) -> bool: ...


def begin(account: Account, *, factors: Factors, sealer: Sealer) -> Begun:
    """A new secret. It counts for nothing until a first code of it comes; beginning again replaces it."""
    import pyotp

    secret = pyotp.random_base32()
    sealed = sealer.seal(secret.encode(), context=context(account.user_id))
    if not factors.begin(account.user_id, sealed):
        raise Conflict("A second factor is in force already. Remove it first to set up another.")
    uri = pyotp.TOTP(secret).provisioning_uri(name=account.email, issuer_name=ISSUER)
    return Begun(secret=secret, uri=uri)


def confirm(
    account: Account, code: str, *, factors: Factors, sealer: Sealer, now_s: float
) -> RecoveryCodes:
    if account.has_second_factor or account.second_factor_sealed is None:
        raise Conflict("No second factor is being set up. Begin with POST /v1/me/second-factor.")
    step = step_of(code, account, sealer=sealer, now_s=now_s)
    codes = new_codes()
    if step is None or not factors.confirm(account, step, digests(codes)):
        raise Forbidden(WRONG_CODE)
    return RecoveryCodes(codes)


def renew_codes(account: Account, proof: Proof | None, *, factors: Factors) -> RecoveryCodes:
    """Ten new ones; the old ones are good for nothing from then on."""
    codes = new_codes()
    if proof is None or not factors.replace_codes(account, proof, digests(codes)):
        raise Forbidden(WRONG_CODE)
    return RecoveryCodes(codes)


def remove(account: Account, proof: Proof | None, *, factors: Factors) -> None:
    if proof is None or not factors.remove(account, proof):
        raise Forbidden(WRONG_CODE)


def prove(
    account: Account,
    *,
    code: str | None,
    recovery_code: str | None,
    sealer: Sealer,
    now_s: float,
) -> Proof | None:
    """None when there is nothing in force to prove, or the code is wrong."""
    if not account.has_second_factor:
        return None
    if recovery_code is not None:
        return Proof(recovery_sha256=digest(recovery_code))
    step = step_of(code or "", account, sealer=sealer, now_s=now_s)
    return None if step is None else Proof(step=step)


def step_of(code: str, account: Account, *, sealer: Sealer, now_s: float) -> int | None:
    """The step whose code this is. Every step is looked at, whichever fits."""
    import pyotp

    sealed = account.second_factor_sealed or b""
    secret = sealer.open(sealed, context=context(account.user_id)).decode()
    typed = code.replace(" ", "").encode()
    now = int(now_s) // STEP_S
    found = None
    for step in range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1):
        if hmac.compare_digest(pyotp.TOTP(secret).generate_otp(step).encode(), typed):
            found = step
    return found


def new_codes() -> list[str]:
    return [new_code() for _ in range(RECOVERY_CODES)]


def new_code() -> str:
    text = "".join(secrets.choice(ALPHABET) for _ in range(RECOVERY_CHARACTERS))
    return "-".join(text[at : at + GROUP] for at in range(0, len(text), GROUP))


def digests(codes: Sequence[str]) -> list[bytes]:
    return [digest(code) for code in codes]


def digest(code: str) -> bytes:
    """However it was typed: case, hyphens and spaces do not matter, nor o for 0, i or l for 1."""
    return sha256(code.lower().translate(MISREAD).encode()).digest()


def context(user_id: UUID) -> str:
    """What the secret is sealed for, so that it opens for nobody else."""
    return f"second_factor:{user_id}"
