"""No run stays open for ever: what the sweep does with each way in which a run can be left behind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from chalicelib.deployment.stages import CLEAN_UP_ATTEMPTS
from chalicelib.deployment.sweep import sweep
from chalicelib.errors import CloudBusy
from chalicelib.generation import keys
from chalicelib.generation.ports import Execution, Stage
from chalicelib.generation.records import Watched, run_identity
from chalicelib.generation.run import Run
from chalicelib.generation.verdict import reason
from tests.fakes import Apps, Generations
from tests.run_fakes import Artifacts, Machine, Runs

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
QUIET_S = 300
RUNS = Execution(is_running=True)


def ended(minutes_ago=60, status="ABORTED"):
    return Execution(False, status, NOW - timedelta(minutes=minutes_ago))


@dataclass
class Left:
    """One generation as somebody left it."""

    since: datetime
    tenant_id: object
    row: object

    @property
    def watched(self):
        return Watched(self.tenant_id, self.row.id, self.since)


class World:
    def __init__(self):
        self.apps, self.artifacts, self.runs, self.machine = Apps(), Artifacts(), Runs(), Machine()
        self.generations = Generations(self.apps)
        self.left, self.forgotten, self.tidied, self.fault = [], [], [], None

    def leave(self, minutes_ago=10, execution=None, mvs=None):
        tenant = uuid4()
        app = self.apps.create(tenant, name="A", locale="es", mvs=mvs or {"a": 1}, by="test")
        started = self.generations.start(
            tenant, app.id, engine="offline", idempotency_key="k", request_sha256="0", by="test"
        )
        self.left.append(Left(NOW - timedelta(minutes=minutes_ago), tenant, started.generation))
        if execution:
            self.machine.executions[str(started.generation.id)] = execution
        return self.left[-1]

    def due(self, quiet_s):
        due = (each.watched for each in self.left)
        return [each for each in due if NOW - each.since >= timedelta(seconds=quiet_s)]

    def forget(self, tenant_id, generation_id):
        self.forgotten.append(generation_id)

    def clean_up(self, identity, failure, attempt):
        if self.fault:
            raise self.fault
        self.tidied.append((identity["generation_id"], failure, attempt))
        run = Run(**identity)
        self.generations.fail(
            run.tenant,
            run.generation,
            stage=failure.stage,
            error=failure.error,
            reason=reason(failure),
        )

    def sweep(self, quiet_s=QUIET_S):
        ports = {name: getattr(self, name) for name in PORTS}
        return sweep(quiet_s, NOW, watch=self, clean_up=self.clean_up, **ports)

    def now(self, left):
        return self.generations.read(left.tenant_id, left.row.id)


PORTS = ("apps", "generations", "artifacts", "runs", "machine")


@pytest.fixture
def world():
    return World()


def test_a_run_that_runs_is_left_alone_and_shown_as_running(world):
    left = world.leave(execution=RUNS)
    assert world.sweep() == {str(left.row.id): "runs"}
    assert world.now(left).status == "running"
    assert world.tidied == []


def test_a_run_whose_execution_was_stopped_fails_where_it_was_last_heard_of(world):
    left = world.leave(execution=ended())
    for number in range(600):
        world.runs.tell(str(left.row.id), Stage("GenerateModule", 1, f"m{number}"), "started")
    world.runs.tell(str(left.row.id), Stage("RunChecks"), "started")
    assert world.sweep() == {str(left.row.id): "failed in RunChecks"}
    row = world.now(left)
    assert (row.status, row.failure_stage, row.failure_error) == (
        "failed",
        "RunChecks",
        "Interrupted",
    )
    assert row.failure_reason.startswith("The run was interrupted in RunChecks (ABORTED).")
    assert not row.is_charged


@pytest.mark.parametrize("status", ["TIMED_OUT", "FAILED", "SUCCEEDED"])
def test_every_end_without_a_closed_row_is_a_failure(world, status):
    left = world.leave(execution=ended(status=status))
    world.sweep()
    assert status in world.now(left).failure_reason


def test_an_execution_that_ended_just_now_is_given_time(world):
    left = world.leave(execution=ended(minutes_ago=2))
    assert world.sweep() == {str(left.row.id): "ended just now"}
    assert world.sweep(quiet_s=0) == {str(left.row.id): "failed in Begin"}


def test_a_young_one_is_not_looked_at(world):
    world.leave(minutes_ago=1)
    assert world.sweep() == {}


def test_one_that_never_began_begins(world):
    left = world.leave(minutes_ago=10)
    assert world.sweep() == {str(left.row.id): "begun"}
    app = world.apps.read(left.tenant_id, left.row.app_id)
    assert world.machine.started == [run_identity(app, left.row)]
    assert world.now(left).status == "running"
    assert world.artifacts.json(
        keys.document(Run(**run_identity(app, left.row)), "mvs.json")
    ) == {"a": 1}  # fmt: skip


def test_one_that_never_began_and_is_old_fails(world):
    left = world.leave(minutes_ago=31)
    world.sweep()
    assert "interrupted before it began" in world.now(left).failure_reason
    assert world.machine.started == []


def test_one_that_never_began_and_whose_mvs_was_replaced_fails(world):
    left = world.leave(minutes_ago=10)
    world.apps.update_mvs(left.tenant_id, left.row.app_id, mvs={"b": 2}, by="test")
    world.sweep()
    row = world.now(left)
    assert (row.status, row.failure_error) == ("failed", "Conflict")


def test_a_cancelled_one_is_tidied_up_once(world):
    left = world.leave(execution=ended())
    world.generations.cancel(left.tenant_id, left.row.id, by="test")
    assert world.sweep() == {str(left.row.id): "tidied up"}
    assert world.forgotten == [left.row.id]
    assert world.now(left).status == "cancelled"


def test_one_that_can_not_be_helped_does_not_keep_the_others(world):
    helpless, other = world.leave(execution=ended()), world.leave(execution=RUNS)
    world.fault = CloudBusy("ECS is busy")
    assert world.sweep() == {
        str(helpless.row.id): "CloudBusy: ECS is busy",
        str(other.row.id): "runs",
    }
    assert world.now(helpless).is_open


def test_after_hours_the_row_is_closed_whatever_happens(world):
    world.leave(minutes_ago=13 * 60, execution=ended())
    world.sweep()
    assert [attempt for _, _, attempt in world.tidied] == [CLEAN_UP_ATTEMPTS]


def test_sweeping_again_changes_nothing(world):
    left = world.leave(execution=ended())
    world.sweep()
    row = world.now(left)
    world.sweep()
    assert world.now(left) == row
