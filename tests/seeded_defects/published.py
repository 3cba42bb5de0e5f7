"""The published table: which seeded defects the checks detect, and which they miss."""

from __future__ import annotations

from collections.abc import Mapping

from tests.seeded_defects.defect import STATIC, Defect
from tests.seeded_defects.laboratory import ROOT

PAGE = ROOT / "docs" / "seeded-defects.md"
HEAD = """# Seeded defects: what the checks detect, and what they miss

Each row is one defect put into the compiled dental clinic app (`examples/clinica-dental.yaml`) by `tests/seeded_defects/`, and the check
that has to notice it. The tests run all of them, and compare this page with what they saw; `UPDATE_DOCS=1` writes it anew.
A sound app passes every check: that is tested too.
"""


def page(defects: tuple[Defect, ...], detected: Mapping[str, bool]) -> str:
    static = [defect for defect in defects if defect.check == STATIC]
    executed = [defect for defect in defects if defect.check != STATIC]
    found = sum(detected.values())
    return "\n".join(
        [
            HEAD,
            f"**Detected {found} of {len(defects)}, missed {len(defects) - found}.**",
            "",
            "## Before anything is executed: static rules on the platform",
            "",
            *table(static, detected),
            "",
            "## Executed inside the candidate",
            "",
            *table(executed, detected),
            "",
        ]
    )


def table(defects: list[Defect], detected: Mapping[str, bool]) -> list[str]:
    rows = ["| defect | what was done | check | rule | detected |", "|---|---|---|---|---|"]
    for defect in defects:
        answer = "yes" if detected[defect.id] else f"**missed**: {defect.missed or 'unexpectedly'}"
        rows.append(
            f"| {defect.id} | {defect.what} | {defect.check} | `{defect.rule}` | {answer} |"
        )
    return rows
