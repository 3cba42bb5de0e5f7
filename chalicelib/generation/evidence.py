"""What a reviewer is shown: every requirement with its files and tests, what was executed, and the source itself.

In: the trace, a trusted report, the design document, the bundle. Out: plain data. Callers: the Review stage.
The surprise: a test counts only when the report says that it ran; that it exists in the source proves nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from chalicelib.generation.trace import Trace

TESTS = "app.tests"


def evidence(
    trace: Trace,
    report: Mapping[str, Any],
    *,
    design: str = "",
    files: Mapping[str, str] | None = None,
    written: Collection[str] = (),
) -> dict[str, Any]:
    """`requirements`: as in the trace; `checks`: id → passed; `tests`: those that ran → passed; `design`: Markdown;
    `files`: path → text; `written`: modules that are more than their baseline."""
    return {
        "requirements": trace.model_dump(mode="json")["requirements"],
        "checks": {check["id"]: bool(check["passed"]) for check in report["checks"]},
        "tests": executed(report),
        "design": design,
        "files": dict(files or {}),
        "written": sorted(written),
    }


def executed(report: Mapping[str, Any]) -> dict[str, bool]:
    """Each test that ran → whether it passed."""
    found: dict[str, bool] = {}
    for check in report["checks"]:
        if check["id"] != TESTS:
            continue
        found |= {test: True for test in check["facts"].get("ran", [])}
        for finding in check["findings"]:
            name = finding["message"].split(": ", 1)[0]
            if name in found:
                found[name] = False
    return found
