"""Texts we gave out and know again: signed with a key of ours, good for one purpose.

In: a purpose and bytes. Out: a text for a client to keep; the bytes again, or None for what is not ours. Callers:
devices, challenges. The surprise: each purpose has a key of its own, so one text can't pass for another.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Final, Literal, Protocol

Purpose = Literal["device", "challenge"]

MAC_BYTES: Final = 32
CHARACTERS_MAX: Final = 1000


class Keys(Protocol):
    def mac_key(self, purpose: str) -> bytes: ...


def marked(purpose: Purpose, body: bytes, *, keys: Keys) -> str:
    return urlsafe_b64encode(mac(purpose, body, keys) + body).rstrip(b"=").decode()


def unmarked(purpose: Purpose, text: str, *, keys: Keys) -> bytes | None:
    if not text.isascii() or len(text) > CHARACTERS_MAX:
        return None
    try:
        found = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    claimed, body = found[:MAC_BYTES], found[MAC_BYTES:]
    return body if hmac.compare_digest(claimed, mac(purpose, body, keys)) else None


def mac(purpose: Purpose, body: bytes, keys: Keys) -> bytes:
    return hmac.digest(keys.mac_key(purpose), body, sha256)
