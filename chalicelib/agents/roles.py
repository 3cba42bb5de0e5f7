"""Who does what: for each role a model, how hard it thinks, how much it may write and how long it may take.

In: roles.json, settings with the models' ids, the price list. Out: `RoleSettings`, or every fault at once. Callers: the
engine, the interviewer, the quote, whoever starts with the engine `claude`. The surprise: what a model thinks counts as
output, so the limits leave room for it; and a role without an effort is one whose model does not take any.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, Protocol, get_args

from chalicelib.agents.ports import Role
from chalicelib.settings import Settings

LIST: Final = Path(__file__).parent / "roles.json"
Tier = Literal["opus", "sonnet", "haiku"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)


@dataclass(frozen=True)
class RoleSettings:
    model: str
    effort: str
    """`low` to `max`; empty: the model is not told."""
    output_tokens_max: int
    timeout_s: int
    """Of one call, its retries included."""


class PriceList(Protocol):
    def knows(self, model: str) -> bool: ...


def role_settings(role: Role, settings: Settings) -> RoleSettings:
    listed = _listed()[role]
    return RoleSettings(
        model=model_of(listed["tier"], settings),
        effort=listed["effort"],
        output_tokens_max=listed["output_tokens_max"],
        timeout_s=listed["timeout_s"],
    )


def model_of(tier: Tier, settings: Settings) -> str:
    return {
        "opus": settings.opus_model,
        "sonnet": settings.sonnet_model,
        "haiku": settings.haiku_model,
    }[tier]


def faults(settings: Settings, prices: PriceList) -> list[str]:
    """What must be mended before any model can be asked; nothing where nobody asks one."""
    if settings.engine != "claude":
        return []
    found = [] if settings.model_secret_id else ["FRAGUA_MODEL_SECRET_ID is missing"]
    for tier in get_args(Tier):
        name, model = f"FRAGUA_{tier.upper()}_MODEL", model_of(tier, settings)
        if not model:
            found.append(f"{name} is missing")
        elif not prices.knows(model):
            found.append(f"{name} is {model!r}, whose price nobody knows: add it to prices.json")
    return found


@cache
def _listed() -> dict[str, dict[str, Any]]:
    listed: dict[str, dict[str, Any]] = json.loads(LIST.read_text(encoding="utf-8"))
    return listed
