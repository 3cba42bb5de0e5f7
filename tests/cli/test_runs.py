"""Going on with a run that stopped, and showing what proves its requirements."""

from __future__ import annotations

import json
import uuid

import pytest

from tests.cli.conftest import EXAMPLE

URL = "http://localhost:8101"


@pytest.fixture
def started(fragua, world):
    """`started()`: the id of a generation that runs."""

    def start():
        return fragua("generate", EXAMPLE, "--no-wait").out.strip()

    return start


def test_a_failed_run_says_how_to_go_on_and_goes_on(fragua, world, ends):
    ends("fail", stage="Review", error="ModelBusy", reason="The model is busy.")
    failed = fragua("generate", EXAMPLE)
    assert failed.code == 1
    (row,) = world.generations._rows.values()
    assert f"Go on from there: `fragua resume {row.id}`" in failed.err
    ends("succeed", url=URL)
    said = fragua("resume", str(row.id))
    assert said.code == 0
    assert URL in said.err


def test_a_run_that_failed_for_its_own_faults_does_not_offer_to_go_on(fragua, ends):
    ends("fail", stage="Decide", error="FailedChecks", reason="no")
    assert "fragua resume" not in fragua("generate", EXAMPLE).err


def test_a_run_that_goes_on_can_not_be_resumed(fragua, started):
    said = fragua("resume", started())
    assert said.code == 1
    assert "still running" in said.err


def test_resuming_without_waiting_prints_the_new_generation(fragua, started):
    first = started()
    fragua("cancel", first)
    second = fragua("resume", first, "--no-wait").out.strip()
    assert uuid.UUID(second) != uuid.UUID(first)


def line(id_, proof):
    return {
        **{
            "id": id_,
            "kind": "rule",
            "text": f"Sentence of {id_}.",
            "about": "x",
            "module": "visit",
        },
        **{"entity": "visit", "rule": "no_overlap", "screen": "/visits/", "files": [], "tests": []},
        **{"proof": proof, "evidence": ""},
    }


@pytest.fixture
def traced(world, started):
    id_ = started()
    counts = {"requirements": 2, "by_tests": 1, "by_checks": 0, "in_words": 0, "unproved": 1}
    kept = {"round": 1, "checks": {}, "counts": counts, "unproved": ["R2"]}
    kept["requirements"] = [line("R1", "tests"), line("R2", "none")]
    folder = f"generations/{world.tenant}/{id_}"
    world.artifacts.write(f"{folder}/traceability.json", json.dumps(kept).encode())
    return id_


def test_what_nothing_proves_is_named(fragua, traced):
    said = fragua("trace", traced)
    assert "2 requirements: 1 proved by tests" in said.out
    assert "Sentence of R2." in said.out
    assert "Sentence of R1." not in said.out


def test_everything_is_shown_when_asked_and_as_json(fragua, traced):
    assert "Sentence of R1." in fragua("trace", traced, "--all").out
    assert "sin demostrar" in fragua("trace", traced, "--lang", "es").out
    assert json.loads(fragua("trace", traced, "--json").out)["unproved"] == ["R2"]


def test_before_a_design_there_is_nothing_to_trace(fragua, started):
    assert "Nothing is designed yet" in fragua("trace", started()).err
