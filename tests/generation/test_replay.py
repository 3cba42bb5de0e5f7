"""Recorded runs played again: no model, no network, no database, and every byte as it was."""

from __future__ import annotations

import copy

import pytest

from chalicelib.agents.recordings import Replay
from chalicelib.errors import Conflict, NotFound
from tests.generation.claude_run import Team, claude_run
from tests.recordings.recorded import RUNS, digests, recording

AGAIN = "second-attempt-passes"


@pytest.mark.parametrize("name", RUNS)
def test_a_replay_gives_the_same_bytes(name: str) -> None:
    known = recording(name)
    run, verdict = known.play()
    assert {"decision": verdict["decision"], **digests(run)} == known.expected
    assert verdict["decision"] == "deploy"


def test_the_second_run_failed_what_was_executed_and_then_passed() -> None:
    run, _ = recording(AGAIN).play()
    first, second = run.document("checks/1.json"), run.document("checks/2.json")
    failed = [check["id"] for check in first["checks"] if not check["passed"]]
    assert (failed, second["passed"]) == (["app.tests"], True)
    notes = run.document("notes/1.json")
    assert sorted(notes["failing"]) == ["sheet1", "sheet2"]
    assert run.document("modules/2/sheet1.json")["engine"] == "claude"
    assert run.tree(1)["business/sheet1/rules.py"] != run.tree(2)["business/sheet1/rules.py"]


def test_each_reply_of_a_recording_is_needed_and_none_is_missing() -> None:
    known = recording(AGAIN)
    for left_out in range(len(known.calls)):
        kept = [call for number, call in enumerate(known.calls) if number != left_out]
        run = claude_run(known.mvs, Team(Replay(kept)), examine=lambda r, t, n: known.checks(n))
        with pytest.raises(NotFound, match="was recorded"):
            run.go()


def test_a_replay_of_another_question_is_refused() -> None:
    known = recording(AGAIN)
    mvs = copy.deepcopy(known.mvs)
    mvs["problem"] += " Y se pierden."
    with pytest.raises(Conflict, match="Record the run anew"):
        known.play(mvs)
