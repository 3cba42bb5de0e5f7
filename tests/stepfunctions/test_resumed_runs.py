"""A run that the world ended goes on in another one, which asks no model for what it has already said."""

from __future__ import annotations

import json
from collections import Counter
from uuid import uuid4

import pytest

from chalicelib.agents.offline import Offline
from chalicelib.errors import Conflict, ModelAccountRefused, ModelBusy, QuotaReached
from chalicelib.generation import keys, resuming
from chalicelib.generation.ports import Stage
from chalicelib.generation.records import run_identity
from chalicelib.generation.run import Run
from tests.run_fakes import Machine
from tests.stepfunctions.machine import machine
from tests.stepfunctions.platform import SMALL, TINY, Platform, finding

ASKED = ("orchestrate", "write_prd", "design", "prepare", "write_module", "review")


class Counting(Offline):
    """Counts what it is asked, and raises where it is told to: `method` or `method module` → error."""

    def __init__(self):
        self.asked, self.raises, self.spoils = Counter(), {}, {}

    def __getattribute__(self, name):
        found = super().__getattribute__(name)
        if name not in ASKED:
            return found

        def ask(*args, **kwargs):
            what = f"{name} {args[1]}" if name == "write_module" else name
            if error := self.raises.get(what):
                raise error("not now")
            self.asked[what] += 1
            answer = found(*args, **kwargs)
            return self.spoils.get(what, lambda answer, *_: answer)(answer, self.asked[what])

        return ask


def walk(platform):
    with machine(platform.lambdas) as run:
        ended = run(platform.run.model_dump())
        platform.settled()
    if hasattr(platform.wires, "machine"):
        del platform.wires.machine
    return ended


def resumed(platform, **facts):
    """The platform goes on with the new run."""
    asked = {"idempotency_key": "again", "engine": "offline", "budget": None, **facts}
    new = resuming.resume(
        platform.tenant,
        platform.generation_id,
        by="test",
        apps=platform.apps,
        generations=platform.generations,
        artifacts=platform.artifacts,
        runs=platform.runs,
        machine=Machine(),
        **asked,
    )
    platform.generation_id = new.id
    platform.run = Run(**run_identity(platform.apps.read(platform.tenant, new.app_id), new))
    return new


def stopped(error, model, mvs=SMALL):
    platform = Platform(model=model, mvs=mvs)
    ended = walk(platform)
    assert ended.error == error
    model.asked.clear()
    model.raises.clear()
    return platform


def silent(url):
    return type("Silence", (), {"status": 0, "version": ""})()


def test_one_that_could_not_be_deployed_is_deployed_without_asking_anybody_again():
    platform = Platform(model=(model := Counting()))
    answers, platform.wires.app_probe.ask = platform.wires.app_probe.ask, silent
    assert walk(platform).error == "DeploymentFailed"
    model.asked.clear()
    platform.wires.app_probe.ask = answers
    before = platform.generation_id
    new = resumed(platform)
    assert (new.resumes_generation_id, new.version) == (before, 2)
    assert walk(platform).failure == ""
    assert platform.row.status == "succeeded"
    assert model.asked == {}


def test_only_what_was_not_written_is_written_and_the_engine_made_ready_for_it():
    model = Counting()
    model.raises["write_module visit"] = ModelBusy
    platform = stopped("StillUnavailable", model)
    resumed(platform)
    assert walk(platform).failure == ""
    assert model.asked == {"prepare": 1, "write_module visit": 1, "review": 1}


def test_an_account_that_is_refused_ends_the_run_at_once_and_it_can_go_on_later():
    model = Counting()
    model.raises["review"] = ModelAccountRefused
    platform = stopped("StillUnavailable", model)
    assert platform.stages_told("failed").count("Review") == 1
    resumed(platform)
    assert walk(platform).failure == ""
    assert model.asked == {"review": 1}


def leaking(answer, times):
    path = "business/patient/rules.py"
    return {**answer, path: answer[path] + "\nLEAKS = True\n"} if times == 1 else answer


def leaks(tree, round_):
    found = [finding("isolation.ui_attack", "patient", "saw a row")]
    return found if "LEAKS" in tree["business/patient/rules.py"] else []


def test_rounds_that_were_sent_back_are_neither_written_nor_executed_again():
    model = Counting()
    model.spoils["write_module patient"] = leaking
    model.raises["review"] = ModelAccountRefused
    executed = []
    platform = Platform(
        model=model,
        findings=lambda tree, round_: executed.append(round_) or leaks(tree, round_),
        mvs=TINY,
    )
    assert walk(platform).error == "StillUnavailable"
    assert model.asked["write_module patient"] == 2
    model.asked.clear()
    model.raises.clear()
    executed.clear()
    resumed(platform)
    assert walk(platform).failure == ""
    assert model.asked == {"review": 1}
    assert executed == [2]
    assert (
        "LEAKS"
        not in platform.document("modules/2/patient.json")["files"]["business/patient/rules.py"]
    )


def test_an_earlier_review_ships_nothing_that_fails_its_checks_now():
    platform = Platform(model=(model := Counting()), mvs=TINY)
    platform.wires.app_probe.ask = silent
    assert walk(platform).error == "DeploymentFailed"
    model.asked.clear()
    resumed(platform)
    platform.host._findings = lambda tree, round_: [finding("app.boots", None, "no", "boot")]
    assert walk(platform).error == "ChecksGaveUp"
    assert platform.world.containers.services == {}
    assert model.asked == {}


def test_what_was_taken_over_names_the_new_run_only_and_is_told():
    platform = Platform(mvs=TINY)
    platform.wires.app_probe.ask = silent
    walk(platform)
    old = str(platform.generation_id)
    resumed(platform)
    new = str(platform.generation_id)
    mine = {key: text for key, text in platform.artifacts.objects.items() if new in key}
    assert {"plan.json", "prd.json", "prd.md", "design.json", "design.md", "trace.json", "patient.json"} <= {
        key.rsplit("/", 1)[1] for key in mine
    }  # fmt: skip
    assert [key for key, text in mine.items() if old.encode() in text] == []
    recorded = platform.runs.recorded(new, Stage("GenerateModule", 1, "patient"))
    assert recorded["key"] == keys.module(platform.run, 1, "patient")
    told = [each for each in platform.runs.told if each["generation_id"] == new]
    assert {each["message"] for each in told} == {"Taken over from version 1."}


def test_taking_over_again_after_a_crash_changes_nothing():
    platform = Platform(mvs=TINY)
    platform.wires.app_probe.ask = silent
    walk(platform)
    first = platform.generation_id
    new = resumed(platform)
    before = json.dumps(platform.runs.told)
    platform.generation_id = first
    assert resumed(platform).id == new.id
    assert json.dumps(platform.runs.told) == before


def test_a_cancelled_run_can_go_on():
    platform = Platform(model=(model := Counting()), mvs=TINY)
    platform.host.spoil = lambda report: platform.cancel() or report
    assert walk(platform).error == "WasCancelled"
    platform.host.spoil = lambda report: report
    model.asked.clear()
    resumed(platform)
    assert walk(platform).failure == ""
    assert model.asked == {"review": 1}


def test_a_resumed_run_can_be_resumed():
    platform = Platform(model=(model := Counting()), mvs=TINY)
    answers, platform.wires.app_probe.ask = platform.wires.app_probe.ask, silent
    walk(platform)
    model.asked.clear()
    resumed(platform)
    walk(platform)
    platform.wires.app_probe.ask = answers
    resumed(platform, idempotency_key="once more")
    assert walk(platform).failure == ""
    assert model.asked == {}


def ended(platform, **values):
    facts = {"stage": "Review", "error": "ModelBusy", "reason": "busy", **values}
    platform.generations.fail(platform.tenant, platform.generation_id, **facts)


@pytest.mark.parametrize(
    ("stage", "error"),
    [
        ("Decide", "FailedChecks"),
        ("Decide", "FailedReview"),
        ("Orchestrate", "InvalidMvs"),
        ("Design", "UnreadableReply"),
    ],
)
def test_what_would_end_the_same_way_is_refused_with_what_to_do(stage, error):
    platform = Platform(mvs=TINY)
    ended(platform, stage=stage, error=error)
    with pytest.raises(Conflict, match="change the MVS"):
        resumed(platform)


@pytest.mark.parametrize(
    ("stage", "error"),
    [
        ("Review", "ModelBusy"),
        ("Review", "ModelAccountRefused"),
        ("Assemble", "Interrupted"),
        ("Assemble", "ZeroDivisionError"),
        ("Review", "Lambda.Unknown"),
        ("AwaitHealthy", "AppNotHealthy"),
    ],
)
def test_what_the_world_ended_goes_on(stage, error):
    platform = Platform(mvs=TINY)
    ended(platform, stage=stage, error=error)
    assert resumed(platform).status == "running"


def test_a_run_that_is_open_or_that_succeeded_is_not_resumed():
    platform = Platform(mvs=TINY)
    with pytest.raises(Conflict, match="still running"):
        resumed(platform)
    platform.generations.succeed(platform.tenant, platform.generation_id, url="http://x")
    with pytest.raises(Conflict, match="succeeded"):
        resumed(platform)


def test_a_changed_mvs_begins_anew_but_the_same_request_is_answered_the_same():
    platform = Platform(mvs=TINY)
    ended(platform)
    before, new = platform.generation_id, resumed(platform)
    platform.apps.update_mvs(platform.tenant, new.app_id, mvs={**TINY, "name": "Otra"}, by="test")
    platform.generation_id = before
    assert resumed(platform).id == new.id
    platform.generation_id = before
    with pytest.raises(Conflict, match="MVS was changed"):
        resumed(platform, idempotency_key=str(uuid4()))


def test_a_resumed_run_counts_against_the_quota():
    platform = Platform(mvs=TINY)
    ended(platform)
    platform.generations._quota = 0
    with pytest.raises(QuotaReached):
        resumed(platform)
