"""The checks are checked: each seeded defect is noticed by the check that is there for it, and a sound app by none."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from chalicelib.checks.report import MANDATORY, Expected, verify
from chalicelib.checks.rules import source_findings
from tests.seeded_defects.defect import Defect, seed_group, seeded
from tests.seeded_defects.executed_defects import GROUPS
from tests.seeded_defects.laboratory import Laboratory
from tests.seeded_defects.published import page, part, publish
from tests.seeded_defects.static_defects import STATIC_DEFECTS

EXECUTED = tuple(defect for group in GROUPS for defect in group.defects)
DEFECTS = STATIC_DEFECTS + EXECUTED


def modules_of(tree: Mapping[str, str]) -> set[str]:
    return {path.split("/")[1] for path in tree if path.endswith("/apps.py")}


def is_refused(defect: Defect, tree: Mapping[str, str]) -> bool:
    changed = {change.path for change in defect.changes}
    after = seeded(tree, *defect.changes)
    found = source_findings({path: after[path] for path in changed}, modules_of(tree))
    return any((one.rule, one.module) == (defect.rule, defect.module) for one in found)


@pytest.fixture(scope="module")
def reported(
    laboratory: Laboratory, sound_app: Mapping[str, str]
) -> dict[str, set[tuple[str, str, str | None]]]:
    """Group → (check, rule, module) of everything its one run found."""
    found = {}
    for group in GROUPS:
        checks = laboratory.checks(seed_group(sound_app, group), group.children)
        found[group.name] = {
            (check["id"], finding["rule"], finding["module"])
            for check in checks
            for finding in check["findings"]
        }
    return found


@pytest.fixture(scope="module")
def detected(reported: dict[str, set[tuple[str, str, str | None]]], sound_app: Mapping[str, str]) -> dict[str, bool]:  # fmt: skip
    executed = {
        defect.id: (defect.check, defect.rule, defect.module) in reported[group.name]
        for group in GROUPS
        for defect in group.defects
    }
    return {defect.id: is_refused(defect, sound_app) for defect in STATIC_DEFECTS} | executed


def test_the_static_rules_find_nothing_in_a_sound_app(sound_app: Mapping[str, str]) -> None:
    assert source_findings(sound_app, modules_of(sound_app)) == ()


@pytest.mark.parametrize("defect", STATIC_DEFECTS, ids=lambda defect: defect.id)
def test_the_static_rules_refuse(defect: Defect, sound_app: Mapping[str, str]) -> None:
    assert is_refused(defect, sound_app)


@pytest.mark.parametrize("defect", EXECUTED, ids=lambda defect: defect.id)
def test_the_executed_checks_notice(defect: Defect, detected: dict[str, bool]) -> None:
    assert detected[defect.id] is not bool(defect.missed)


def test_what_is_published_is_what_was_seen(detected: dict[str, bool]) -> None:
    text = page(DEFECTS, detected)
    if os.environ.get("UPDATE_DOCS") == "1":
        publish(0, text)
    assert part(0) == text


def test_a_sound_app_passes_every_check_and_its_report_is_believed(
    laboratory: Laboratory, sound_app: Mapping[str, str]
) -> None:
    asked_at = datetime.now(UTC)
    code, text = laboratory.report(
        sound_app, REPORT_NONCE="n" * 32, GENERATION_ID="generation", ROUND="2"
    )
    expected = Expected(
        kind="checks",
        nonce="n" * 32,
        generation_id="generation",
        round=2,
        asked_at=asked_at,
        now=datetime.now(UTC),
    )
    report = verify(text, expected)
    assert (code, report.passed) == (0, True), json.loads(text)
    assert {check.id for check in report.checks} == MANDATORY["checks"]


def test_a_later_version_is_migrated_on_top_of_the_previous_one(
    laboratory: Laboratory, sound_app: Mapping[str, str]
) -> None:
    """A destructive step that a person approved passes; a migration that was applied and is gone does not."""
    (dropping,) = [defect for defect in EXECUTED if defect.id == "drops-column"]
    checks = laboratory.checks(
        seeded(sound_app, *dropping.changes),
        ("migrate",),
        PREVIOUS_MIGRATIONS=json.dumps(["patient.0001_initial", "patient.0002_gone"]),
        APPROVED_MIGRATIONS=json.dumps(["estimate.0002_smaller"]),
    )
    found = {check["id"]: [one["rule"] for one in check["findings"]] for check in checks}
    assert found == {"migrations.apply": ["migration-lost"], "migrations.safe": []}


def test_no_two_defects_have_one_name() -> None:
    assert len({defect.id for defect in DEFECTS}) == len(DEFECTS)
