"""A report is believed only when nothing about it could be a lie."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.checks.report import MANDATORY, POSITIVE_FACTS, Expected, verify
from chalicelib.errors import UntrustedReport

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
EXPECTED = Expected(
    kind="checks",
    nonce="n" * 32,
    generation_id="0c0ffee0-0000-4000-8000-000000000001",
    round=1,
    asked_at=NOW - timedelta(seconds=60),
    now=NOW,
)


def honest() -> dict[str, Any]:
    checks = [
        {
            "id": id,
            "passed": True,
            "ms": 10,
            "facts": {name: 3 for name in POSITIVE_FACTS.get(id, ())},
            "findings": [],
        }
        for id in sorted(MANDATORY["checks"])
    ]
    return {
        "version": 1,
        "kind": "checks",
        "nonce": EXPECTED.nonce,
        "generation_id": EXPECTED.generation_id,
        "round": 1,
        "started_at": (NOW - timedelta(seconds=30)).isoformat(),
        "ms": 9000,
        "passed": True,
        "checks": checks,
    }


def failing() -> dict[str, Any]:
    report = honest()
    report["passed"] = False
    report["checks"][0] |= {
        "passed": False,
        "findings": [
            {
                "module": "patient",
                "file": "business/patient/views.py",
                "line": 3,
                "rule": "route-500",
                "message": "answers 500",
            }
        ],
    }
    return report


def test_an_honest_report_is_believed() -> None:
    assert verify(json.dumps(honest()), EXPECTED).passed


def test_a_truthful_report_of_failure_is_believed_and_names_the_modules() -> None:
    report = verify(json.dumps(failing()), EXPECTED)
    assert not report.passed
    assert report.failing_modules == ("patient",)
    assert report.findings[0].rule == "route-500"


def test_a_hand_over_report_carries_facts_and_no_checks() -> None:
    report = honest() | {"kind": "hand_over", "checks": [], "facts": {"url": "http://localhost:8101"}}  # fmt: skip
    expected = Expected(**{**EXPECTED.__dict__, "kind": "hand_over"})
    assert verify(json.dumps(report), expected).facts["url"] == "http://localhost:8101"


def without(report: dict[str, Any], key: str) -> None:
    del report[key]


def check(report: dict[str, Any], id: str) -> dict[str, Any]:
    return next(check for check in report["checks"] if check["id"] == id)


LIES: dict[str, Callable[[dict[str, Any]], object]] = {
    "another nonce": lambda r: r.update(nonce="x" * 32),
    "a short nonce": lambda r: r.update(nonce=""),
    "another generation": lambda r: r.update(generation_id="someone-elses"),
    "another round": lambda r: r.update(round=2),
    "a round in words": lambda r: r.update(round="1"),
    "another kind": lambda r: r.update(kind="migrate"),
    "an unknown kind": lambda r: r.update(kind="magic"),
    "another version": lambda r: r.update(version=2),
    "a true version": lambda r: r.update(version=True),
    "an unknown key": lambda r: r.update(comment="trust me"),
    "a missing key": lambda r: without(r, "started_at"),
    "passed as text": lambda r: r.update(passed="true"),
    "no checks": lambda r: r.update(checks=[]),
    "a missing check": lambda r: r["checks"].pop(),
    "a check twice": lambda r: r["checks"].append(copy.deepcopy(r["checks"][0])),
    "a failed check in a passed report": lambda r: r["checks"][0].update(
        passed=False, findings=[{"rule": "x", "message": "y"}]
    ),
    "all checks passed in a failed report": lambda r: r.update(passed=False),
    "passed with findings": lambda r: r["checks"][0].update(
        findings=[{"rule": "x", "message": "y"}]
    ),
    "failed without findings": lambda r: (
        r.update(passed=False),
        r["checks"][0].update(passed=False),
    ),
    "no attack on the screens": lambda r: check(r, "isolation.ui_attack")["facts"].update(
        attacks=0
    ),
    "no count of routes": lambda r: check(r, "isolation.ui_attack")["facts"].pop("routes"),
    "no tables": lambda r: check(r, "isolation.policies")["facts"].update(tables=0),
    "no tests": lambda r: check(r, "app.tests")["facts"].update(tests=0),
    "a count in words": lambda r: check(r, "app.tests")["facts"].update(tests="12"),
    "a negative count": lambda r: check(r, "app.tests")["facts"].update(tests=-1),
    "a true count": lambda r: check(r, "app.tests")["facts"].update(tests=True),
    "started before it was asked for": lambda r: r.update(
        started_at=(NOW - timedelta(hours=1)).isoformat()
    ),
    "starts in the future": lambda r: r.update(started_at=(NOW + timedelta(hours=1)).isoformat()),
    "ends in the future": lambda r: r.update(ms=3_000_000),
    "no time zone": lambda r: r.update(started_at="2026-11-22T11:59:30"),
    "not a time": lambda r: r.update(started_at="yesterday"),
    "negative time": lambda r: r.update(ms=-1),
    "a check longer than the whole": lambda r: r["checks"][0].update(ms=60_000),
    "checks as an object": lambda r: r.update(checks={}),
    "a check id with a newline": lambda r: r["checks"][0].update(id="a\nb"),
    "too many findings": lambda r: (
        r.update(passed=False),
        r["checks"][0].update(
            passed=False, findings=[{"rule": "x", "message": "y"} for _ in range(300)]
        ),
    ),
    "a finding without a message": lambda r: (
        r.update(passed=False),
        r["checks"][0].update(passed=False, findings=[{"rule": "x", "message": ""}]),
    ),
    "a finding in a strange module": lambda r: (
        r.update(passed=False),
        r["checks"][0].update(
            passed=False, findings=[{"module": "../../etc", "rule": "x", "message": "y"}]
        ),
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_not_believed(lie: str) -> None:
    report = honest()
    LIES[lie](report)
    with pytest.raises(UntrustedReport):
        verify(json.dumps(report), EXPECTED)


MALFORMED = {
    "nothing": "",
    "words": "all good",
    "half": json.dumps(honest())[:200],
    "two documents": json.dumps(honest()) * 2,
    "a list": "[]",
    "null": "null",
    "a number": "1",
    "not a number": json.dumps(honest()).replace('"ms": 9000', '"ms": NaN'),
    "a key twice": json.dumps(honest()).replace(
        '"version": 1', '"passed": false, "version": 1, "version": 1'
    ),
    "deep": "[" * 100_000,
    "not UTF-8": b"\xff\xfe" + json.dumps(honest()).encode(),
    "too big": json.dumps(honest()) + " " * 3_000_000,
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_report_is_not_believed(name: str) -> None:
    with pytest.raises(UntrustedReport):
        verify(MALFORMED[name], EXPECTED)


def test_reasons_do_not_repeat_what_the_report_said() -> None:
    report = honest() | {"nonce": "secret-value-of-the-attacker"}
    with pytest.raises(UntrustedReport) as caught:
        verify(json.dumps(report), EXPECTED)
    assert "secret-value" not in str(caught.value)
