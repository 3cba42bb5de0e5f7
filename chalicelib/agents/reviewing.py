"""The reviewer: a verdict on each requirement of the modules that a model wrote, over the facts of what was executed.

In: the evidence, the checklist's verdicts. Out: a `Review` of every requirement. Callers: the engine.
The surprise: a model can take a verdict away, never give one: what the checklist calls unmet stays so. And modules that
the templates alone wrote are not shown at all: what is proved needs no opinion, and an opinion on it could stop nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.agents.language import is_in
from chalicelib.agents.mending import Desk, kept, plain
from chalicelib.agents.prompting import prompt
from chalicelib.agents.replies import JudgedRequirement, Judgement
from chalicelib.generation.attempt import may_be_written
from chalicelib.generation.review import Objection, RequirementVerdict, Review
from chalicelib.generation.scaffold import WRITABLE

Evidence = Mapping[str, Any]


def judged(desk: Desk, evidence: Evidence, checklist: Review, language: str) -> Review:
    """Raises what the asker raises, and `UnreadableReply`."""
    files = written_files(evidence)
    wanted = asked_about(evidence)
    known = {verdict.requirement: verdict for verdict in checklist.verdicts}
    material = prompt(
        "reviewer",
        "material",
        design=evidence["design"],
        files="\n\n".join(_numbered(path, text) for path, text in files.items()),
    )
    task = prompt("reviewer", "task", requirements="\n".join(_line(e, known) for e in wanted))
    system = [plain(prompt("reviewer", "system", language=language)), kept(material)]
    question = desk.question("reviewer", system, [plain(task)], Judgement)
    reply = desk.answer(
        question, lambda given: list(_faults(given, evidence, wanted, files, language))
    )
    return _review(reply, checklist, evidence)


def asked_about(evidence: Evidence) -> list[Mapping[str, Any]]:
    written = set(evidence["written"])
    return [each for each in evidence["requirements"] if each["module"] in written]


def written_files(evidence: Evidence) -> dict[str, str]:
    """What a model may have changed in the modules it wrote."""
    return {
        path: text
        for path, text in sorted(evidence["files"].items())
        if any(may_be_written(path, module, WRITABLE) for module in evidence["written"])
    }


def _numbered(path: str, text: str) -> str:
    lines = (f"{number}: {line}" for number, line in enumerate(text.splitlines(), 1))
    return "\n".join([f"== {path}", *lines])


def _line(requirement: Mapping[str, Any], known: Mapping[str, RequirementVerdict]) -> str:
    fact = known[requirement["id"]]
    told = {
        "id": requirement["id"],
        "module": requirement["module"],
        "in_words": requirement["in_words"],
        "requirement": requirement["text"],
        "executed": f"{fact.status}: {fact.evidence}",
    }
    return json.dumps(told, ensure_ascii=False)


def _faults(
    given: Judgement,
    evidence: Evidence,
    wanted: list[Mapping[str, Any]],
    files: Mapping[str, str],
    language: str,
) -> Iterator[str]:
    asked = [each["id"] for each in wanted]
    if sorted(each.requirement for each in given.verdicts) != sorted(asked):
        yield f"Judge each of these exactly once: {', '.join(asked)}."
    in_words = {each["id"] for each in wanted if each["in_words"]}
    for verdict in given.verdicts:
        if verdict.status == "recorded" and verdict.requirement not in in_words:
            yield f"{verdict.requirement} is not in words: it is met or unmet."
        yield from _place_faults(verdict.requirement, verdict.file, verdict.line, files)
    for objection in given.objections:
        if objection.module not in evidence["written"]:
            yield f"{objection.module!r} is not one of the modules you were shown."
        yield from _place_faults(objection.message[:60], objection.file, objection.line, files)
    words = [*(e.evidence for e in given.verdicts), *(e.message for e in given.objections)]
    if not is_in(words, language):
        yield f"Write `evidence` and `message` in the language {language!r}."


def _place_faults(
    what: str, file: str | None, line: int | None, files: Mapping[str, str]
) -> Iterator[str]:
    if file is not None and file not in files:
        yield f"{what}: {file!r} is not a file you were given."
    elif line is not None and not 1 <= line <= len(files.get(file or "", "").splitlines()):
        yield f"{what}: there is no line {line} in {file!r}."


def _review(reply: Judgement, checklist: Review, evidence: Evidence) -> Review:
    opinions = {verdict.requirement: verdict for verdict in reply.verdicts}
    verdicts = tuple(_joined(each, opinions.get(each.requirement)) for each in checklist.verdicts)
    objections = tuple(Objection(**each.model_dump()) for each in reply.objections)
    is_clean = not objections and all(each.status != "unmet" for each in verdicts)
    return Review(reviewer="claude", passed=is_clean, verdicts=verdicts, objections=objections)


def _joined(fact: RequirementVerdict, opinion: JudgedRequirement | None) -> RequirementVerdict:
    if opinion is None or fact.status == "unmet":
        return fact
    is_raised = fact.status == "recorded" and opinion.status == "met"
    return fact.model_copy(
        update={
            "status": fact.status if is_raised else opinion.status,
            "evidence": opinion.evidence,
            "file": opinion.file,
            "line": opinion.line,
        }
    )
