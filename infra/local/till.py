"""Who takes the money on this laptop: a stand-in for Stripe that `make up` starts, or Stripe's test mode with a person's key.

In: STRIPE_API_KEY, STRIPE_WEBHOOK_SECRET, FRAGUA_STRIPE_PRICES. Out: `Till`: the template's parameters, the secret, what is
said of it. Callers: `place` reads it, `payments` and `stack` act on it. The surprise: live keys are refused whatever one says:
nothing on a laptop may charge a card.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

PLAYED_KEY: Final = "sk_test_fraguaonalaptop0000000000"
PLAYED_WEBHOOK_SECRET: Final = "whsec_fraguaonalaptop0000000000"
"""They open a stand-in that holds no money, on this machine alone."""
TEST_KEYS: Final = ("sk_test_", "rk_test_")
LIVE: Final = "STRIPE_API_KEY is not a key of Stripe's test mode; a laptop takes nobody's money. Give sk_test_… or rk_test_…"
INCOMPLETE: Final = (
    "STRIPE_API_KEY is given, so Stripe's test mode is used; give {missing} as well. "
    "docs/operations.md says where they come from."
)
UNFENCED: Final = (
    "STRIPE_API_KEY puts your key into the local AWS, and generated apps run as you on this machine: one that goes wrong "
    "could read it. Run `make up` as root on Linux, or say FRAGUA_UNFENCED=yes when you trust what you let run."
)


@dataclass(frozen=True)
class Till:
    key: str = field(default=PLAYED_KEY, repr=False)
    webhook_secrets: tuple[str, ...] = field(default=(PLAYED_WEBHOOK_SECRET,), repr=False)
    prices: str = ""
    """Empty for the stand-in: its prices are made when it first runs."""
    may_be_unfenced: bool = False

    @property
    def is_played(self) -> bool:
        return self.key == PLAYED_KEY

    @property
    def secret(self) -> str:
        """As the platform reads it."""
        return json.dumps({"api_key": self.key, "webhook_secrets": list(self.webhook_secrets)})

    @property
    def said(self) -> str:
        return "" if self.is_played else "Stripe's test mode, with your key"

    def fault(self, *, is_fenced: bool) -> str:
        """Why it can't be used here; empty when it can."""
        return "" if self.is_played or is_fenced or self.may_be_unfenced else UNFENCED


PLAYED: Final = Till()


def read_till(environ: Mapping[str, str]) -> Till:
    """Raises `ValueError` with what to give instead."""
    key = environ.get("STRIPE_API_KEY", "")
    if not key:
        return PLAYED
    if not key.startswith(TEST_KEYS):
        raise ValueError(LIVE)
    needed = ("STRIPE_WEBHOOK_SECRET", "FRAGUA_STRIPE_PRICES")
    if missing := [name for name in needed if not environ.get(name)]:
        raise ValueError(INCOMPLETE.format(missing=" and ".join(missing)))
    return Till(
        key,
        tuple(environ["STRIPE_WEBHOOK_SECRET"].split(",")),
        environ["FRAGUA_STRIPE_PRICES"],
        environ.get("FRAGUA_UNFENCED") == "yes",
    )
