"""From each requirement to what proves it: entity, rule, screen, files, tests, and how the last round's checks went.

In: the requirements, the design, the trace, a round's report and review. Out: `Traceability`. Callers: the Decide stage
keeps it; the HTTP door gives it out; the app's source carries it as a document. The surprise: a requirement counts as
proved only by what was executed: its own tests, all of them, or the checks that prove its kind. An opinion proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

from chalicelib.generation.app_design import AppDesign, EntityDesign
from chalicelib.generation.evidence import executed
from chalicelib.generation.trace import Trace, Traced
from chalicelib.mvs.requirements import Requirement

Result = Literal["passed", "failed", "not_run"]
Proof = Literal["tests", "checks", "in_words", "none"]
NAME: Final = "traceability.json"


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Executed(Part):
    name: str
    """As Django's test runner calls it."""
    result: Result


class Line(Part):
    id: str
    kind: str
    text: str
    about: str
    """Where the MVS says it."""
    module: str | None
    entity: str | None
    rule: str | None
    screen: str | None
    """Its address in the app."""
    files: tuple[str, ...]
    tests: tuple[Executed, ...]
    proof: Proof
    evidence: str
    """What the review said of it; empty where there was none."""


class Counts(Part):
    requirements: int
    by_tests: int
    by_checks: int
    in_words: int
    unproved: int


class Traceability(Part):
    round: int
    checks: dict[str, bool]
    """Id of each check that was executed → passed."""
    requirements: tuple[Line, ...]
    counts: Counts
    unproved: tuple[str, ...]
    """Without a test that passed, or checks that prove it; those in plain words only are among them."""

    def to_json(self) -> str:
        return self.model_dump_json(indent=1)

    @classmethod
    def from_json(cls, text: str | bytes) -> Traceability:
        return cls.model_validate_json(text)


def traceability(
    stated: Iterable[Requirement],
    design: AppDesign,
    trace: Trace,
    *,
    round_: int,
    report: Mapping[str, Any],
    review: Mapping[str, Any],
) -> Traceability:
    """`trace` as it was written: rules nobody coded are in words there."""
    verdicts = {each["requirement"]: each for each in review.get("verdicts", [])}
    places = {each.id: each for each in stated}
    seen = _Seen(design, executed(report), _dashboards(places.values(), design))
    lines = tuple(
        _line(each, places.get(each.id), seen, verdicts.get(each.id, {}))
        for each in trace.requirements
    )
    return Traceability(
        round=round_,
        checks={check["id"]: bool(check["passed"]) for check in report["checks"]},
        requirements=lines,
        counts=_counts(lines),
        unproved=tuple(line.id for line in lines if line.proof in ("in_words", "none")),
    )


@dataclass(frozen=True)
class _Seen:
    design: AppDesign
    ran: Mapping[str, bool]
    dashboards: Mapping[str, str]
    """Where the MVS says one → its address in the app."""


def _line(
    traced: Traced, place: Requirement | None, seen: _Seen, verdict: Mapping[str, Any]
) -> Line:
    entity = seen.design.entity(place.entity) if place and place.entity else None
    rules = entity.rules if entity else ()
    tests = tuple(Executed(name=name, result=_result(seen.ran.get(name))) for name in traced.tests)
    return Line(
        id=traced.id,
        kind=traced.kind,
        text=traced.text,
        about=place.about if place else "",
        module=traced.module,
        entity=entity.key if entity else None,
        rule=next((rule.name for rule in rules if rule.requirement == traced.id), None),
        screen=_screen(place, entity, seen),
        files=traced.files,
        tests=tests,
        proof=_proof(traced, tests, verdict),
        evidence=str(verdict.get("evidence", "")),
    )


def _result(passed: bool | None) -> Result:
    return "not_run" if passed is None else "passed" if passed else "failed"


def _proof(traced: Traced, tests: tuple[Executed, ...], verdict: Mapping[str, Any]) -> Proof:
    if tests:
        return "tests" if all(test.result == "passed" for test in tests) else "none"
    if traced.in_words:
        return "in_words"
    return "checks" if verdict.get("status") == "met" else "none"


def _dashboards(stated: Iterable[Requirement], design: AppDesign) -> dict[str, str]:
    addresses = {each.requirement: each.address for each in design.dashboards}
    return {each.about: addresses[each.id] for each in stated if each.id in addresses}


def _screen(place: Requirement | None, entity: EntityDesign | None, seen: _Seen) -> str | None:
    if place and place.kind == "dashboard":
        address = seen.dashboards.get(place.about.partition(".tiles")[0])
        return f"/dashboards/{address}/" if address else None
    if entity is None:
        return None
    module = next(each for each in seen.design.modules if each.name == entity.module)
    start = f"/{module.entities[0].address}/"
    return start if entity.is_main else f"{start}{entity.address}/"


def _counts(lines: tuple[Line, ...]) -> Counts:
    of = {proof: sum(line.proof == proof for line in lines) for proof in PROOFS}
    return Counts(
        requirements=len(lines),
        by_tests=of["tests"],
        by_checks=of["checks"],
        in_words=of["in_words"],
        unproved=of["none"],
    )


PROOFS: Final[tuple[Proof, ...]] = ("tests", "checks", "in_words", "none")
