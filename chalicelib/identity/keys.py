"""The keys identity rests on: what signs tokens, what seals, what marks a text as ours.

In: the identity secret, one JSON document. Out: `IdentityKeys`, what stands in it now. Callers: tokens, sessions, whoever
seals. The surprise: a key is published before it signs, and stays published until nothing it signed can be alive; that is
all there is to changing keys without logging anybody out.

    {"signing_keys": [{"kid", "private_key": base64 of 32 bytes, "signs_from": epoch seconds}],
     "sealing_keys": {"1": base64 of 32 bytes}, "mac_key": base64 of 32 bytes,
     "google_client_secret": "", "github_client_secret": ""}
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from chalicelib.identity.sealing import Sealer

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

KEY_BYTES: Final = 32
REREAD_AFTER_S: Final = 300
"""How old what a process knows of the secret may be."""
KID_FORM: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


class FaultyIdentitySecret(Exception):
    """What is kept under `identity_secret_id` can't be used. Our turn; the message names no value."""


@dataclass(frozen=True, kw_only=True)
class SigningKey:
    kid: str
    seed: bytes = field(repr=False)
    signs_from: int

    @cached_property
    def private(self) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @cached_property
    def public(self) -> Ed25519PublicKey:
        return self.private.public_key()

    @property
    def jwk(self) -> dict[str, str]:
        x = urlsafe_b64encode(self.public.public_bytes_raw()).rstrip(b"=").decode()
        return {
            "kty": "OKP",
            "crv": "Ed25519",
            "x": x,
            "kid": self.kid,
            "use": "sig",
            "alg": "EdDSA",
        }


@dataclass(frozen=True, kw_only=True)
class IdentityKeys:
    signing: Mapping[str, SigningKey]
    sealing: Mapping[int, bytes] = field(repr=False)
    mac_root: bytes = field(repr=False)
    google_client_secret: str = field(default="", repr=False)
    github_client_secret: str = field(default="", repr=False)
    newer: Callable[[], IdentityKeys] | None = field(default=None, repr=False, compare=False)
    """Asks whoever keeps the secret whether there is more to know."""

    def signer(self, now_s: float) -> SigningKey:
        """The newest key whose time has come."""
        due = [key for key in self.signing.values() if key.signs_from <= now_s]
        if not due:
            raise FaultyIdentitySecret("no signing key's time has come")
        return max(due, key=lambda key: key.signs_from)

    def verifier(self, kid: str) -> Ed25519PublicKey | None:
        """None for a key that is not ours, also after asking for newer ones."""
        known = self.signing.get(kid)
        if known is None and self.newer is not None:
            known = self.newer().signing.get(kid)
        return known.public if known else None

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        return {"keys": [key.jwk for key in self.signing.values()]}

    def mac_key(self, purpose: str) -> bytes:
        """A key of its own for each purpose, so that what is marked for one is nothing to another."""
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        info = f"fragua mac {purpose}".encode()
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(self.mac_root)

    @cached_property
    def sealer(self) -> Sealer:
        return Sealer(self.sealing)


def parse(text: str) -> IdentityKeys:
    """Raises `FaultyIdentitySecret`."""
    try:
        data = json.loads(text)
        keys = [signing_key(one) for one in data["signing_keys"]]
        sealing = {int(number): key_bytes(key) for number, key in data["sealing_keys"].items()}
        found = IdentityKeys(
            signing={key.kid: key for key in keys},
            sealing=sealing,
            mac_root=key_bytes(data["mac_key"]),
            google_client_secret=str(data.get("google_client_secret", "")),
            github_client_secret=str(data.get("github_client_secret", "")),
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        # Neither the text nor the error's own words: both may hold a key.
        raise FaultyIdentitySecret(f"it is malformed ({type(error).__name__})") from None
    if not found.signing or len(found.signing) < len(keys) or not sealing:
        raise FaultyIdentitySecret("a key is missing, or two have one kid")
    return found


def signing_key(data: Mapping[str, Any]) -> SigningKey:
    kid = data["kid"]
    if not KID_FORM.fullmatch(kid):
        raise ValueError("kid")
    return SigningKey(
        kid=kid, seed=key_bytes(data["private_key"]), signs_from=int(data["signs_from"])
    )


def key_bytes(text: str) -> bytes:
    found = b64decode(text, validate=True)
    if len(found) != KEY_BYTES:
        raise ValueError("length")
    return found
