"""What happens after a round, and what a failed run is called."""

from __future__ import annotations

import json

import pytest

from chalicelib import errors
from chalicelib.generation.verdict import BASELINE, Failure, Fault, Round, decide, ending, reason

ENGINES = {"patient": "claude", "visit": "claude", "room": BASELINE}


def failed(number=1, *faults, checks=False):
    return Round(number, checks_passed=checks, review_passed=False, faults=faults)


def leak(module="visit", message="saw another tenant's row"):
    return Fault(module, "attack", message)


def test_a_clean_round_is_deployed():
    assert decide(Round(1, True, True), None, ENGINES, 3).decision == "deploy"


def test_a_round_that_passed_its_checks_but_not_its_review_is_not_deployed():
    assert decide(failed(1, leak(), checks=True), None, ENGINES, 3).decision == "again"


def test_only_failing_modules_are_written_again_each_with_its_own_notes():
    verdict = decide(failed(1, leak(), leak("visit", "other")), None, ENGINES, 3)
    assert verdict.failing == ("visit",)
    assert verdict.notes == {"visit": ("attack: saw another tenant's row", "attack: other")}
    assert verdict.from_baseline == ()


def test_a_fault_of_no_module_blames_every_module_an_engine_wrote():
    verdict = decide(failed(1, leak(None)), None, ENGINES, 3)
    assert verdict.failing == ("patient", "visit")
    assert verdict.notes["patient"] == ("attack: saw another tenant's row",)


def test_a_fault_of_no_module_beside_one_that_names_its_module_waits_for_that_one():
    assert decide(failed(1, leak(None), leak()), None, ENGINES, 3).failing == ("visit",)


def test_a_fault_in_a_baseline_can_not_be_repaired_by_writing_it_again():
    verdict = decide(failed(1, leak("room")), None, ENGINES, 3)
    assert (verdict.decision, verdict.error) == ("give_up", "FailedChecks")
    assert "saw another tenant's row" in verdict.reason


def test_the_same_faults_twice_end_the_engines_part_and_leave_the_baseline():
    verdict = decide(failed(2, leak()), failed(1, leak()), ENGINES, 4)
    assert verdict.from_baseline == verdict.failing == ("visit",)


def test_other_faults_than_before_are_worth_another_attempt():
    assert decide(failed(2, leak()), failed(1, leak("visit", "x")), ENGINES, 4).from_baseline == ()


def test_the_last_round_is_written_from_the_baseline():
    assert decide(failed(2, leak()), None, ENGINES, 3).from_baseline == ("visit",)


@pytest.mark.parametrize(("checks", "error"), [(False, "FailedChecks"), (True, "FailedReview")])
def test_after_the_last_round_it_gives_up_and_says_on_what(checks, error):
    verdict = decide(failed(3, leak(), checks=checks), None, ENGINES, 3)
    assert (verdict.decision, verdict.error) == ("give_up", error)


def leaves(kind):
    below = kind.__subclasses__()
    return [kind] if not below else [leaf for each in below for leaf in leaves(each)]


@pytest.mark.parametrize("kind", leaves(errors.PlatformError), ids=lambda kind: kind.__name__)
def test_every_error_has_an_ending_that_says_whose_turn_it_was(kind):
    name = ending("Review", kind.__name__)
    special = {
        "Cancelled": "WasCancelled",
        "FailedChecks": "ChecksGaveUp",
        "UntrustedReport": "ChecksGaveUp",
        "FailedReview": "ReviewGaveUp",
    }
    turn = {
        errors.Refused: "InvalidRun",
        errors.Rejected: "EngineGaveUp",
        errors.Unavailable: "StillUnavailable",
    }
    ours = "Unexpected"
    by_turn = next((state for parent, state in turn.items() if issubclass(kind, parent)), ours)
    assert name == special.get(kind.__name__, by_turn)


@pytest.mark.parametrize(
    ("stage", "error", "name"),
    [
        ("StartService", "CloudBusy", "DeploymentFailed"),
        ("StartService", "Cancelled", "WasCancelled"),
        ("RunChecks", "States.Timeout", "ChecksGaveUp"),
        ("Assemble", "States.Timeout", "StillUnavailable"),
        ("Design", "Lambda.Unknown", "StillUnavailable"),
        ("Design", "KeyError", "Unexpected"),
        ("Design", "os", "Unexpected"),
        ("Design", "Exception", "Unexpected"),
    ],
)
def test_other_ways_to_fail_have_their_ending_too(stage, error, name):
    assert ending(stage, error) == name


def test_the_reason_is_what_our_error_said():
    cause = json.dumps({"errorMessage": 'The "MVS" is wrong.', "errorType": "InvalidMvs"})
    assert reason(Failure("Orchestrate", "InvalidMvs", cause)) == 'The "MVS" is wrong.'
    assert reason(Failure("Orchestrate", "InvalidMvs", cause[:45])) == 'The "MVS" is wrong.'
    assert reason(Failure("RunChecks", "UntrustedReport", "wrong nonce")) == "wrong nonce"
    executed = "visit: test: a\0b\x1b[2J"
    assert reason(Failure("RunChecks", "UntrustedReport", executed)) == "visit: test: ab[2J"


def test_the_reason_of_what_we_did_not_foresee_shows_nothing_of_ours():
    cause = json.dumps({"errorMessage": "password=hunter2", "errorType": "KeyError"})
    assert "hunter2" not in reason(Failure("Design", "KeyError", cause))
