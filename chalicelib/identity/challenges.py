"""A challenge: what somebody whose password was right holds until they answer with a second factor.

In: who is entering, by what, where to. Out: a signed text, and what it says. Callers: `sign_in.py`. The surprise: nothing
is kept of it. It opens no door by itself, ends after five minutes, and ends with the password it was given for.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from chalicelib.errors import Unauthenticated
from chalicelib.identity.marks import Keys, marked, unmarked
from chalicelib.identity.people import Account

LIVES_S: Final = 300
BEGIN_AGAIN: Final = "The challenge is not ours, or too old. Sign in again."


@dataclass(frozen=True, kw_only=True)
class Challenge:
    user_id: UUID
    fingerprint: str
    amr: tuple[str, ...]
    device_id: str
    organization_id: UUID | None

    def is_for(self, account: Account) -> bool:
        return account.has_second_factor and self.fingerprint == fingerprint(account)


def given(
    account: Account,
    *,
    amr: tuple[str, ...],
    device_id: str,
    organization_id: UUID | None,
    keys: Keys,
    now_s: float,
) -> str:
    told = {
        "person": str(account.user_id),
        "of": fingerprint(account),
        "amr": amr,
        "device": device_id,
        "organization": str(organization_id or ""),
        "until": int(now_s) + LIVES_S,
    }
    return marked("challenge", json.dumps(told).encode(), keys=keys)


def read(text: str, *, keys: Keys, now_s: float) -> Challenge:
    """Raises `Unauthenticated` for what is not ours or too old."""
    body = unmarked("challenge", text, keys=keys)
    told: dict[str, Any] = json.loads(body) if body else {"until": 0}
    if told["until"] < now_s:
        raise Unauthenticated(BEGIN_AGAIN)
    return Challenge(
        user_id=UUID(told["person"]),
        fingerprint=told["of"],
        amr=tuple(told["amr"]),
        device_id=told["device"],
        organization_id=UUID(told["organization"]) if told["organization"] else None,
    )


def fingerprint(account: Account) -> str:
    return sha256((account.password_hash or "").encode()).hexdigest()[:16]
