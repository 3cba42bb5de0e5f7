"""From each requirement to what proved it: as data, and as a document in the app's own source."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
import yaml

from chalicelib.errors import NotFound
from chalicelib.generation import tracing
from chalicelib.generation.design import design
from chalicelib.generation.plan import plan
from chalicelib.generation.trace import trace
from chalicelib.generation.traceability import Traceability, traceability
from chalicelib.generation.traceability_document import document
from chalicelib.mvs.reading import read_mvs
from chalicelib.mvs.requirements import requirements
from tests.run_fakes import Machine
from tests.stepfunctions.machine import machine
from tests.stepfunctions.platform import CLINIC, TINY, Platform, finding

MVS = read_mvs(CLINIC)
DESIGN = design(MVS, plan(MVS))
TRACE = trace(MVS, DESIGN)


def of(report, review=None):
    return traceability(
        requirements(MVS), DESIGN, TRACE, round_=1, report=report, review=review or {}
    )


def ran(*tests, failed=()):
    findings = [{"message": f"{name}: AssertionError"} for name in failed]
    check = {"id": "app.tests", "passed": not failed, "facts": {"ran": [*tests, *failed]}}
    return {"checks": [{**check, "findings": findings}]}


def with_rule():
    return next(each for each in TRACE.requirements if each.kind == "rule" and each.tests)


def line(found, id_):
    return next(each for each in found.requirements if each.id == id_)


def test_each_requirement_is_named_once_with_entity_rule_screen_files_and_tests():
    found = of(ran())
    assert [each.id for each in found.requirements] == [each.id for each in requirements(MVS)]
    rule = line(found, with_rule().id)
    assert all((rule.entity, rule.rule, rule.files, rule.tests))
    assert rule.screen.startswith("/")
    dashboards = [each for each in found.requirements if each.kind == "dashboard"]
    assert all(each.screen.startswith("/dashboards/") for each in dashboards)


def test_a_requirement_is_proved_when_all_of_its_tests_passed():
    wanted = with_rule()
    found = of(ran(*wanted.tests))
    assert line(found, wanted.id).proof == "tests"
    assert {test.result for test in line(found, wanted.id).tests} == {"passed"}
    assert wanted.id not in found.unproved


@pytest.mark.parametrize(("report", "result"), [("failed", "failed"), ("silent", "not_run")])
def test_a_test_that_failed_or_did_not_run_proves_nothing_whatever_the_review_says(report, result):
    wanted = with_rule()
    executed = ran(failed=wanted.tests) if report == "failed" else ran()
    praise = {"verdicts": [{"requirement": wanted.id, "status": "met", "evidence": "fine"}]}
    found = of(executed, praise)
    assert line(found, wanted.id).proof == "none"
    assert {test.result for test in line(found, wanted.id).tests} == {result}
    assert wanted.id in found.unproved


def test_what_is_in_words_only_is_counted_apart_and_named_as_unproved():
    found = of(ran())
    in_words = [each for each in found.requirements if each.proof == "in_words"]
    assert in_words
    assert {each.id for each in in_words} <= set(found.unproved)
    counts = found.counts
    assert counts.in_words == len(in_words)
    assert counts.requirements == len(found.requirements)
    assert counts.by_tests + counts.by_checks + counts.in_words + counts.unproved == (
        counts.requirements
    )


def walked(platform):
    with machine(platform.lambdas) as run:
        ended = run(platform.run.model_dump())
        platform.settled()
    return ended


def asked(platform):
    return tracing.of_generation(
        platform.tenant,
        platform.generation_id,
        apps=platform.apps,
        generations=platform.generations,
        artifacts=platform.artifacts,
    )


def test_a_delivered_app_leaves_nothing_unproved_but_what_is_in_words():
    platform = Platform(mvs=CLINIC)
    assert walked(platform).failure == ""
    found = asked(platform)
    assert found.counts.unproved == 0
    assert found.counts.by_tests > 50
    assert all(found.checks.values())
    source = zipfile.ZipFile(io.BytesIO(platform.artifacts.objects[source_key(platform)]))
    text = source.read("docs/traceability.md").decode()
    assert text == document(found, "es")
    assert text.startswith("# Trazabilidad")


def source_key(platform):
    return next(key for key in platform.artifacts.objects if key.endswith("source.zip"))


def test_it_tells_of_the_last_round():
    platform = Platform(
        mvs=TINY, findings=lambda tree, round_: [finding("app.boots", None, "no route", "boot")]
    )
    walked(platform)
    found = asked(platform)
    assert found.round == 1
    assert found.checks["app.boots"] is False


def test_before_anything_was_executed_every_requirement_is_open_and_before_a_design_there_is_none():
    platform = Platform(mvs=TINY)
    with pytest.raises(NotFound, match="Nothing is designed yet"):
        asked(platform)
    platform.wires.machine = Machine()
    for stage in ("Orchestrate", "WritePrd", "Design", "Converge"):
        platform.lambdas[stage]({"run": platform.run.model_dump()})
    found = asked(platform)
    assert found.counts.by_tests == found.counts.by_checks == 0
    assert found.checks == {}


def test_the_document_is_one_table_whatever_the_mvs_says():
    evil = "a | b\n| c | [x](javascript:alert(1)) <script>`# "
    found = of(ran())
    lines = tuple(each.model_copy(update={"text": evil}) for each in found.requirements[:2])
    text = document(found.model_copy(update={"requirements": lines}), "en")
    rows = [row for row in text.splitlines() if row.startswith("| R")]
    assert len(rows) == 2
    assert all(row.replace("\\|", "").count("|") == 5 for row in rows)
    assert "<script" not in text.replace("\\<", "")
    assert "[x]" not in text


def test_it_comes_back_as_it_was_kept():
    found = of(ran())
    assert Traceability.from_json(found.to_json()) == found


def test_an_english_app_is_told_in_english():
    mvs = read_mvs(yaml.safe_load(Path("examples/field-service.yaml").read_text()))
    made = design(mvs, plan(mvs))
    found = traceability(
        requirements(mvs), made, trace(mvs, made), round_=1, report=ran(), review={}
    )
    assert document(found, "en").startswith("# Traceability")
