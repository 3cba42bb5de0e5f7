"""The stages that turn an MVS into checked source, in the order of the state machine.

In: a run, keys of documents. Out: keys and names; documents go to the artifact store. Callers: tasks.py.
The surprise: each stage may run any number of times; documents are written under keys that depend on nothing but the run
and the round, and the first record of a stage is the one that counts.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from hashlib import sha256
from typing import Any, Protocol

from chalicelib.errors import InvalidMvs, NotFound, Rejected
from chalicelib.generation import first_rows, keys
from chalicelib.generation.app_design import AppDesign, ModuleDesign
from chalicelib.generation.attempt import Attempt, from_baseline, refuse_foreign_files, written
from chalicelib.generation.briefing import Brief, brief
from chalicelib.generation.design_document import design_document
from chalicelib.generation.kept import refuse_losses
from chalicelib.generation.plan import Plan
from chalicelib.generation.ports import ArtifactStore, Model, RunLog, Stage, StateMachine, Wait
from chalicelib.generation.prd import Prd
from chalicelib.generation.recording import once, once_awaited, settle, write_json
from chalicelib.generation.run import Run
from chalicelib.generation.source_tree import SourceTree
from chalicelib.generation.trace import Trace, trace
from chalicelib.mvs.reading import read_mvs
from chalicelib.mvs.spec import Mvs

DOCUMENT_BYTES_MAX = 20 * 1024 * 1024


class Scaffold(Protocol):
    """The templates: what every module starts from, and what belongs to no module."""

    @property
    def WRITABLE(self) -> tuple[str, ...]:  # noqa: N802
        """Paths inside a module, a trailing slash for whole folders, that an engine may write."""

    def module_files(self, app: AppDesign, module: ModuleDesign) -> SourceTree: ...

    def app_files(self, app: AppDesign) -> SourceTree: ...


def orchestrate(
    run: Run, *, model: Model, artifacts: ArtifactStore, runs: RunLog
) -> dict[str, Any]:
    """MVS → plan. Returns the names of the modules."""

    def work() -> dict[str, Any]:
        plan = model.orchestrate(mvs_of(run, artifacts))
        artifacts.write(keys.document(run, "plan.json"), plan.to_json().encode())
        return {
            "modules": [module.name for module in plan.modules],
            "note": model.note or model.name,
        }

    return once(run, Stage("Orchestrate"), work, runs=runs)


def write_prd(run: Run, *, model: Model, artifacts: ArtifactStore, runs: RunLog) -> dict[str, Any]:
    def work() -> dict[str, Any]:
        prd = model.write_prd(mvs_of(run, artifacts), _plan(run, artifacts))
        key = keys.document(run, "prd.json")
        artifacts.write(key, prd.to_json().encode())
        artifacts.write(keys.document(run, "prd.md"), prd.to_markdown().encode(), "text/markdown")
        return noted(model, {"key": key})

    return once(run, Stage("WritePrd"), work, runs=runs)


def design(run: Run, *, model: Model, artifacts: ArtifactStore, runs: RunLog) -> dict[str, Any]:
    def work() -> dict[str, Any]:
        made = model.design(mvs_of(run, artifacts), _plan(run, artifacts))
        key = keys.document(run, "design.json")
        artifacts.write(key, made.to_json().encode())
        return noted(model, {"key": key})

    return once(run, Stage("Design"), work, runs=runs)


def converge(run: Run, *, model: Model, artifacts: ArtifactStore, runs: RunLog) -> dict[str, Any]:
    """PRD and design → design doc, and an engine that is ready to write. Raises `Rejected` when the design leaves a planned module or requirement out."""

    def work() -> dict[str, Any]:
        made = design_of(run, artifacts)
        _refuse_gaps(_plan(run, artifacts), made)
        told = trace(mvs_of(run, artifacts), made)
        artifacts.write(keys.document(run, "trace.json"), told.to_json().encode())
        key = keys.document(run, "design.md")
        artifacts.write(key, design_document(made).encode(), "text/markdown")
        model.prepare(made, _plan(run, artifacts))
        return noted(model, {"key": key})

    return once(run, Stage("Converge"), work, runs=runs)


def generate_module(
    run: Run,
    module: str,
    round_: int,
    notes_key: str,
    *,
    model: Model,
    scaffold: Scaffold,
    artifacts: ArtifactStore,
    runs: RunLog,
) -> dict[str, Any]:
    """One module's files. A rejected attempt leaves the baseline, and says so."""

    def work() -> dict[str, Any]:
        made = design_of(run, artifacts)
        notes = _json(artifacts, notes_key) if notes_key else {}
        told = _brief(run, module, round_, artifacts=artifacts, runs=runs)
        attempt = _attempt(made, module, notes, told, model=model, scaffold=scaffold)
        key = write_json(
            artifacts, keys.module(run, round_, module), attempt.document(module, round_)
        )
        note = attempt.note or model.note
        return {"module": module, "key": key, "engine": attempt.engine, "note": note}

    return once(run, Stage("GenerateModule", round_, module), work, runs=runs)


def assemble(
    run: Run,
    round_: int,
    token: str,
    *,
    scaffold: Scaffold,
    artifacts: ArtifactStore,
    runs: RunLog,
    machine: StateMachine,
) -> None:
    """The newest files of every module become one bundle. It is recorded before it is sent, so its event can be judged."""

    def begin(wait: Wait) -> None:
        tree = _tree(run, round_, scaffold=scaffold, artifacts=artifacts, runs=runs)
        first_rows.name(run, design_of(run, artifacts), artifacts=artifacts)
        bundle = tree.to_zip()
        recorded = {
            "bundle": keys.bundle(run, round_),
            "sha256": sha256(bundle).hexdigest(),
            "files": len(tree),
        }
        runs.record(run.generation_id, Stage("Assemble", round_), recorded)
        artifacts.write(keys.inbox(run, "bundle", round_), bundle, "application/zip")

    once_awaited(run, Stage("Assemble", round_), "bundle", token, begin, runs=runs, machine=machine)


class Judge(Protocol):
    """Rules over source that need nothing to run."""

    def __call__(self, tree: Mapping[str, str], modules: Collection[str]) -> tuple[Any, ...]: ...


class StartChecks(Protocol):
    """Starts the task that checks a bundle; says which image was made of it. The report comes by `link`."""

    def __call__(
        self, run: Run, round_: int, bundle: bytes, link: str, nonce: str
    ) -> Mapping[str, Any]: ...


def run_checks(
    run: Run,
    round_: int,
    token: str,
    *,
    judge: Judge,
    start_checks: StartChecks,
    artifacts: ArtifactStore,
    runs: RunLog,
    machine: StateMachine,
) -> None:
    """Cheap and certain first: source that breaks a rule is never executed, and its faults are the report."""
    stage = Stage("RunChecks", round_)

    def begin(wait: Wait) -> None:
        bundle = artifacts.read(keys.bundle(run, round_), DOCUMENT_BYTES_MAX)
        tree = SourceTree.from_zip(bundle)
        modules = [module.name for module in _plan(run, artifacts).modules]
        findings = judge(tree, modules)
        if findings:
            outcome = _static_report(run, round_, findings, artifacts=artifacts)
            settle(run, stage, "checks", outcome, runs=runs, machine=machine)
            return
        link = artifacts.link_to_write(keys.inbox(run, "checks", round_))
        runs.record(run.generation_id, stage, start_checks(run, round_, bundle, link, wait.nonce))

    once_awaited(run, stage, "checks", token, begin, runs=runs, machine=machine)


def _static_report(
    run: Run, round_: int, findings: Collection[Any], *, artifacts: ArtifactStore
) -> dict[str, Any]:
    shown = [
        {name: getattr(found, name) for name in ("module", "file", "line", "rule", "message")}
        for found in findings
    ]
    check = {"id": "source.rules", "passed": False, "ms": 0, "facts": {}, "findings": shown}
    report = {"version": 1, "kind": "checks", "round": round_, "passed": False, "checks": [check]}
    key = write_json(artifacts, keys.report(run, "checks", round_), report)
    failing = sorted({found.module for found in findings if found.module})
    return {"report": key, "passed": False, "failing": failing}


def _brief(run: Run, module: str, round_: int, *, artifacts: ArtifactStore, runs: RunLog) -> Brief:
    prd = Prd.from_json(artifacts.read(keys.document(run, "prd.json"), DOCUMENT_BYTES_MAX))
    before = newest_modules(run, round_ - 1, runs=runs).get(module)
    earlier = _json(artifacts, before["key"])["files"] if before else {}
    return brief(_plan(run, artifacts), prd, module, earlier)


def _attempt(
    made: AppDesign,
    module: str,
    notes: Mapping[str, Any],
    told: Brief,
    *,
    model: Model,
    scaffold: Scaffold,
) -> Attempt:
    if module not in {each.name for each in made.modules}:
        raise NotFound(f"The design has no module {module!r}.")
    baseline = scaffold.module_files(made, made.module(module))
    if module in notes.get("from_baseline", []):
        return from_baseline(baseline, "Written from its baseline: earlier attempts kept failing.")
    to_repair = tuple(notes.get("notes", {}).get(module, ()))
    try:
        files = model.write_module(made, module, baseline, to_repair, told)
        refuse_foreign_files(module, baseline, files, scaffold.WRITABLE)
        refuse_losses(baseline, files)
        return written(baseline, files, model.name)
    except Rejected as error:
        return from_baseline(baseline, f"Kept its baseline: {error.detail}")


def _tree(
    run: Run, round_: int, *, scaffold: Scaffold, artifacts: ArtifactStore, runs: RunLog
) -> SourceTree:
    tree = scaffold.app_files(design_of(run, artifacts))
    for result in newest_modules(run, round_, runs=runs).values():
        tree = tree.merge(_json(artifacts, result["key"])["files"])
    return tree


def newest_modules(run: Run, round_: int, *, runs: RunLog) -> dict[str, dict[str, Any]]:
    """Module → what its last writing recorded, up to a round."""
    recorded = runs.recorded_modules(run.generation_id, "GenerateModule")
    return {
        module: result for (number, module), result in sorted(recorded.items()) if number <= round_
    }


def noted(model: Model, result: dict[str, Any]) -> dict[str, Any]:
    """With what the engine has to say of it, if it has."""
    return {**result, "note": model.note} if model.note else result


def traced(run: Run, artifacts: ArtifactStore) -> Trace:
    return Trace.from_json(artifacts.read(keys.document(run, "trace.json"), DOCUMENT_BYTES_MAX))


def _refuse_gaps(plan: Plan, made: AppDesign) -> None:
    planned = {module.name for module in plan.modules}
    designed = {module.name for module in made.modules}
    if planned != designed:
        raise Rejected(f"Plan and design differ in {sorted(planned ^ designed)}.")


def mvs_of(run: Run, artifacts: ArtifactStore) -> Mvs:
    try:
        data = json.loads(artifacts.read(keys.document(run, "mvs.json"), DOCUMENT_BYTES_MAX))
    except ValueError as error:
        raise InvalidMvs("The MVS kept for this run is not JSON.") from error
    return read_mvs(data, language=run.locale)


def _plan(run: Run, artifacts: ArtifactStore) -> Plan:
    return Plan.from_json(artifacts.read(keys.document(run, "plan.json"), DOCUMENT_BYTES_MAX))


def design_of(run: Run, artifacts: ArtifactStore) -> AppDesign:
    return AppDesign.from_json(
        artifacts.read(keys.document(run, "design.json"), DOCUMENT_BYTES_MAX)
    )


def _json(artifacts: ArtifactStore, key: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(artifacts.read(key, DOCUMENT_BYTES_MAX))
    return found
