"""A run from its MVS to its verdict, in memory: the stages' own code in the order of the state machine.

In: an MVS, who does each stage, what executing a bundle would report. Out: `WholeRun`, whose documents a test looks at.
Callers: hostile inputs, recordings and their replay, the bench. The surprise: nothing here decides anything; static rules,
review and verdict are the platform's, and only the report of what was executed is given from outside.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from chalicelib.checks.report import MANDATORY, POSITIVE_FACTS
from chalicelib.checks.rules import source_findings
from chalicelib.generation import judging, keys, scaffold, stages
from chalicelib.generation.ports import Model, Stage
from chalicelib.generation.recording import settle
from chalicelib.generation.run import Run
from chalicelib.generation.source_tree import SourceTree
from tests.run_fakes import Artifacts, Machine, Runs

ROUNDS_MAX = 3
RUN = {
    "generation_id": "11111111-1111-4111-8111-111111111111",
    "tenant_id": "22222222-2222-4222-8222-222222222222",
    "app_id": "33333333-3333-4333-8333-333333333333",
    "app_number": 7,
    "slug": "clinica-sonrisa",
    "version": 1,
}
"""Not imported from other tests: what measures memory loads this file, and should load little else."""

Checks = list[dict[str, Any]]
Examine = Callable[["WholeRun", SourceTree, int], Checks]
ModelFor = Callable[[Run, Stage], Model]


class WholeRun:
    def __init__(
        self,
        mvs: Mapping[str, Any],
        model_for: ModelFor,
        *,
        examine: Examine | None = None,
        at_once: int = 1,
        judge: Any = source_findings,
        artifacts: Any = None,
        runs: Any = None,
        **identity: Any,
    ) -> None:
        self.run = Run.model_validate({**RUN, "locale": mvs["locales"][0], **identity})
        self.artifacts = artifacts or Artifacts(lambda key: None)
        self.runs, self.machine = runs or Runs(), Machine()
        self.judge, self.examine = judge, examine or everything_passes
        self.at_once = at_once
        self.seconds: dict[str, float] = defaultdict(float)
        """State → wall time, its rounds together."""
        self._model_for = model_for
        text = json.dumps(mvs, default=str, ensure_ascii=False)
        self.artifacts.write(keys.document(self.run, "mvs.json"), text.encode())

    def go(self) -> dict[str, Any]:
        """The last verdict."""
        modules = self.plan()
        notes, round_ = "", 0
        while True:
            round_ += 1
            self.write_modules(modules, round_, notes)
            self.timed("Assemble", self._assemble, round_)
            self.timed("RunChecks", self._check, round_)
            self.timed("Review", self._review, round_)
            verdict = self.timed("Decide", self._decide, round_)
            if verdict["decision"] != "again":
                return verdict
            modules, notes = verdict["failing"], verdict["notes"]

    def plan(self) -> list[str]:
        """Everything before the modules. Returns their names."""
        planned = self.timed("Orchestrate", self._asked, stages.orchestrate, "Orchestrate")
        self.timed("WritePrd", self._asked, stages.write_prd, "WritePrd")
        self.timed("Design", self._asked, stages.design, "Design")
        self.timed("Converge", self._asked, stages.converge, "Converge")
        return list(planned["modules"])

    def write_modules(self, modules: Iterable[str], round_: int = 1, notes: str = "") -> None:
        began = time.perf_counter()
        with ThreadPoolExecutor(self.at_once) as pool:
            list(pool.map(lambda name: self.write_module(name, round_, notes), modules))
        self.seconds["GenerateModule"] += time.perf_counter() - began

    def write_module(self, module: str, round_: int, notes: str) -> dict[str, Any]:
        model = self._model_for(self.run, Stage("GenerateModule", round_, module))
        shelves = {"artifacts": self.artifacts, "runs": self.runs}
        return stages.generate_module(
            self.run, module, round_, notes, model=model, scaffold=scaffold, **shelves
        )

    def timed(self, name: str, work: Callable[..., Any], *given: Any) -> Any:
        began = time.perf_counter()
        try:
            return work(*given)
        finally:
            self.seconds[name] += time.perf_counter() - began

    def document(self, name: str) -> Any:
        return self.artifacts.json(keys.document(self.run, name))

    def tree(self, round_: int) -> SourceTree:
        return SourceTree.from_zip(self.artifacts.objects[keys.bundle(self.run, round_)])

    def texts(self) -> dict[str, str]:
        """Every document of the run but the bundles, by its name in the run; a bundle's files by their paths."""
        prefix = keys.document(self.run, "")
        found: dict[str, str] = {}
        for key, content in self.artifacts.objects.items():
            if not key.startswith(prefix):
                continue
            name = key.removeprefix(prefix)
            if name.endswith(".zip"):
                found |= {f"{name}/{p}": t for p, t in SourceTree.from_zip(content).items()}
            else:
                found[name] = content.decode()
        return found

    def _asked(self, stage: Callable[..., Any], name: str) -> Any:
        model = self._model_for(self.run, Stage(name))
        return stage(self.run, model=model, artifacts=self.artifacts, runs=self.runs)

    def _assemble(self, round_: int) -> None:
        parts = {"artifacts": self.artifacts, "runs": self.runs, "machine": self.machine}
        stages.assemble(self.run, round_, f"assemble-{round_}", scaffold=scaffold, **parts)
        bundle = self.artifacts.objects[keys.inbox(self.run, "bundle", round_)]
        self.artifacts.write(keys.bundle(self.run, round_), bundle, "application/zip")

    def _check(self, round_: int) -> None:
        parts = {"artifacts": self.artifacts, "runs": self.runs, "machine": self.machine}
        stages.run_checks(
            self.run,
            round_,
            f"checks-{round_}",
            judge=self.judge,
            start_checks=self._begun,
            **parts,
        )
        if self.artifacts.exists(keys.report(self.run, "checks", round_)):
            return
        checks = self.examine(self, self.tree(round_), round_)
        passed = all(check["passed"] for check in checks)
        report = {"version": 1, "kind": "checks", "round": round_, "passed": passed}
        key = keys.report(self.run, "checks", round_)
        text = json.dumps({**report, "checks": checks}, ensure_ascii=False, indent=1)
        self.artifacts.write(key, text.encode())
        outcome = {"report": key, "passed": passed, "failing": []}
        settle(self.run, Stage("RunChecks", round_), "checks", outcome, runs=self.runs, machine=self.machine)  # fmt: skip

    def _begun(self, *_given: Any) -> dict[str, Any]:
        return {"task": "in memory"}

    def _review(self, round_: int) -> Any:
        model = self._model_for(self.run, Stage("Review", round_))
        shelves = {"artifacts": self.artifacts, "runs": self.runs}
        return judging.review(self.run, round_, model=model, **shelves)

    def _decide(self, round_: int) -> dict[str, Any]:
        shelves = {"artifacts": self.artifacts, "runs": self.runs}
        return judging.decision(self.run, round_, rounds_max=ROUNDS_MAX, **shelves)


def everything_passes(run: WholeRun, tree: SourceTree, round_: int) -> Checks:
    """What the task would report of a sound app: every mandatory check passed, every promised test ran."""
    promised = run.document("trace.json")["requirements"]
    return reported({test for each in promised for test in each["tests"]})


def reported(ran: Iterable[str], *findings: tuple[str, dict[str, Any]]) -> Checks:
    """`findings`: (check, finding)."""
    checks = []
    for name in sorted(MANDATORY["checks"]):
        facts: dict[str, Any] = dict.fromkeys(POSITIVE_FACTS.get(name, ()), 1)
        if name == "app.tests":
            facts["ran"] = sorted(ran)
        mine = [found for check, found in findings if check == name]
        checks.append({"id": name, "passed": not mine, "ms": 0, "facts": facts, "findings": mine})
    return checks
