"""The two stages that judge a round: the review of what was executed, and the decision.

In: the round's report. Out: the review's key; the decision with its notes. Callers: tasks.py.
The surprise: checks come before opinions. When something executed has failed, nobody is asked for an opinion.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any, Final

from chalicelib.errors import UnreadableReply
from chalicelib.generation import keys, tracing
from chalicelib.generation.evidence import evidence
from chalicelib.generation.ports import ArtifactStore, Model, RunLog, Stage
from chalicelib.generation.recording import once, write_json
from chalicelib.generation.review import Objection, Review, parse_review
from chalicelib.generation.run import Run
from chalicelib.generation.source_tree import SourceTree
from chalicelib.generation.stages import DOCUMENT_BYTES_MAX, newest_modules, noted, traced
from chalicelib.generation.verdict import BASELINE, Fault, Round, Verdict, decide

FAULTS_TOLD_MAX: Final = 20
"""Of a round, as events."""


def review(
    run: Run,
    round_: int,
    *,
    model: Model,
    artifacts: ArtifactStore,
    runs: RunLog,
) -> dict[str, Any]:
    """Returns {review, passed}. A reply that can't be read is a failed review."""

    def work() -> dict[str, Any]:
        report = _read(artifacts, keys.report(run, "checks", round_))
        key = keys.review(run, round_)
        if not report["passed"]:
            write_json(artifacts, key, {"version": 1, "passed": False, "skipped": "Checks failed."})
            return {"review": key, "passed": False}
        given = _asked(model, _shown(run, round_, report, artifacts=artifacts, runs=runs))
        write_json(artifacts, key, given.model_dump(mode="json"))
        return noted(model, {"review": key, "passed": given.passed})

    return once(run, Stage("Review", round_), work, runs=runs)


def decision(
    run: Run, round_: int, *, rounds_max: int, artifacts: ArtifactStore, runs: RunLog
) -> dict[str, Any]:
    """Returns {decision, failing, notes, error, reason}; `notes` is the key of what the next round should repair."""

    def work() -> dict[str, Any]:
        now = _round(run, round_, artifacts)
        _tell(run, now, runs=runs)
        before = _round(run, round_ - 1, artifacts) if round_ > 1 else None
        newest = newest_modules(run, round_, runs=runs)
        engines = {module: str(result["engine"]) for module, result in newest.items()}
        verdict = decide(now, before, engines, rounds_max)
        key = write_json(artifacts, keys.notes(run, round_), _notes(verdict, now))
        tracing.keep(
            run,
            round_,
            traced(run, artifacts).as_written(_baselines(newest)),
            report=_read(artifacts, keys.report(run, "checks", round_)),
            review=_read(artifacts, keys.review(run, round_)),
            artifacts=artifacts,
        )
        return {
            "decision": verdict.decision,
            "failing": list(verdict.failing),
            "notes": key,
            "error": verdict.error,
            "reason": verdict.reason[:2000],
            "note": f"{verdict.decision}: {verdict.reason}"[:500],
        }

    return once(run, Stage("Decide", round_), work, runs=runs)


def _tell(run: Run, now: Round, *, runs: RunLog) -> None:
    """What is wrong, one event each; the rest is in the report and the review."""
    for fault in now.faults[:FAULTS_TOLD_MAX]:
        stage = Stage("Decide", now.number, fault.module)
        runs.tell(run.generation_id, stage, "note", f"{fault.rule}: {fault.message}")
    if (more := len(now.faults) - FAULTS_TOLD_MAX) > 0:
        runs.tell(run.generation_id, Stage("Decide", now.number), "note", f"and {more} more")


def _shown(
    run: Run, round_: int, report: Mapping[str, Any], *, artifacts: ArtifactStore, runs: RunLog
) -> dict[str, Any]:
    newest = newest_modules(run, round_, runs=runs)
    baselines = _baselines(newest)
    bundle = artifacts.read(keys.bundle(run, round_), DOCUMENT_BYTES_MAX)
    return evidence(
        traced(run, artifacts).as_written(baselines),
        report,
        design=artifacts.read(keys.document(run, "design.md"), DOCUMENT_BYTES_MAX).decode(),
        files=SourceTree.from_zip(bundle),
        written=newest.keys() - baselines,
    )


def _baselines(newest: Mapping[str, Mapping[str, Any]]) -> set[str]:
    return {module for module, result in newest.items() if result["engine"] == BASELINE}


def _asked(model: Model, shown: Mapping[str, Any]) -> Review:
    wanted = [requirement["id"] for requirement in shown["requirements"]]
    in_words = [each["id"] for each in shown["requirements"] if each["in_words"]]
    try:
        return parse_review(model.review(shown), wanted, in_words)
    except UnreadableReply as error:
        objection = Objection(message=f"The review was not readable: {error.detail}"[:1000])
        return Review(reviewer=model.name, passed=False, verdicts=(), objections=(objection,))


def _round(run: Run, number: int, artifacts: ArtifactStore) -> Round:
    report = _read(artifacts, keys.report(run, "checks", number))
    opinion = _read(artifacts, keys.review(run, number))
    return Round(
        number,
        checks_passed=bool(report["passed"]),
        review_passed=bool(opinion["passed"]),
        faults=(*_reported(report), *_reviewed(opinion)),
    )


def _reported(report: Mapping[str, Any]) -> list[Fault]:
    return [
        Fault(found["module"], found["rule"], found["message"])
        for check in report["checks"]
        for found in check["findings"]
    ]


def _reviewed(opinion: Mapping[str, Any]) -> list[Fault]:
    unmet = [
        Fault(verdict.get("module"), verdict["requirement"], _placed(verdict, verdict["evidence"]))
        for verdict in opinion.get("verdicts", [])
        if verdict["status"] == "unmet"
    ]
    objections = [
        Fault(objection.get("module"), "review", _placed(objection, objection["message"]))
        for objection in opinion.get("objections", [])
    ]
    return unmet + objections


def _placed(found: Mapping[str, Any], text: str) -> str:
    """Where to look first, for whoever repairs it."""
    if not found.get("file"):
        return text
    line = f":{found['line']}" if found.get("line") else ""
    return f"{found['file']}{line}: {text}"


def _notes(verdict: Verdict, now: Round) -> dict[str, Any]:
    return {
        "round": now.number,
        "decision": verdict.decision,
        "reason": verdict.reason,
        "failing": list(verdict.failing),
        "from_baseline": list(verdict.from_baseline),
        "notes": {name: list(notes) for name, notes in (verdict.notes or {}).items()},
        "faults": [dataclasses.asdict(fault) for fault in now.faults],
    }


def _read(artifacts: ArtifactStore, key: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(artifacts.read(key, DOCUMENT_BYTES_MAX))
    return found
