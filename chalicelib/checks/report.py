"""The report of a one-off task: its closed shape, and when it may be believed.

In: the text found in the inbox and what was expected of it. Out: `Report`, or `UntrustedReport`. Callers:
`process_artifact`. The surprise: a truthful report of failure is trusted; only a report that could be a lie is not.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from chalicelib.checks.findings import Finding
from chalicelib.errors import UntrustedReport

Kind = Literal["checks", "migrate", "hand_over"]

MANDATORY: dict[str, frozenset[str]] = {
    "checks": frozenset(
        {
            "source.compiles",
            "source.templates",
            "source.secrets",
            "django.check",
            "migrations.apply",
            "migrations.match_models",
            "migrations.safe",
            "isolation.policies",
            "isolation.database_attack",
            "isolation.ui_attack",
            "isolation.api_attack",
            "app.tests",
            "app.boots",
        }
    ),
    "migrate": frozenset(),
    "hand_over": frozenset(),
}
POSITIVE_FACTS: dict[str, tuple[str, ...]] = {
    "source.compiles": ("files",),
    "source.secrets": ("files",),
    "migrations.apply": ("migrations",),
    "isolation.policies": ("tables",),
    "isolation.database_attack": ("tables", "attacks"),
    "isolation.ui_attack": ("routes", "attacks"),
    "isolation.api_attack": ("operations", "attacks"),
    "app.tests": ("tests",),
    "app.boots": ("routes", "roles"),
}
"""What a passed check must have looked at: a check of nothing proves nothing."""
CLOCK_SKEW = timedelta(minutes=2)
BYTES_MAX = 2 * 1024 * 1024

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.-]{0,79}$")]
Milliseconds = Annotated[int, Field(ge=0, le=3_600_000, strict=True)]
Count = Annotated[int, Field(ge=0, le=10**12, strict=True)]
Line = Annotated[str, StringConstraints(max_length=2000, strict=True)]
Yes = Annotated[bool, Field(strict=True)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ReportedFinding(Part):
    module: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")] | None = None
    file: Annotated[str, StringConstraints(max_length=300)] | None = None
    line: Annotated[int, Field(ge=1, le=10_000_000, strict=True)] | None = None
    rule: Slug
    message: Annotated[str, StringConstraints(min_length=1, max_length=2000)]

    def finding(self) -> Finding:
        return Finding(self.module, self.file, self.line, self.rule, self.message)


Facts = Annotated[
    dict[Slug, Yes | Count | Line | Annotated[tuple[Line, ...], Field(max_length=2000)]],
    Field(max_length=40),
]


class Check(Part):
    id: Slug
    passed: Yes
    ms: Milliseconds
    facts: Facts = Field(default_factory=dict)
    findings: Annotated[tuple[ReportedFinding, ...], Field(max_length=200)] = ()


class Report(Part):
    version: Annotated[int, Field(ge=1, le=1, strict=True)]
    kind: Kind
    nonce: Annotated[str, StringConstraints(min_length=16, max_length=200)]
    generation_id: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    round: Annotated[int, Field(ge=0, le=100, strict=True)]
    started_at: datetime
    ms: Milliseconds
    passed: Yes
    checks: Annotated[tuple[Check, ...], Field(max_length=64)]
    facts: Facts = Field(default_factory=dict)

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(found.finding() for check in self.checks for found in check.findings)

    @property
    def failing_modules(self) -> tuple[str, ...]:
        """Modules with findings; when a check failed that names none, the caller blames them all."""
        return tuple(sorted({found.module for found in self.findings if found.module}))


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What the task was started with, and when; `now` is when its report is read."""

    kind: Kind
    nonce: str
    generation_id: str
    round: int
    asked_at: datetime
    now: datetime
    mandatory: frozenset[str] | None = None
    """Check ids that must be there; None: those of the kind."""
    bytes_max: int = BYTES_MAX


def verify(text: str | bytes, expected: Expected) -> Report:
    """The report, when nothing about it could be a lie; otherwise `UntrustedReport` (the round is lost)."""
    report = _parsed(text, expected.bytes_max)
    for fault in (_not_ours, _impossible_times, _incomplete, _contradictory, _empty_handed):
        reason = fault(report, expected)
        if reason:
            raise UntrustedReport(f"The {expected.kind} report can't be trusted: {reason}.")
    return report


def _parsed(text: str | bytes, bytes_max: int) -> Report:
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(raw) > bytes_max:
        raise UntrustedReport(f"The report is {len(raw)} bytes, {bytes_max} at most.")
    try:
        document = json.loads(
            raw.decode(), object_pairs_hook=_no_twins, parse_constant=_no_constant
        )
        return Report.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])[:120]
        raise UntrustedReport(
            f"The report has the wrong shape at {where!r}: {first['msg']}."
        ) from None
    except (ValueError, RecursionError):
        raise UntrustedReport("The report is not one well-formed JSON document.") from None


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two readers may keep different ones of two equal keys, so neither is believed."""
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key is given twice")
    return result


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _not_ours(report: Report, expected: Expected) -> str | None:
    for name in ("kind", "nonce", "generation_id", "round"):
        if getattr(report, name) != getattr(expected, name):
            return f"its {name} is not the one the task was started with"
    return None


def _impossible_times(report: Report, expected: Expected) -> str | None:
    if report.started_at.tzinfo is None:
        return "started_at has no time zone"
    started = report.started_at.astimezone(UTC)
    if started < expected.asked_at - CLOCK_SKEW:
        return "it started before it was asked for"
    if started + timedelta(milliseconds=report.ms) > expected.now + CLOCK_SKEW:
        return "it ended after it was read"
    if any(check.ms > report.ms + 1000 for check in report.checks):
        return "a check took longer than the whole"
    return None


def _incomplete(report: Report, expected: Expected) -> str | None:
    ids = [check.id for check in report.checks]
    if len(set(ids)) != len(ids):
        return "a check is reported twice"
    mandatory = MANDATORY[expected.kind] if expected.mandatory is None else expected.mandatory
    missing = sorted(mandatory - set(ids))
    return f"mandatory checks are missing: {', '.join(missing)}" if missing else None


def _contradictory(report: Report, expected: Expected) -> str | None:
    if report.checks and report.passed != all(check.passed for check in report.checks):
        return "passed contradicts its checks"
    for check in report.checks:
        if check.passed and check.findings:
            return f"{check.id} passed with findings"
        if not check.passed and not check.findings:
            return f"{check.id} failed without a finding"
    return None


def _empty_handed(report: Report, expected: Expected) -> str | None:
    for check in report.checks:
        for name in POSITIVE_FACTS.get(check.id, ()) if check.passed else ():
            value = check.facts.get(name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                return f"{check.id} passed without any {name}"
    return None
