"""Who writes on this laptop: the offline engine, or Claude with the key of whoever ran `make up`.

In: FRAGUA_ENGINE, ANTHROPIC_API_KEY, FRAGUA_MODEL_BASE_URL. Out: `Engine`: the template's parameters, the key, what is said
of it. Callers: `place` reads it, `stack` acts on it. The surprise: the emulated AWS believes any credentials, so the key in
its Secrets Manager is safe from generated apps only where the emulator can tell who calls (`no_tasks`): as root on Linux.
Elsewhere `up` refuses, unless the person says that nothing they don't trust will run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Name = Literal["offline", "claude"]
NO_KEY: Final = "offline: FRAGUA_ENGINE is claude, but there is no ANTHROPIC_API_KEY"
UNKNOWN: Final = "FRAGUA_ENGINE is {name!r}, give `offline` or `claude`"
UNFENCED: Final = (
    "FRAGUA_ENGINE=claude puts your key into the local AWS, and generated apps run as you on this machine: one that goes "
    "wrong could read it. Run `make up` as root on Linux, where apps have users of their own and are kept away from the "
    "local AWS; or say FRAGUA_UNFENCED=yes when you trust what you let it write."
)


@dataclass(frozen=True)
class Engine:
    name: Name = "offline"
    base_url: str = ""
    """Where an Anthropic-compatible API answers; empty is Anthropic itself."""
    key: str = field(default="", repr=False)
    may_be_unfenced: bool = False
    said: str = ""
    """Empty when nobody asked for anything but the offline engine."""

    @property
    def parameters(self) -> dict[str, str]:
        """Of the template."""
        return {"Engine": self.name, "ModelBaseUrl": self.base_url}

    def fault(self, *, is_fenced: bool) -> str:
        """Why it can't be used here; empty when it can."""
        if self.name == "offline" or is_fenced or self.may_be_unfenced:
            return ""
        return UNFENCED


OFFLINE: Final = Engine()


def read_engine(environ: Mapping[str, str]) -> Engine:
    """Raises `ValueError` with what to give instead."""
    wanted = environ.get("FRAGUA_ENGINE") or "offline"
    if wanted == "offline":
        return OFFLINE
    if wanted != "claude":
        raise ValueError(UNKNOWN.format(name=wanted))
    key = environ.get("ANTHROPIC_API_KEY", "")
    if not key:
        return Engine(said=NO_KEY)
    base_url = environ.get("FRAGUA_MODEL_BASE_URL", "")
    unfenced = environ.get("FRAGUA_UNFENCED") == "yes"
    return Engine("claude", base_url, key, unfenced, f"claude at {base_url or 'Anthropic'}")
