"""The Claude engine: every stage by rules first, then made better by a model, or left as it was.

In: a run, a stage, somebody to ask. Out: plan, PRD, design, files, a review. Implements `generation.ports.Model`.
Callers: wiring makes one for each stage that runs. The surprise: nothing a model says can make a stage fail; what can't be
used is left out and `note` says so. Only the world (`ModelBusy`, `ModelAccountRefused`), a person who cancelled, and a
review that can't be read, which must not pass, are raised.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from chalicelib.agents import codegen
from chalicelib.agents.describing import described
from chalicelib.agents.designing import designed
from chalicelib.agents.mending import Asks, Desk
from chalicelib.agents.offline import Offline
from chalicelib.agents.planning import briefed
from chalicelib.agents.reviewing import asked_about, judged
from chalicelib.errors import (
    BudgetReached,
    ModelRefused,
    QuestionTooLong,
    Rejected,
    ReplyTooLong,
    UnreadableReply,
)
from chalicelib.generation.app_design import AppDesign
from chalicelib.generation.briefing import Brief
from chalicelib.generation.plan import Plan
from chalicelib.generation.ports import Stage
from chalicelib.generation.prd import Prd
from chalicelib.generation.review import Review
from chalicelib.generation.run import Run
from chalicelib.generation.source_tree import SourceTree
from chalicelib.mvs.spec import Mvs
from chalicelib.settings import Settings

NAME: Final = "claude"
WITHOUT_MODEL: Final = (BudgetReached, ModelRefused, QuestionTooLong, ReplyTooLong)
UNUSABLE: Final = (*WITHOUT_MODEL, UnreadableReply)
NOTE_LENGTH_MAX: Final = 500

Made = TypeVar("Made")


class ClaudeEngine:
    def __init__(
        self,
        run: Run,
        stage: Stage,
        asker: Asks,
        settings: Settings,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        self._run = run
        self._rules = Offline()
        self._said: list[str] = []
        self._desk = Desk(stage, asker, settings, tell or (lambda message: None))

    @property
    def name(self) -> str:
        return NAME

    @property
    def note(self) -> str:
        return " ".join(self._said)[:NOTE_LENGTH_MAX]

    def orchestrate(self, mvs: Mvs) -> Plan:
        plan = self._rules.orchestrate(mvs)
        return self._improved(plan, lambda: briefed(self._desk, mvs, plan))

    def write_prd(self, mvs: Mvs, plan: Plan) -> Prd:
        prd = self._rules.write_prd(mvs, plan)
        return self._improved(prd, lambda: described(self._desk, mvs, prd))

    def design(self, mvs: Mvs, plan: Plan) -> AppDesign:
        made = self._rules.design(mvs, plan)
        return self._improved(made, lambda: designed(self._desk, mvs, plan))

    def prepare(self, design: AppDesign, plan: Plan) -> None:
        """Warming pays from the second writer on."""
        to_write = [module for module in design.modules if _is_worth_it(module.name, design, plan)]
        if len(to_write) > 1:
            self._improved(None, lambda: codegen.warm(self._desk, design))

    def write_module(
        self,
        design: AppDesign,
        module: str,
        baseline: SourceTree,
        notes: tuple[str, ...],
        brief: Brief,
    ) -> Mapping[str, str]:
        if not codegen.needs_writer(design.module(module), brief, notes):
            self._said.append("Left as the templates wrote it: there was nothing to add.")
            return baseline
        try:
            task = codegen.Task(design, design.module(module), baseline, notes, brief)
            done = codegen.write(self._desk, task)
        except (*WITHOUT_MODEL, Rejected) as error:
            self._said.append(f"Kept its baseline: {error.detail}")
            return baseline
        self._said.append(done.summary)
        return baseline.merge(done.files)

    def review(self, evidence: Mapping[str, Any]) -> str:
        checklist = self._rules.review(evidence)
        if not asked_about(evidence):
            self._said.append("Judged by the checklist: no module holds anything a model wrote.")
            return checklist
        try:
            facts = Review.model_validate_json(checklist)
            return judged(self._desk, evidence, facts, self._run.locale).model_dump_json()
        except WITHOUT_MODEL as error:
            self._said.append(f"Judged by the checklist alone: {error.detail}")
            return checklist

    def _improved(self, by_rules: Made, by_model: Callable[[], Made]) -> Made:
        try:
            return by_model()
        except UNUSABLE as error:
            self._said.append(f"By rules alone: {error.detail}")
            return by_rules


def _is_worth_it(module: str, design: AppDesign, plan: Plan) -> bool:
    said = next((each for each in plan.briefs if each.module == module), None)
    told = Brief(is_worth_writing=said is not None and said.is_worth_writing)
    return codegen.needs_writer(design.module(module), told)
