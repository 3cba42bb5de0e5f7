"""A Lambda may die between any effect and the next line, and be started again: the run ends as if it had not.

Every effect of a whole run (documents, records, events, tokens, images, databases, tasks, services) is a crash point. The
driver below plays the state machine: a stage that died is started again, an S3 event that was not handled comes again.
"""

from __future__ import annotations

import json

import pytest

from chalicelib import events, tasks
from chalicelib.generation import keys
from tests.deployment.fakes import Crash
from tests.run_fakes import Machine
from tests.stepfunctions.platform import TINY, Platform

CHANGING = {
    "artifacts": ("write",),
    "runs": ("record", "open_wait", "settle_wait"),
    "machine": ("resume", "fail"),
    "generations": ("succeed", "fail"),
}


class Playing(Platform):
    """A platform whose effects are counted; S3 events wait in a queue until the driver delivers them."""

    def __init__(self):
        self.inbox = []
        super().__init__(mvs=TINY)
        self.machine = self.wires.machine = Machine()
        self.arrived = 0
        for port, methods in CHANGING.items():
            for method in methods:
                self._count(getattr(self.wires, port), method)

    def _s3_event(self, key):
        self.inbox.append(key)

    def _count(self, port, method):
        plain = getattr(port, method)

        def counted(*args, **kwargs):
            result = plain(*args, **kwargs)
            self.world.happened(f"{type(port).__name__}.{method}")
            return result

        setattr(port, method, counted)

    def deliver(self):
        while self.inbox:
            key = self.inbox[0]
            patiently(lambda: events.process_artifact(s3_event(key), self.wires))  # noqa: B023
            self.inbox.pop(0)

    def play(self):
        run = self.run.model_dump()
        modules = self.stage(tasks.orchestrate, run=run)["modules"]
        for stage in (tasks.write_prd, tasks.design, tasks.converge):
            self.stage(stage, run=run)
        for module in modules:
            self.stage(tasks.generate_module, run=run, module=module, round=1, notes="")
        self.wait(tasks.assemble, run=run, round=1)
        self.wait(tasks.run_checks, run=run, round=1)
        for stage in (tasks.review, tasks.decide, tasks.provision_database):
            self.stage(stage, run=run, round=1)
        image = self.stage(tasks.push_image, run=run, round=1)["image"]
        self.wait(tasks.migrate_database, run=run, image=image)
        self.stage(tasks.start_service, run=run, image=image)
        url = self.stage(tasks.await_healthy, run=run)["url"]
        self.wait(tasks.hand_over, run=run, image=image)
        self.stage(tasks.record_success, run=run, round=1, url=url)

    def stage(self, task, **event):
        return patiently(lambda: task(event, self.wires))

    def wait(self, task, **event):
        """Every attempt of a waiting state has a token of its own; only the last one's answer counts."""
        tokens = (f"{task.__name__}-{number}" for number in range(1, 9))
        used = []

        def attempt():
            used.append(next(tokens))
            task({**event, "task_token": used[-1]}, self.wires)

        patiently(attempt)
        self.deliver()
        how, *what = self.machine.ended[used[-1]]
        assert how == "resumed", what

    def outcome(self):
        prefix = f"generations/{self.run.tenant_id}/{self.run.generation_id}/"
        documents = {k.removeprefix(prefix): v for k, v in self.artifacts.objects.items()}
        return {
            "row": (self.row.status, self.row.url, self.row.is_charged),
            "documents": sorted(
                name.replace(self.run.tenant_id, "T").replace(self.run.generation_id, "G")
                for name in documents
            ),
            "stages": sorted(str(key[1:]) for key in self.runs.stages),
            "tasks": len(self.world.containers.tasks),
            "services": list(self.world.containers.services),
            "databases": sorted(name for name in self.world.databases.addresses),
        }


def patiently(call):
    for _ in range(4):
        try:
            return call()
        except Crash:
            continue
    raise AssertionError("it crashed more often than it was told to")


def s3_event(key):
    return {"Records": [{"s3": {"object": {"key": key}}}]}


@pytest.fixture(scope="module")
def undisturbed():
    platform = Playing()
    platform.play()
    return platform.outcome(), list(platform.world.effects)


def test_an_undisturbed_run_succeeds(undisturbed):
    outcome, effects = undisturbed
    assert outcome["row"][0] == "succeeded"
    assert len(effects) > 50


def test_a_crash_after_any_effect_changes_nothing(undisturbed):
    expected, effects = undisturbed
    for point in range(1, len(effects) + 1):
        platform = Playing()
        platform.world.crash_after = point
        platform.play()
        assert platform.outcome() == expected, f"crashed after {point}: {effects[point - 1]}"


def test_every_stage_run_twice_has_one_effect(undisturbed):
    expected, effects = undisturbed
    platform = Playing()
    once = platform.stage
    platform.stage = lambda task, **event: once(task, **event) and once(task, **event)
    platform.play()
    assert platform.outcome() == expected
    assert platform.world.effects == effects


def test_events_that_come_again_at_the_end_change_nothing(undisturbed):
    expected, _ = undisturbed
    platform = Playing()
    platform.play()
    told = len(platform.runs.told)
    for key in [key for key in platform.artifacts.objects if key.startswith("inbox/")] * 2:
        outcome = events.process_artifact(s3_event(key), platform.wires)
        assert outcome == {"outcomes": {key: "duplicate"}}
    assert platform.outcome() == expected
    assert len(platform.runs.told) == told


def test_a_second_report_can_not_take_back_the_first():
    platform = Playing()
    platform.play()
    key = keys.inbox(platform.run, "checks", 1)
    report = json.loads(platform.artifacts.objects[key])
    finding = {"module": None, "file": None, "line": None, "rule": "late", "message": "x"}
    report["checks"][0] |= {"passed": False, "findings": [finding]}
    platform.artifacts.objects[key] = json.dumps({**report, "passed": False}).encode()
    events.process_artifact(s3_event(key), platform.wires)
    assert platform.document("checks/1.json")["passed"]


def test_keys_of_nobodys_are_left_alone():
    platform = Playing()
    wires = platform.wires
    run = platform.run
    other = "99999999-9999-4999-8999-999999999999"
    for key, outcome in {
        "inbox/readme.txt": "unknown_key",
        f"inbox/{run.tenant_id}/{run.generation_id}/checks-1.zip": "unknown_key",
        f"inbox/{run.tenant_id}/{run.generation_id}/checks-1.json": "nobody_waits",
        f"inbox/{run.tenant_id}/../checks-1.json": "unknown_key",
    }.items():
        assert events.process_artifact(s3_event(key), wires) == {"outcomes": {key: outcome}}
    wires.runs.open_wait(run, "checks", 1, "token")
    key = f"inbox/{other}/{run.generation_id}/checks-1.json"
    assert events.process_artifact(s3_event(key), wires) == {"outcomes": {key: "wrong_tenant"}}
    assert events.process_artifact({"Records": []}, wires) == {"outcomes": {}}
    assert platform.machine.ended == {}


def test_a_bundle_that_is_not_the_recorded_one_is_refused():
    platform = Playing()
    run = platform.run.model_dump()
    modules = platform.stage(tasks.orchestrate, run=run)["modules"]
    for stage in (tasks.write_prd, tasks.design, tasks.converge):
        platform.stage(stage, run=run)
    for module in modules:
        platform.stage(tasks.generate_module, run=run, module=module, round=1, notes="")
    tasks.assemble({"run": run, "round": 1, "task_token": "token"}, platform.wires)
    platform.artifacts.objects[keys.inbox(platform.run, "bundle", 1)] = b"something else"
    platform.deliver()
    assert platform.machine.ended["token"][:2] == ("failed", "UntrustedReport")
