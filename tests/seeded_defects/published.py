"""The published page, in two parts that two files of tests write: changes to an app by whatever means, and modules as an
engine hands them in. Each says what was caught, what was missed, and what sound work was refused."""

from __future__ import annotations

from collections.abc import Mapping

from tests.seeded_defects.defect import STATIC, Defect
from tests.seeded_defects.engine_work import Work
from tests.seeded_defects.laboratory import ROOT

PAGE = ROOT / "docs" / "seeded-defects.md"
HEAD = """# Seeded defects: what the checks detect, and what they miss

Each row is one defect put into the compiled dental clinic app (`examples/clinica-dental.yaml`) by `tests/seeded_defects/`, and the check
that has to notice it. The tests run all of them, and compare this page with what they saw; `UPDATE_DOCS=1` writes it anew.
A sound app passes every check: that is tested too. `make bench` prints the counts.
"""
ENGINES = """## What an engine hands in

An engine writes `rules.py`, `tests/test_rules.py` and templates of one module; the gates are those of a run, in its order: whose paths,
nothing of the compiler's lost, the rules owed, static rules, then the checks inside the candidate. Each row is one module somebody careless,
mistaken or obedient might write (`tests/seeded_defects/engine_defects.py`); the reviewer, who comes after all of them, is not asked here.
"""
SOUND = """## Sound modules

What a good engine writes, some of it looking like what is forbidden (`tests/seeded_defects/sound_work.py`), through the same gates, all checks included.
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


def part(number: int) -> str:
    """What is published of it: 0 the app, 1 the engine."""
    before, mark, after = PAGE.read_text(encoding="utf-8").partition(ENGINES.splitlines()[0])
    return (before, mark + after)[number]


def publish(number: int, text: str) -> None:
    parts = [part(0), part(1)]
    parts[number] = text
    PAGE.write_text("".join(parts), encoding="utf-8")


def engine_part(
    works: tuple[Work, ...],
    caught: Mapping[str, bool],
    sound: tuple[Work, ...],
    alarms: Mapping[str, str],
) -> str:
    """`alarms`: sound work → what was said against it."""
    found = sum(caught.values())
    refused = sum(map(bool, alarms.values()))
    lines = [
        ENGINES,
        f"**Caught {found} of {len(works)}, missed {len(works) - found}; false alarms: {refused} of {len(sound)} sound modules.**",
        "",
        "| module | what is wrong with it | stopped by | rule | caught |",
        "|---|---|---|---|---|",
    ]
    for work in works:
        answer = "yes" if caught[work.id] else f"**missed**: {work.missed or 'unexpectedly'}"
        lines.append(f"| {work.id} | {work.what} | {work.gate} | `{work.rule}` | {answer} |")
    lines += ["", SOUND, "| module | what it does | refused |", "|---|---|---|"]
    for work in sound:
        lines.append(f"| {work.id} | {work.what} | {alarms[work.id] or 'no'} |")
    return "\n".join([*lines, ""])
