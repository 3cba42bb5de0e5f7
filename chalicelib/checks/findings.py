"""One fault found by a check: where it is, which rule it breaks, what to do.

In: nothing. Out: `Finding`, `module_of`. Callers: every rule here, the report, the verdict on a round.
The surprise: `module` is what decides which modules are written again; app-level files have none.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    module: str | None
    file: str | None
    line: int | None
    rule: str
    message: str


def module_of(path: str) -> str | None:
    """The module a path belongs to: `business/patient/models.py` → `patient`; app-level → None."""
    parts = path.split("/")
    return parts[1] if parts[0] == "business" and len(parts) > 2 else None


def at(path: str, line: int | None, rule: str, message: str) -> Finding:
    return Finding(module_of(path), path, line, rule, message)
