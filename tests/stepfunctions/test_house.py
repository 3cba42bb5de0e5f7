"""Rules of the house for every state machine: what the definition promises, read from the definition."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from chalicelib import errors
from chalicelib.deployment.stages import CLEAN_UP_ATTEMPTS
from chalicelib.generation.verdict import DEPLOYMENT_STATES, Ending
from tests.stepfunctions.machine import ASL, definition

SERVICE_NAMES = re.compile(r"(States|Lambda|Runtime|Sandbox)\.[A-Za-z]+")
MACHINE = definition()
ONLY_AT_THE_HTTP_DOOR = {"ProviderBusy"}
"""Nobody signs in inside the machine."""
ONLY_AN_OPERATOR_CAN_MEND = {"ModelAccountRefused", "PaymentsAccountRefused"}
"""The same question a moment later is refused again; the run ends and can be resumed."""


def nested(states):
    for name, state in states.items():
        yield name, state
        for branch in state.get("Branches", []):
            yield from nested(branch["States"])
        if "ItemProcessor" in state:
            yield from nested(state["ItemProcessor"]["States"])


STATES = dict(nested(MACHINE["States"]))
TASKS = {name: state for name, state in STATES.items() if state["Type"] == "Task"}
CONFIG = json.loads(Path(".chalice/config.json").read_text())


def is_world(name):
    kind = getattr(errors, name, None)
    return bool(SERVICE_NAMES.fullmatch(name)) or issubclass(kind, errors.Unavailable)


def leaves(kind):
    below = kind.__subclasses__()
    return {kind.__name__} if not below else set().union(*map(leaves, below))


def test_state_names_are_unique_over_the_whole_machine():
    assert len(STATES) == len(list(nested(MACHINE["States"])))


@pytest.mark.parametrize("name", TASKS)
def test_every_task_has_a_time_limit_longer_than_its_lambdas(name):
    function = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    for stage in CONFIG["stages"].values():
        of_stage = stage.get("lambda_functions", {}).get(function, {})
        limit = of_stage.get("lambda_timeout") or stage.get("lambda_timeout")
        limit = limit or CONFIG["lambda_functions"][function]["lambda_timeout"]
        assert 0 < limit < TASKS[name]["TimeoutSeconds"] <= 900


@pytest.mark.parametrize("name", TASKS)
def test_every_error_named_is_one_of_ours_or_the_services(name):
    rules = TASKS[name].get("Retry", []) + TASKS[name].get("Catch", [])
    for error in [error for rule in rules for error in rule["ErrorEquals"]]:
        assert SERVICE_NAMES.fullmatch(error) or hasattr(errors, error)


@pytest.mark.parametrize("name", TASKS)
def test_retry_is_on_the_worlds_errors_only_and_on_all_of_them(name):
    retried = {error for rule in TASKS[name]["Retry"] for error in rule["ErrorEquals"]}
    assert [error for error in retried if not is_world(error)] == []
    elsewhere = ONLY_AT_THE_HTTP_DOOR | ONLY_AN_OPERATOR_CAN_MEND
    assert retried == {name for name in retried if SERVICE_NAMES.fullmatch(name)} | (
        leaves(errors.Unavailable) - elsewhere
    )
    assert all(rule["MaxAttempts"] <= CLEAN_UP_ATTEMPTS for rule in TASKS[name]["Retry"])


def test_the_clean_up_knows_which_try_is_its_last():
    assert TASKS["CleanUp"]["Retry"][0]["MaxAttempts"] == CLEAN_UP_ATTEMPTS


@pytest.mark.parametrize("name", [name for name in MACHINE["States"] if "Resource" in STATES[name]])
def test_every_failure_is_caught_and_says_where(name):
    (catch,) = STATES[name]["Catch"]
    assert catch["ErrorEquals"] == ["States.ALL"]
    if name == "CleanUp":
        assert catch["Next"] == "CleanUpFailed"
    else:
        assert (catch["Next"], catch["Assign"]["failure"]["stage"]) == ("CleanUp", name)


def test_every_state_can_be_reached():
    def follow(name):
        if name in seen:
            return
        seen.add(name)
        state = MACHINE["States"][name]
        edges = [state.get("Next"), state.get("Default")]
        edges += [rule["Next"] for rule in state.get("Catch", []) + state.get("Choices", [])]
        for edge in filter(None, edges):
            follow(edge)

    seen = set()
    follow(MACHINE["StartAt"])
    assert seen == set(MACHINE["States"])


def test_every_end_has_a_name_of_its_own():
    fails = {name: state["Error"] for name, state in STATES.items() if state["Type"] == "Fail"}
    assert all(name == error for name, error in fails.items())
    assert set(fails) == set(get_args(Ending)) | {"CleanUpFailed"}
    assert {name for name, state in STATES.items() if state["Type"] == "Succeed"} == {"Delivered"}


def test_the_endings_the_code_names_are_those_the_machine_knows():
    chosen = {rule["Next"] for rule in STATES["Ending"]["Choices"]} | {STATES["Ending"]["Default"]}
    assert chosen == set(get_args(Ending))


def test_the_states_that_deploy_are_those_after_the_decision():
    after = list(MACHINE["States"])
    deploying = after[after.index("ProvisionDatabase") : after.index("Delivered")]
    assert set(deploying) == DEPLOYMENT_STATES


def test_every_function_named_is_a_lambda_of_app_py():
    named = set(re.findall(r"\$\{(\w+)\}", ASL.read_text()))
    declared = set(re.findall(r'lambda_function\(name="(\w+)"\)', Path("app.py").read_text()))
    assert named == {"".join(map(str.capitalize, each.split("_"))) for each in declared} - {
        "AnswerTurn",
        "DoJobs",
        "ProcessArtifact",
        "ReadSpreadsheet",
        "Sweep",
        "TaskStopped",
    }
    assert named == set(TASKS)


def test_every_lambda_names_what_it_may_do():
    for function, settings in CONFIG["lambda_functions"].items():
        policy = Path(".chalice", settings["iam_policy_file"]).read_text()
        may = {a for s in json.loads(policy)["Statement"] for a in s["Action"]}
        assert "*" not in may
        assert not any(action.endswith(":*") for action in may), function


def test_waiting_states_are_those_that_pass_a_token_on():
    for name, state in TASKS.items():
        is_waiting = state["Resource"].endswith(".waitForTaskToken")
        payload = state["Arguments"].get("Payload", {})
        assert ("task_token" in payload) == is_waiting, name
