"""What people read of a call while the run goes on."""

from __future__ import annotations

import pytest

from chalicelib.agents.ports import Call, Usage
from chalicelib.agents.telling import attempt, telling, told
from chalicelib.generation.ports import Stage
from chalicelib.generation.run import Run
from tests.run_fakes import Runs
from tests.stepfunctions.lambdas import RUN


def call(**replaced):
    facts = {
        "purpose": "GenerateModule#1#patient#0",
        "role": "codegen",
        "model": "sonnet",
        "prompt_sha256": "0" * 64,
        "usage": Usage(1_000, 300, 50_000, 200),
        "cost_microdollars": 4_321,
        "ms": 1_234,
        "stop_reason": "end_turn",
        "called_at": "2026-11-30T09:30:00+00:00",
    }
    return Call(**{**facts, **replaced})


def test_a_call_is_told_in_its_stage_with_its_price_and_its_try():
    runs, stage = Runs(), Stage("GenerateModule", 1, "patient")
    telling(Run(**RUN), stage, runs=runs)(call())
    (event,) = runs.told
    assert (event["stage"], event["module"], event["status"]) == (
        "GenerateModule",
        "patient",
        "note",
    )
    assert (event["cost_microdollars"], event["attempt"], event["ms"]) == (4_321, 1, 1_234)


def test_it_says_how_much_was_read_and_how_much_of_it_from_the_cache():
    assert told(call()) == "codegen, sonnet: 51,200 tokens in (50,000 of them cached), 300 out"


def test_a_mended_reply_and_a_silent_model_are_named_as_such():
    assert "to mend its reply" in told(call(purpose="GenerateModule#1#patient#1"))
    assert told(call(stop_reason="error")) == "codegen, sonnet: no answer"


@pytest.mark.parametrize(
    ("purpose", "number"),
    [
        ("Review#2#-#0", 1),
        ("GenerateModule#1#a#2", 3),
        ("GenerateModule#1#a#2.1", 3),
        ("GenerateModule#1#a#0~01234567", 1),
        ("turn", None),
    ],
)
def test_the_try_is_read_from_the_purpose(purpose, number):
    assert attempt(purpose) == number
