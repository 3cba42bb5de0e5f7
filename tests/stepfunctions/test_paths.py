"""Every path through the state machine, walked in an interpreter of ASL; what the Lambdas do inside is tested elsewhere."""

from __future__ import annotations

import pytest

from chalicelib.generation.verdict import ending
from tests.stepfunctions.lambdas import (
    DEPLOYMENT,
    INSIDE,
    RUN,
    TASKS,
    WAITING,
    Lambdas,
    failing,
    in_turn,
    raising,
    resuming,
    verdict,
)
from tests.stepfunctions.machine import machine

WORLD = (
    ("ModelBusy", "DatabaseBusy", "CloudBusy", "PaymentsBusy"),
    ("Lambda.ServiceException", "Lambda.TooManyRequestsException", "Lambda.SdkClientException"),
    ("Lambda.Unknown", "Lambda.AWSLambdaException", "Runtime.ExitError", "Sandbox.Timedout"),
)
OURS = ("UnreadableReply", "ZeroDivisionError", "NotFound")


def walk(lambdas, given=None, **options):
    with machine(lambdas, **options) as run:
        return run(RUN if given is None else given)


def cleaning(event):
    return {"ending": ending(event["failure"]["stage"], event["failure"]["error"])}


def test_the_happy_path_visits_every_stage_once_and_ends_with_the_url():
    lambdas = Lambdas()
    done = walk(lambdas)
    assert done.status == "SUCCEEDED"
    assert done.output == {
        "generation_id": RUN["generation_id"],
        "url": "https://clinica-sonrisa.example",
    }
    assert [name for name in TASKS if len(lambdas.called(name)) != 1] == ["GenerateModule"]
    assert sorted(event["module"] for event in lambdas.called("GenerateModule")) == [
        "patient",
        "visit",
    ]
    assert lambdas.called("CleanUp") == []
    assert lambdas.called("PushImage")[0]["round"] == 1


def test_only_the_failing_module_is_written_again_with_the_notes():
    lambdas = Lambdas(
        Decide=in_turn(lambda e: verdict("again", ("visit",)), lambda e: verdict("deploy"))
    )
    assert walk(lambdas).status == "SUCCEEDED"
    second = [event for event in lambdas.called("GenerateModule") if event["round"] == 2]
    assert [(event["module"], event["notes"]) for event in second] == [("visit", "notes/1.json")]
    assert [event["round"] for event in lambdas.called("Assemble")] == [1, 2]
    assert lambdas.called("PushImage")[0]["round"] == 2


def test_several_failing_modules_are_written_again_in_parallel():
    lambdas = Lambdas(
        Decide=in_turn(
            lambda e: verdict("again", ("patient", "visit")), lambda e: verdict("deploy")
        )
    )
    assert walk(lambdas).status == "SUCCEEDED"
    assert len([e for e in lambdas.called("GenerateModule") if e["round"] == 2]) == 2


@pytest.mark.parametrize(
    ("error", "state"), [("FailedChecks", "ChecksGaveUp"), ("FailedReview", "ReviewGaveUp")]
)
def test_a_verdict_of_giving_up_ends_in_its_own_state(error, state):
    lambdas = Lambdas(
        Decide=in_turn(
            lambda e: verdict("again", ("visit",)),
            lambda e: verdict("again", ("visit",)),
            lambda e: verdict("give_up", error=error),
        ),
        CleanUp=cleaning,
    )
    ended = walk(lambdas)
    assert (ended.status, ended.error) == ("FAILED", state)
    assert ended.cause == f'Decide: {error}: a "quoted" reason'
    assert len(lambdas.called("Decide")) == 3
    assert not {name for name, _ in lambdas.calls} & set(DEPLOYMENT)


@pytest.mark.parametrize(
    ("state", "error"),
    [(state, OURS[number % len(OURS)]) for number, state in enumerate(TASKS)],
)
def test_an_error_that_waiting_can_not_mend_is_not_retried_and_ends_in_a_named_state(state, error):
    lambdas = Lambdas(**{state: raising(error), "CleanUp": cleaning})
    ended = walk(lambdas)
    where = INSIDE.get(state, state)
    assert (ended.status, ended.error) == ("FAILED", ending(where, error))
    assert ended.cause.startswith(f"{where}: {error}: ")
    assert len(lambdas.called(state)) <= 2  # the Map may have begun its other module
    assert lambdas.called("CleanUp")[0]["failure"]["stage"] == where
    assert lambdas.called("CleanUp")[0]["run"] == RUN


@pytest.mark.parametrize("errors", WORLD, ids=lambda errors: errors[0])
@pytest.mark.parametrize("state", ["WritePrd", "GenerateModule", "RunChecks", "StartService"])
def test_a_busy_world_is_asked_again_and_the_run_goes_on(state, errors):
    usual = Lambdas()[state]
    lambdas = Lambdas(["patient"], **{state: in_turn(*map(raising, errors), usual)})
    assert walk(lambdas).status == "SUCCEEDED"
    assert len(lambdas.called(state)) == len(errors) + 1


@pytest.mark.parametrize("state", TASKS)
def test_a_world_that_stays_busy_ends_the_run_after_a_few_tries(state):
    lambdas = Lambdas(["patient"], **{state: raising("CloudBusy"), "CleanUp": cleaning})
    ended = walk(lambdas)
    expected = "DeploymentFailed" if state in DEPLOYMENT else "StillUnavailable"
    assert (ended.status, ended.error) == ("FAILED", expected)
    assert len(lambdas.called(state)) == 5


@pytest.mark.parametrize("state", WAITING)
def test_a_report_that_lies_fails_the_waiting_state(state):
    lambdas = Lambdas(**{state: failing("UntrustedReport", "wrong nonce"), "CleanUp": cleaning})
    ended = walk(lambdas)
    assert ended.error == ending(state, "UntrustedReport")
    assert ended.cause.startswith(f"{state}: UntrustedReport: ")


@pytest.mark.parametrize("state", WAITING)
def test_a_report_that_never_comes_is_waited_for_twice_and_then_fails_the_run(state):
    lambdas = Lambdas(**{state: lambda event: None, "CleanUp": cleaning})
    ended = walk(lambdas, timeouts={state: 1})
    assert ended.error == ending(state, "States.Timeout")
    assert len(lambdas.called(state)) == 2


@pytest.mark.parametrize("state", WAITING)
def test_every_attempt_of_a_waiting_state_brings_a_token(state):
    usual = Lambdas()[state]
    lambdas = Lambdas(**{state: in_turn(raising("CloudBusy"), usual)})
    assert walk(lambdas).status == "SUCCEEDED"
    assert all(event["task_token"] for event in lambdas.called(state))


@pytest.mark.parametrize("state", TASKS)
def test_a_cancelled_run_ends_as_cancelled_wherever_it_is(state):
    lambdas = Lambdas(**{state: raising("Cancelled"), "CleanUp": cleaning})
    ended = walk(lambdas)
    assert (ended.status, ended.error) == ("FAILED", "WasCancelled")


@pytest.mark.parametrize("state", WAITING)
def test_cancelling_while_a_state_waits_ends_the_wait(state):
    lambdas = Lambdas(**{state: failing("Cancelled"), "CleanUp": cleaning})
    assert walk(lambdas).error == "WasCancelled"


def test_a_truthful_report_of_failure_is_judged_and_not_an_error():
    lambdas = Lambdas(
        RunChecks=resuming({"report": "checks/1.json", "passed": False, "failing": ["visit"]}),
        Decide=in_turn(lambda e: verdict("again", ("visit",)), lambda e: verdict("deploy")),
    )
    assert walk(lambdas).status == "SUCCEEDED"


def test_a_clean_up_that_fails_still_ends_in_a_named_state():
    lambdas = Lambdas(Converge=raising("NotFound"), CleanUp=raising("KeyError"))
    ended = walk(lambdas)
    assert (ended.status, ended.error) == ("FAILED", "CleanUpFailed")
    assert ended.cause.startswith("Converge: NotFound")


def test_a_clean_up_is_tried_many_times_and_told_which_try_it_is():
    lambdas = Lambdas(Converge=raising("NotFound"), CleanUp=raising("CloudBusy"))
    assert walk(lambdas).error == "CleanUpFailed"
    assert [event["attempt"] for event in lambdas.called("CleanUp")] == [0, 1, 2, 3, 4, 5, 6]


def test_a_run_that_is_no_run_ends_as_invalid():
    lambdas = Lambdas(Orchestrate=raising("InvalidRequest"), CleanUp=cleaning)
    assert walk(lambdas, {"nonsense": True}).error == "InvalidRun"


def test_an_answer_without_what_the_next_states_need_ends_in_a_named_state():
    lambdas = Lambdas(PushImage=lambda event: {"other": 1}, CleanUp=cleaning)
    ended = walk(lambdas)
    assert ended.error == "DeploymentFailed"
    assert "States.QueryEvaluationError" in ended.cause


def test_a_single_module_is_still_a_list():
    lambdas = Lambdas(["patient"])
    assert walk(lambdas).status == "SUCCEEDED"
    assert len(lambdas.called("GenerateModule")) == 1
