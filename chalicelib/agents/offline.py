"""The offline engine: every stage by rules alone, the same on every machine, with no key and nobody to ask.

In: an MVS, a plan, a design, the evidence of a round. Out: plan, PRD, design, files, a review. Implements
`generation.ports.Model`. Callers: wiring. The surprise: it writes modules by leaving the baseline as it is; and it reviews
by the checklist, so it can't be talked into anything: what was not executed is not met.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from chalicelib.generation.app_design import AppDesign
from chalicelib.generation.briefing import Brief
from chalicelib.generation.design import design
from chalicelib.generation.plan import Plan, plan
from chalicelib.generation.prd import Prd, prd
from chalicelib.generation.review import RequirementVerdict, Review
from chalicelib.generation.source_tree import SourceTree
from chalicelib.mvs.spec import Mvs

NAME: Final = "offline"

PROVED_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "sign_in": ("app.boots",),
    "isolation": (
        "isolation.policies",
        "isolation.database_attack",
        "isolation.ui_attack",
        "isolation.api_attack",
    ),
    "roles": ("app.boots",),
    "audit": ("isolation.policies", "app.boots"),
    "language": ("app.boots",),
    "records": ("app.boots", "isolation.ui_attack", "isolation.api_attack"),
    "field": ("migrations.apply", "migrations.match_models", "app.boots"),
    "permission": ("app.boots",),
    "workflow": ("migrations.apply", "migrations.match_models"),
    "dashboard": ("app.boots",),
    "demo": ("app.boots",),
}
"""Kinds of requirements that the checks prove for the whole app. All others need a test of their own."""


class Offline:
    @property
    def name(self) -> str:
        return NAME

    @property
    def note(self) -> str:
        return ""

    def orchestrate(self, mvs: Mvs) -> Plan:
        return plan(mvs)

    def write_prd(self, mvs: Mvs, plan: Plan) -> Prd:
        return prd(mvs, plan)

    def design(self, mvs: Mvs, plan: Plan) -> AppDesign:
        return design(mvs, plan)

    def prepare(self, design: AppDesign, plan: Plan) -> None:
        """Nothing to warm."""

    def write_module(
        self,
        design: AppDesign,
        module: str,
        baseline: SourceTree,
        notes: tuple[str, ...],
        brief: Brief,
    ) -> Mapping[str, str]:
        return baseline

    def review(self, evidence: Mapping[str, Any]) -> str:
        verdicts = tuple(_verdict(each, evidence) for each in evidence["requirements"])
        passed = all(verdict.status != "unmet" for verdict in verdicts)
        return Review(reviewer=NAME, passed=passed, verdicts=verdicts).model_dump_json()


def _verdict(requirement: Mapping[str, Any], evidence: Mapping[str, Any]) -> RequirementVerdict:
    status, why = _judged(requirement, evidence)
    return RequirementVerdict(
        requirement=requirement["id"], status=status, evidence=why, module=requirement["module"]
    )


def _judged(requirement: Mapping[str, Any], evidence: Mapping[str, Any]) -> tuple[Any, str]:
    """Its own tests first; without any, the checks that prove its kind; without those, only plain words are excused."""
    if requirement["tests"]:
        return _tested(requirement["tests"], evidence["tests"])
    proofs = PROVED_BY.get(requirement["kind"], ())
    if proofs:
        return _checked(proofs, evidence["checks"])
    if requirement["in_words"]:
        return "recorded", "Plain words: recorded in the PRD for a person to see to."
    return "unmet", "No test of it was written."


def _tested(wanted: list[str], executed: Mapping[str, bool]) -> tuple[str, str]:
    missing = [name for name in wanted if name not in executed]
    failed = [name for name in wanted if executed.get(name) is False]
    if missing:
        return "unmet", f"Not executed: {_listed(missing)}."
    if failed:
        return "unmet", f"Failed: {_listed(failed)}."
    return "met", f"Executed and passed: {_listed(wanted)}."


def _checked(wanted: tuple[str, ...], checks: Mapping[str, bool]) -> tuple[str, str]:
    open_ = [name for name in wanted if not checks.get(name)]
    if open_:
        return "unmet", f"Not proved by {_listed(open_)}."
    return "met", f"Proved by {_listed(wanted)}."


def _listed(names: list[str] | tuple[str, ...]) -> str:
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    return ", ".join(name[:120] for name in names[:4]) + more
