"""Devices somebody signed in from before, and how often who may try: a lockout that can't lock others out.

In: the address tried, the device's text, where the request comes from. Out: nothing, or `LimitReached`. Callers: sign-in
and the second factor; verifying an address and resetting a password give out a device too. The surprise: a known device
has buckets of its own, so whoever tries a stranger's passwords all day uses up only what strangers have. And a forgotten
password makes the device known that asked, so its owner is never locked out (OWASP: device cookies).
"""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import Final

from chalicelib.identity.marks import Keys, marked, unmarked
from chalicelib.tenancy import limits as buckets
from chalicelib.tenancy.limits import Limits

ID_BYTES: Final = 16
DAY_BYTES: Final = 4
DAY_S: Final = 86_400
KNOWN_FOR_DAYS: Final = 365


def device_for(email: str, device_id: str, *, keys: Keys, now_s: float) -> str:
    """A text to keep on the device, anew for a known one; worth nothing without a password, and nothing for another
    account."""
    made = bytes.fromhex(device_id) or secrets.token_bytes(ID_BYTES)
    day = int(now_s // DAY_S).to_bytes(DAY_BYTES, "big")
    return marked("device", _whose(email) + made + day, keys=keys)


def known_device(text: str | None, email: str, *, keys: Keys, now_s: float) -> str:
    """The device's id; empty when it was never given one for this account, or too long ago."""
    body = unmarked("device", text, keys=keys) if text else None
    if body is None or not secrets.compare_digest(body[: -ID_BYTES - DAY_BYTES], _whose(email)):
        return ""
    age_days = int(now_s // DAY_S) - int.from_bytes(body[-DAY_BYTES:], "big")
    return body[-ID_BYTES - DAY_BYTES : -DAY_BYTES].hex() if age_days <= KNOWN_FOR_DAYS else ""


def admit_password(
    email: str, device_id: str, ip: str | None, *, limits: Limits, now_us: int
) -> None:
    """Counts one try, before anything is compared: what is counted afterwards can be raced."""
    if device_id:
        subject = buckets.account(email, device_id)
        limits.admit(subject, [buckets.SIGN_INS_FROM_DEVICE], now_us)
        return
    limits.admit(buckets.address(ip), [buckets.SIGN_INS_FROM_ADDRESS], now_us)
    limits.admit(buckets.account(email), [buckets.SIGN_INS_FROM_ANYWHERE], now_us)


def admit_code(email: str, device_id: str, *, limits: Limits, now_us: int) -> None:
    more = [device_id] if device_id else []
    limits.admit(buckets.account(email, *more), [buckets.SECOND_FACTORS], now_us)


def _whose(email: str) -> bytes:
    return sha256(email.encode()).digest()
