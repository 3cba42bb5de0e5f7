"""The closed shape of reviews, the offline reviewer's checklist, and where an engine may write."""

from __future__ import annotations

import json

import pytest

from chalicelib.agents.offline import Offline
from chalicelib.errors import ForbiddenPath, InvalidRequest, UnreadableReply
from chalicelib.generation import keys
from chalicelib.generation.attempt import refuse_foreign_files, written
from chalicelib.generation.evidence import evidence
from chalicelib.generation.review import parse_review
from chalicelib.generation.run import Run, parse_run
from chalicelib.generation.source_tree import SourceTree
from chalicelib.generation.trace import Trace, Traced
from tests.stepfunctions.lambdas import RUN

BASELINE = SourceTree({"business/visit/rules.py": "RULES = []\n", "business/visit/models.py": "\n"})
WRITABLE = ("rules.py", "templates/", "tests/test_rules.py")


def reply(**changes):
    verdict = {"requirement": "R1", "status": "met", "evidence": "ran", "module": None}
    whole = {"version": 1, "reviewer": "x", "passed": True, "verdicts": [verdict], "objections": []}
    return json.dumps({**whole, **changes})


def test_a_review_in_its_shape_is_read():
    assert parse_review(reply(), ["R1"]).passed


@pytest.mark.parametrize(
    "text",
    [
        "looks good",
        "",
        "[]",
        reply(passed="true"),
        reply(extra=1),
        reply(verdicts=[]),
        reply(verdicts=json.loads(reply())["verdicts"] * 2),
        reply(passed=False),
        reply(objections=[{"module": None, "message": "no"}]),
        reply(verdicts=[{"requirement": "R1", "status": "unmet", "evidence": "x"}]),
        reply(verdicts=[{"requirement": "R1", "status": "recorded", "evidence": "x"}]),
        reply(verdicts=[{"requirement": "R2", "status": "met", "evidence": "x"}]),
        reply(verdicts=[{"requirement": "R1", "status": "met", "evidence": ""}]),
    ],
)
def test_any_other_reply_is_unreadable(text):
    with pytest.raises(UnreadableReply):
        parse_review(text, ["R1"])


def test_only_plain_words_may_be_excused():
    excused = reply(verdicts=[{"requirement": "R1", "status": "recorded", "evidence": "x"}])
    assert parse_review(excused, ["R1"], ["R1"]).passed


def judged(requirement, *, ran=(), failed=(), checks=()):
    findings = [{"message": f"{name}: AssertionError"} for name in failed]
    report = {
        "checks": [
            {
                "id": "app.tests",
                "passed": not failed,
                "facts": {"ran": [*ran, *failed]},
                "findings": findings,
            },
            *({"id": name, "passed": True, "facts": {}, "findings": []} for name in checks),
        ]
    }
    shown = evidence(Trace(requirements=(requirement,)), report)
    return json.loads(Offline().review(shown))["verdicts"][0]


def test_a_requirement_is_met_when_all_its_tests_ran_and_passed():
    wanted = Traced(id="R1", kind="rule", text="x", module="visit", tests=("a", "b"))
    assert judged(wanted, ran=["a", "b"])["status"] == "met"


@pytest.mark.parametrize(("ran", "failed"), [(["a"], []), (["a"], ["b"]), ([], [])])
def test_a_requirement_is_not_met_when_a_test_of_it_failed_or_did_not_run(ran, failed):
    wanted = Traced(id="R1", kind="rule", text="x", module="visit", tests=("a", "b"))
    verdict = judged(wanted, ran=ran, failed=failed)
    assert (verdict["status"], verdict["module"]) == ("unmet", "visit")


def test_a_promise_of_the_runtime_is_proved_by_the_checks():
    wanted = Traced(id="R1", kind="sign_in", text="x")
    assert judged(wanted, checks=["app.boots"])["status"] == "met"
    assert judged(wanted)["status"] == "unmet"


def test_a_rule_without_a_test_is_not_met_and_plain_words_are_only_recorded():
    assert judged(Traced(id="R1", kind="rule", text="x"))["status"] == "unmet"
    assert judged(Traced(id="R1", kind="rule", text="x", in_words=True))["status"] == "recorded"


def test_an_engine_may_write_what_the_scaffold_leaves_to_it():
    files = {
        "business/visit/rules.py": "RULES = [1]\n",
        "business/visit/templates/visit/a.html": "x",
    }
    refuse_foreign_files("visit", BASELINE, files, WRITABLE)
    attempt = written(BASELINE, files, "claude")
    assert attempt.engine == "claude"
    assert attempt.files["business/visit/models.py"] == "\n"


def test_an_engine_that_changes_nothing_has_left_the_baseline():
    assert written(BASELINE, dict(BASELINE), "claude").engine == "baseline"


@pytest.mark.parametrize(
    "path",
    [
        "business/visit/models.py",
        "business/visit/migrations/0001_initial.py",
        "business/patient/rules.py",
        "business/visit/tests/test_rules.py.bak",
        "business/app.py",
        "accounts/models.py",
        "../rules.py",
    ],
)
def test_an_engine_may_write_nowhere_else(path):
    with pytest.raises(ForbiddenPath):
        refuse_foreign_files("visit", BASELINE, {path: "x"}, WRITABLE)


def test_what_is_not_text_is_unreadable():
    with pytest.raises(UnreadableReply):
        refuse_foreign_files("visit", BASELINE, {"business/visit/rules.py": None}, WRITABLE)


@pytest.mark.parametrize(
    "change",
    [
        {"slug": "../x"},
        {"slug": "a/b"},
        {"generation_id": "x"},
        {"tenant_id": RUN["tenant_id"].upper() + "!"},
        {"app_number": 0},
        {"secret": "x"},
        {"locale": "español"},
    ],
)
def test_a_run_whose_parts_could_leave_their_place_is_refused(change):
    with pytest.raises(InvalidRequest) as refused:
        parse_run({**RUN, **change})
    assert refused.value.facts["errors"]


@pytest.mark.parametrize("kind", keys.KINDS)
def test_inbox_keys_are_read_as_they_are_written(kind):
    run = Run(**RUN)
    arrived = keys.arrival(keys.inbox(run, kind, 3))
    assert (arrived.tenant_id, arrived.generation_id) == (run.tenant_id, run.generation_id)
    assert (arrived.kind, arrived.round) == (kind, 3)
