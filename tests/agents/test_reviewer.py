"""The reviewer: judges what was executed in the modules a model wrote; it can take a verdict away and never give one."""

from __future__ import annotations

import json

import pytest

from chalicelib.agents import replies
from chalicelib.agents.offline import Offline
from chalicelib.errors import Cancelled, ModelAccountRefused, ModelBusy, UnreadableReply
from chalicelib.generation.design_document import design_document
from chalicelib.generation.evidence import evidence
from chalicelib.generation.review import parse_review
from chalicelib.generation.trace import trace
from tests.agents.business import BASELINE, DESIGN, MVS, RULES, TESTS, requirement, written
from tests.agents.scripted import Desktop, answer, good, verdict, words

TRACE = trace(MVS, DESIGN)
PROVED = ("app.boots", "isolation.policies", "isolation.database_attack", "isolation.ui_attack",
          "isolation.api_attack", "migrations.apply", "migrations.match_models")  # fmt: skip
FILES = BASELINE.merge({each.path: each.text for each in written().files})
ALL_TESTS = [test for each in TRACE.requirements for test in each.tests]


def shown(*, failed=(), by_model=("visit",), forgotten=()):
    ran = [test for test in ALL_TESTS if test not in forgotten]
    findings = [{"message": f"{test}: AssertionError"} for test in failed]
    tests = {"id": "app.tests", "passed": not failed, "facts": {"ran": ran}, "findings": findings}
    checks = [{"id": name, "passed": True, "facts": {}, "findings": []} for name in PROVED]
    baselines = {"patient", "visit"} - set(by_model)
    return evidence(
        TRACE.as_written(baselines),
        {"checks": [tests, *checks]},
        design=design_document(DESIGN),
        files=FILES,
        written=by_model,
    )


def reviewed(given, *brains, **options):
    desk = Desktop(*brains, stage="Review", **options)
    text = desk.engine.review(given)
    wanted = [each["id"] for each in given["requirements"]]
    in_words = [each["id"] for each in given["requirements"] if each["in_words"]]
    desk.review = parse_review(text, wanted, in_words)
    return desk


def of(review, id_):
    return next(each for each in review.verdicts if each.requirement == id_)


def saying(**changes):
    """A judgement that is good but for the rule in words."""

    def brain(question):
        given = good(question).model_dump()
        given["verdicts"] = [
            {**each, **changes} if each["requirement"] == requirement() else each
            for each in given["verdicts"]
        ]
        return replies.Judgement(**given)

    return brain


def test_a_review_judges_every_requirement_and_the_model_those_of_what_was_written():
    desk = reviewed(shown(), good)
    asked = words(desk.chat.asked[0])
    assert desk.review.passed
    assert desk.review.reviewer == "claude"
    assert {each.requirement for each in desk.review.verdicts} == {e.id for e in TRACE.requirements}
    mine = [each.id for each in TRACE.requirements if each.module == "visit"]
    assert all(f'"id": "{id_}"' in asked for id_ in mine)
    assert '"id": "R1"' not in asked


def test_a_reviewer_sees_the_files_that_may_be_written_with_their_lines_and_no_others():
    asked = words(reviewed(shown(), good).chat.asked[0])
    assert f"== {RULES}\n1: " in asked
    assert f"== {TESTS}" in asked
    assert "== business/visit/models.py" not in asked
    assert "== business/patient" not in asked


def test_a_reviewer_is_told_what_was_executed_for_each_requirement():
    asked = words(reviewed(shown(), good).chat.asked[0])
    assert "met: Executed and passed: business.visit.tests.test_rules" in asked


def test_what_a_reviewer_finds_unmet_fails_the_round_with_its_place():
    brain = saying(status="unmet", evidence="Se cuenta a sí misma.", file=RULES, line=3)
    review = reviewed(shown(), brain).review
    found = of(review, requirement())
    assert not review.passed
    assert (found.status, found.file, found.line, found.module) == ("unmet", RULES, 3, "visit")


def test_what_did_not_pass_stays_unmet_whatever_a_reviewer_says():
    test = next(t for t in ALL_TESTS if t.endswith("test_one_visit_a_day"))
    for given in (shown(failed=[test]), shown(forgotten=[test])):
        review = reviewed(given, good).review
        assert of(review, requirement()).status == "unmet"
        assert not review.passed


def test_an_objection_fails_the_round():
    objection = {"module": "visit", "file": RULES, "line": 1, "message": "Una consulta por fila."}

    def brain(question):
        return replies.Judgement(**{**good(question).model_dump(), "objections": [objection]})

    review = reviewed(shown(), brain).review
    assert not review.passed
    assert review.objections[0].module == "visit"


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda given: {**given, "verdicts": given["verdicts"][1:]}, "exactly once"),
        (lambda given: {**given, "verdicts": [*given["verdicts"], verdict("R1")]}, "exactly once"),
        (lambda given: {**given, "verdicts": given["verdicts"] * 2}, "exactly once"),
        (
            lambda given: {
                **given,
                "verdicts": [{**each, "status": "recorded"} for each in given["verdicts"]],
            },
            "is not in words",
        ),
        (
            lambda given: {
                **given,
                "verdicts": [{**each, "file": "business/app.py"} for each in given["verdicts"]],
            },
            "not a file you were given",
        ),
        (
            lambda given: {
                **given,
                "verdicts": [{**e, "file": RULES, "line": 9999} for e in given["verdicts"]],
            },
            "no line 9999",
        ),
        (
            lambda given: {
                **given,
                "objections": [{"module": "patient", "file": None, "line": None, "message": "x"}],
            },
            "not one of the modules",
        ),
        (
            lambda given: {
                **given,
                "verdicts": [
                    {**each, "evidence": "The test of it was run and it is there for all to see."}
                    for each in given["verdicts"]
                ],
            },
            "language 'es'",
        ),
    ],
)
def test_a_judgement_that_makes_no_sense_is_sent_back(spoil, fault):
    def bad(question):
        return json.dumps(spoil(good(question).model_dump(mode="json")))

    desk = reviewed(shown(), bad, good)
    assert fault in desk.said[1]
    assert desk.review.passed


@pytest.mark.parametrize("said", ["looks good to me", '{"passed": true}', ""])
def test_a_review_that_can_not_be_read_even_when_mended_is_a_failed_one(said):
    desk = Desktop(said, stage="Review")
    with pytest.raises(UnreadableReply):
        desk.engine.review(shown())
    assert len(desk.chat.asked) == 3


@pytest.mark.parametrize("stop", ["refusal", "model_context_window_exceeded"])
def test_a_reviewer_who_declines_leaves_the_checklist(stop):
    desk = reviewed(shown(), lambda question: answer(question, "no", stop))
    assert desk.review.reviewer == "offline"
    assert "checklist alone" in desk.engine.note


def test_a_reviewer_who_can_not_be_paid_leaves_the_checklist():
    desk = reviewed(shown(), good, budget=5)
    assert (desk.review.reviewer, desk.chat.asked) == ("offline", [])


def test_nobody_is_asked_about_what_the_templates_wrote():
    given = shown(by_model=())
    desk = reviewed(given, good)
    assert desk.chat.asked == []
    assert desk.review == parse_review(
        Offline().review(given), [each.id for each in TRACE.requirements], [requirement()]
    )


def test_a_rule_in_words_whose_module_is_its_baseline_again_is_only_recorded():
    assert of(reviewed(shown(by_model=()), good).review, requirement()).status == "recorded"


def test_a_rule_that_nothing_proves_stays_recorded_however_good_the_reviewer_finds_it():
    given = shown()
    given["requirements"] = [
        {**each, "tests": [], "in_words": True} if each["id"] == requirement() else each
        for each in given["requirements"]
    ]
    desk = reviewed(given, saying(status="met"))
    assert f'"id": "{requirement()}"' in words(desk.chat.asked[0])
    assert of(desk.review, requirement()).status == "recorded"


@pytest.mark.parametrize("kind", [ModelBusy, ModelAccountRefused, Cancelled])
def test_what_the_world_or_a_person_did_is_raised(kind):
    with pytest.raises(kind):
        Desktop(kind("x"), stage="Review").engine.review(shown())
