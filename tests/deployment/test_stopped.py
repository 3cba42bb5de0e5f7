"""The end of a one-off task: only silence is news, and it has one effect."""

from __future__ import annotations

import pytest

from chalicelib import events
from chalicelib.deployment import oneoff
from chalicelib.deployment.plan import ReportTo
from chalicelib.deployment.ports import NO_LONGER_NEEDED
from chalicelib.generation import keys
from tests.run_fakes import Artifacts, Machine, Runs

from .conftest import make_run


class Wires:
    def __init__(self):
        self.artifacts, self.runs, self.machine = Artifacts(), Runs(), Machine()


@pytest.fixture
def wires():
    return Wires()


@pytest.fixture(params=["checks", "migrate", "hand_over"])
def kind(request):
    return request.param


@pytest.fixture
def event(wires, run, kind):
    wait = wires.runs.open_wait(run, kind, 1, "token")
    mark = oneoff.started_by(kind, run, ReportTo(1, "", wait.nonce))
    return stopped(mark)


def stopped(started_by, code=137, reason="OutOfMemoryError: container killed"):
    """The shape of ECS's own event, as far as it is read."""
    return {
        "source": "aws.ecs",
        "detail-type": "ECS Task State Change",
        "detail": {
            "lastStatus": "STOPPED",
            "startedBy": started_by,
            "stoppedReason": reason,
            "containers": [{"name": "app", "exitCode": code}],
        },
    }


def test_a_silent_end_fails_the_wait_with_the_exit_code(wires, event, kind):
    assert events.task_stopped(event, wires) == {"outcome": "failed"}
    how, error, cause = wires.machine.ended["token"]
    assert (how, error) == ("failed", "UntrustedReport")
    assert "ended without a report (exit code 137: OutOfMemoryError" in cause
    assert wires.runs.told[-1]["status"] == "failed"


def test_events_that_come_twice_have_one_effect(wires, event):
    events.task_stopped(event, wires)
    told = len(wires.runs.told)
    assert events.task_stopped(event, wires) == {"outcome": "settled"}
    assert len(wires.runs.told) == told


def test_a_report_that_lies_in_the_inbox_wins(wires, event, run, kind):
    wires.artifacts.write(keys.inbox(run, kind, 1), b"{}")
    assert events.task_stopped(event, wires) == {"outcome": "reported"}
    assert wires.machine.ended == {}


def test_a_report_that_was_accepted_wins(wires, event, run, kind):
    wires.runs.settle_wait(run.generation_id, kind, 1, {"passed": True})
    assert events.task_stopped(event, wires) == {"outcome": "settled"}


def test_a_task_we_stopped_ourselves_is_no_news(wires, event):
    event["detail"]["stoppedReason"] = NO_LONGER_NEEDED
    assert events.task_stopped(event, wires) == {"outcome": "stopped by us"}


def test_an_older_task_of_the_same_name_is_not_the_one_waited_for(wires, event, run, kind):
    older = oneoff.started_by(kind, run, ReportTo(1, "", "another nonce"))
    assert events.task_stopped(stopped(older), wires) == {"outcome": "nobody_waits"}


def test_a_container_that_never_ran_says_why(wires, event):
    del event["detail"]["containers"][0]["exitCode"]
    event["detail"]["stoppedReason"] = "CannotPullContainerError: not found"
    events.task_stopped(event, wires)
    assert "it never ran: CannotPullContainerError" in wires.machine.ended["token"][2]


@pytest.mark.parametrize(
    "name",
    ["ecs-svc/123", "", "checks-1", "checks-00000000-0000-4000-8000-000000000000-1-nothexxx"],
)
def test_tasks_of_nobodys_are_left_alone(wires, name):
    assert events.task_stopped(stopped(name), wires) == {"outcome": "nobodys"}


def test_what_a_task_was_started_by_names_its_wait():
    run = make_run(3)
    for kind in ("checks", "migrate", "hand_over"):
        named = oneoff.started_by(kind, run, ReportTo(2, "", "n"))
        whose = oneoff.whose(named)
        assert (whose.kind, whose.generation_id, whose.round) == (kind, run.generation_id, 2)
        assert whose.mark == oneoff.mark_of("n")
