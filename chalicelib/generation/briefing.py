"""What the writer of one module is told beside the design: its goal, its requirements, and its files of the last round.

In: documents of the run. Out: `Brief`. Callers: the GenerateModule stage; engines read it.
The surprise: only a repair brings the earlier files along; a first attempt starts from the baseline alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chalicelib.generation.plan import Plan
from chalicelib.generation.prd import Prd


@dataclass(frozen=True)
class Wanted:
    """One requirement of the module."""

    id: str
    text: str
    accepted_when: str = ""
    """How a person would see that it holds, where somebody said so."""


@dataclass(frozen=True)
class Brief:
    goal: str = ""
    risks: tuple[str, ...] = ()
    is_worth_writing: bool = False
    """Whether the orchestrator thinks that a writer can add anything to the baseline."""
    wanted: tuple[Wanted, ...] = ()
    earlier: Mapping[str, str] = field(default_factory=dict)
    """The module's files as they stood when the notes were written; empty in the first round."""


def brief(plan: Plan, prd: Prd, module: str, earlier: Mapping[str, str]) -> Brief:
    said = next((each for each in plan.briefs if each.module == module), None)
    accepted = {each.requirement: each.text for each in prd.acceptance}
    ids = next(each.requirements for each in plan.modules if each.name == module)
    return Brief(
        goal=said.goal if said else "",
        risks=said.risks if said else (),
        is_worth_writing=said is not None and said.is_worth_writing,
        wanted=tuple(
            Wanted(each.id, each.text, accepted.get(each.id, ""))
            for each in prd.requirements
            if each.id in ids
        ),
        earlier=earlier,
    )
