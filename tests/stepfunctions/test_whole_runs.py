"""Whole runs: the definition, the Lambdas' own code and every duplicate S3 event, with engines that make mistakes."""

from __future__ import annotations

import pytest

from chalicelib.agents.offline import Offline
from tests.stepfunctions.machine import machine
from tests.stepfunctions.platform import CLINIC, Platform, finding


def walk(platform, **options):
    with machine(platform.lambdas, **options) as run:
        ended = run(platform.run.model_dump())
        platform.settled()
    return ended


class Faulty(Offline):
    """An engine that gets a module's rules wrong until it is told; `repaired` says from which note on."""

    def __init__(self, module, text, *, learns=True):
        self.module, self.text, self.learns = module, text, learns
        self.asked = []

    def write_module(self, design, module, baseline, notes, brief):
        self.asked.append((module, notes))
        if module != self.module or (notes and self.learns):
            return baseline
        path = f"business/{module}/rules.py"
        return {**baseline, path: baseline[path] + self.text}


def test_an_mvs_becomes_a_running_app():
    platform = Platform(mvs=CLINIC)
    ended = walk(platform)
    assert ended.failure == ""
    assert platform.row.status == "succeeded"
    assert platform.row.url == ended.output["url"]
    assert list(platform.world.containers.services) == [platform.run.slug]
    assert platform.document("reviews/1.json")["passed"]


def test_every_stage_says_when_it_began_and_how_long_it_took():
    platform = Platform()
    walk(platform)
    assert sorted(platform.stages_told("started")) == sorted(platform.stages_told("done"))
    assert all(each["ms"] is not None for each in platform.runs.told if each["status"] == "done")
    assert set(platform.stages_told("done")) >= {
        "Orchestrate",
        "GenerateModule",
        "RunChecks",
        "HandOver",
    }


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("\ndef broken(:\n", "Python can't read it"),
        ("\nimport socket\n", "socket"),
        ("\nTENANT = eval('1')\n", "eval"),
    ],
)
def test_a_defect_that_rules_see_is_never_executed_and_is_repaired_with_the_notes(text, note):
    engine = Faulty("patient", text)
    platform = Platform(model=engine)
    ended = walk(platform)
    assert ended.failure == ""
    assert [name for name, notes in engine.asked if notes] == ["patient"]
    assert note in " ".join(engine.asked[-1][1])
    assert len(platform.world.databases.addresses) == 1
    assert not platform.document("checks/1.json")["passed"]
    assert platform.document("checks/2.json")["passed"]


def test_a_defect_that_only_the_attack_finds_is_repaired_with_the_notes():
    engine = Faulty("patient", "\nLEAKS = True\n")
    platform = Platform(
        model=engine,
        findings=lambda tree, round_: (
            [finding("isolation.ui_attack", "patient", "saw another tenant's row")]
            if "LEAKS" in tree["business/patient/rules.py"]
            else []
        ),
    )
    assert walk(platform).failure == ""
    assert engine.asked[-1] == ("patient", ("attack: saw another tenant's row",))


def test_an_engine_that_never_learns_leaves_the_baseline_which_ships():
    engine = Faulty("patient", "\ndef broken(:\n", learns=False)
    platform = Platform(model=engine)
    assert walk(platform).failure == ""
    module = platform.document("modules/3/patient.json")
    assert module["engine"] == "baseline"
    assert "baseline" in module["note"]


def test_a_path_that_may_not_be_written_leaves_the_baseline_at_once():
    class Trespasser(Offline):
        def write_module(self, design, module, baseline, notes, brief):
            return {**baseline, f"business/{module}/models.py": "# no tenant here"}

    platform = Platform(model=Trespasser())
    assert walk(platform).failure == ""
    assert "models.py" in platform.document("modules/1/patient.json")["note"]


def test_faults_that_nobody_can_repair_end_the_run_give_the_quota_back_and_leave_nothing():
    platform = Platform(
        findings=lambda tree, round_: [finding("app.boots", None, "no route answers", "boot")]
    )
    ended = walk(platform)
    assert (ended.status, ended.error) == ("FAILED", "ChecksGaveUp")
    row = platform.row
    assert (row.status, row.failure_stage, row.is_charged) == ("failed", "Decide", False)
    assert "no route answers" in row.failure_reason
    assert platform.world.databases.addresses == {}
    assert platform.world.containers.services == {}


def test_new_faults_every_round_give_up_after_three():
    engine = Faulty("patient", "\nWRITTEN = True\n", learns=False)
    platform = Platform(
        model=engine,
        findings=lambda tree, round_: [finding("app.tests", "patient", f"fault {round_}", "test")],
    )
    ended = walk(platform)
    assert ended.error == "ChecksGaveUp"
    assert len([key for key in platform.artifacts.objects if "/checks/" in key]) == 3


@pytest.mark.parametrize(
    "spoil",
    [
        lambda report: {**report, "nonce": "n" * 40},
        lambda report: {**report, "checks": report["checks"][1:]} if report["checks"] else report,
        lambda report: {**report, "passed": not report["passed"]},
        lambda report: {"hello": 1},
        lambda report: {**report, "padding": "x" * 3_000_000},
    ],
    ids=["nonce", "missing check", "contradiction", "shape", "size"],
)
def test_a_report_that_can_not_be_trusted_fails_the_run(spoil):
    platform = Platform()
    platform.host.spoil = spoil
    ended = walk(platform)
    assert (ended.status, ended.error) == ("FAILED", "ChecksGaveUp")
    assert platform.row.failure_error == "UntrustedReport"


def test_a_report_that_never_comes_fails_the_run():
    platform = Platform()
    platform.host.spoil = lambda report: None
    ended = walk(platform, timeouts={"RunChecks": 1})
    assert (ended.status, ended.error) == ("FAILED", "ChecksGaveUp")
    assert platform.row.status == "failed"


def test_a_review_that_can_not_be_read_fails_the_run():
    class Mumbling(Offline):
        def review(self, evidence):
            return "looks good to me"

    ended = walk(Platform(model=Mumbling()))
    assert (ended.status, ended.error) == ("FAILED", "ReviewGaveUp")


def test_every_finding_of_a_round_is_told_and_the_verdict_after_them():
    found = [finding("isolation.ui_attack", "patient", f"row {number}") for number in range(25)]
    platform = Platform(
        model=Faulty("patient", "\nLEAKS = True\n"),
        findings=lambda tree, round_: found if "LEAKS" in tree["business/patient/rules.py"] else [],
    )
    assert walk(platform).failure == ""
    said = [each for each in platform.runs.told if each["stage"] == "Decide" and each["round"] == 1]
    notes = [each["message"] for each in said if each["status"] == "note"]
    assert notes == [f"attack: row {number}" for number in range(20)] + ["and 5 more"]
    assert next(each["module"] for each in said if each["status"] == "note") == "patient"
    assert said[-1]["message"].startswith("again: ")


def test_a_requirement_whose_test_did_not_run_is_not_met():
    platform = Platform()

    def forgetful(report):
        for check in report["checks"]:
            if check["id"] == "app.tests":
                check["facts"]["ran"] = [
                    t for t in check["facts"]["ran"] if "_no_overlap" not in t
                ][1:]
        return report

    platform.host.spoil = forgetful
    ended = walk(platform)
    assert ended.error == "ReviewGaveUp"
    unmet = [v for v in platform.document("reviews/1.json")["verdicts"] if v["status"] == "unmet"]
    assert unmet
    assert all("Not executed" in verdict["evidence"] for verdict in unmet)


def test_a_run_cancelled_on_its_way_ends_as_cancelled_and_is_cleaned_up():
    platform = Platform()
    platform.host.spoil = lambda report: platform.cancel() or report
    ended = walk(platform)
    assert (ended.status, ended.error) == ("FAILED", "WasCancelled")
    assert platform.row.status == "cancelled"
    assert platform.world.databases.addresses == {}


def test_an_app_that_does_not_answer_is_taken_down_again():
    platform = Platform()
    platform.wires.app_probe.ask = lambda url: type("Silence", (), {"status": 0, "version": ""})()
    ended = walk(platform)
    assert (ended.status, ended.error) == ("FAILED", "DeploymentFailed")
    assert platform.row.failure_stage == "AwaitHealthy"
    assert platform.world.containers.services == {}


def test_an_mvs_with_faults_ends_as_invalid():
    platform = Platform(mvs={"fragua": 1, "name": "x"})
    ended = walk(platform)
    assert (ended.status, ended.error) == ("FAILED", "InvalidRun")
    assert platform.row.failure_error == "InvalidMvs"
