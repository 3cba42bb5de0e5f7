"""Names of a run's documents in the artifact store, and of what is put into its inbox.

In: a `Run`, a round, a module. Out: keys. Callers: stages, the inbox, the HTTP door's list of artifacts.
The surprise: only `inbox/` raises events; documents are written by us after what came in was verified.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, get_args

from chalicelib.generation.run import Run

Kind = Literal["bundle", "checks", "migrate", "hand_over"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_INBOX = re.compile(
    rf"inbox/(?P<tenant>{_ID})/(?P<generation>{_ID})/(?P<kind>{'|'.join(KINDS)})-(?P<round>[1-9])\.(?P<form>zip|json)"
)


@dataclass(frozen=True)
class Arrival:
    """What an inbox key says; nothing about it is trusted but its form."""

    tenant_id: str
    generation_id: str
    kind: Kind
    round: int
    key: str


def document(run: Run, name: str) -> str:
    return f"generations/{run.tenant_id}/{run.generation_id}/{name}"


def module(run: Run, round_: int, name: str) -> str:
    return document(run, f"modules/{round_}/{name}.json")


def bundle(run: Run, round_: int) -> str:
    return document(run, f"bundles/{round_}.zip")


def report(run: Run, kind: Kind, round_: int) -> str:
    """`checks/2.json`; reports of deployment tasks stand beside, `migrate/2.json`."""
    return document(run, f"{kind}/{round_}.json")


def review(run: Run, round_: int) -> str:
    return document(run, f"reviews/{round_}.json")


def notes(run: Run, round_: int) -> str:
    return document(run, f"notes/{round_}.json")


def inbox(run: Run, kind: Kind, round_: int) -> str:
    form = "zip" if kind == "bundle" else "json"
    return f"inbox/{run.tenant_id}/{run.generation_id}/{kind}-{round_}.{form}"


def arrival(key: str) -> Arrival | None:
    """None for a key that none of our runs wrote."""
    found = _INBOX.fullmatch(key)
    if found is None or (found["form"] == "zip") != (found["kind"] == "bundle"):
        return None
    kind: Kind = found["kind"]  # type: ignore[assignment]
    return Arrival(found["tenant"], found["generation"], kind, int(found["round"]), key)
