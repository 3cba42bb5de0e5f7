"""Sealed values: what the database keeps and must not be able to read.

In: bytes and what they belong to. Out: bytes that open only there. Callers: whoever keeps a second factor's secret or an
answer to be repeated. The surprise: `context` is authenticated, so a sealed value moved to another row does not open.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Final

NONCE_BYTES: Final = 12
ID_BYTES: Final = 1


class Sealer:
    """AES-256-GCM. `keys` by number (0 to 255); the highest seals, all of them open."""

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        self._keys = dict(keys)

    def seal(self, plain: bytes, *, context: str) -> bytes:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        number = max(self._keys)
        nonce = secrets.token_bytes(NONCE_BYTES)
        text = AESGCM(self._keys[number]).encrypt(nonce, plain, context.encode())
        return bytes([number]) + nonce + text

    def open(self, sealed: bytes, *, context: str) -> bytes:
        """Raises `ValueError` when it was sealed elsewhere, for something else, or with a key that is gone."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key = self._keys.get(sealed[0]) if sealed else None
        if key is None:
            raise ValueError("sealed with a key that is not known")
        nonce, text = (
            sealed[ID_BYTES : ID_BYTES + NONCE_BYTES],
            sealed[ID_BYTES + NONCE_BYTES :],
        )
        try:
            return AESGCM(key).decrypt(nonce, text, context.encode())
        except InvalidTag:
            raise ValueError("not sealed by us, or for something else") from None
