"""Prices: exact, rounded up, dearer for long prompts, never too little."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from chalicelib.agents.ports import Block, Message, Question, Usage
from chalicelib.agents.prices import load_prices, prompt_tokens_max

OPUS, SONNET, HAIKU = "claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"
PRICES = load_prices()


class Said(BaseModel):
    words: str


def question(*, model=SONNET, text="x" * 8_000, output_tokens_max=1_000):
    return Question(
        purpose="Design#1#-#0",
        role="design",
        model=model,
        effort="medium",
        system=(Block(text, is_cached=True),),
        messages=(Message("user", (Block(text),)),),
        reply=Said,
        output_tokens_max=output_tokens_max,
        timeout_s=60,
        prompt_sha256="0" * 64,
    )


@pytest.mark.parametrize(
    ("model", "usage", "microdollars"),
    [
        (OPUS, Usage(input_tokens=1_000_000), 4_000_000),
        (OPUS, Usage(output_tokens=1_000_000), 20_000_000),
        (OPUS, Usage(cache_read_tokens=1_000_000), 200_000),
        (OPUS, Usage(cache_write_tokens=1_000_000), 5_000_000),
        (SONNET, Usage(1_000, 1_000, 1_000, 1_000), 2_000 + 10_000 + 100 + 2_500),
        (HAIKU, Usage(input_tokens=100_000, output_tokens=100_000), 10_000 + 50_000),
        (HAIKU, Usage(input_tokens=100_001, output_tokens=100_000), 50_001 + 250_000),
        (HAIKU, Usage(input_tokens=1, cache_read_tokens=100_000), 5_001),
        (HAIKU, Usage(), 0),
    ],
    ids=["in", "out", "read", "write", "all", "haiku", "long haiku", "long by cache", "nothing"],
)
def test_a_call_costs_what_the_price_list_says(model, usage, microdollars):
    assert PRICES.cost_microdollars(model, usage) == microdollars


def test_a_fraction_of_a_microdollar_is_rounded_up():
    assert PRICES.cost_microdollars(HAIKU, Usage(input_tokens=1)) == 1


def test_a_dated_snapshot_costs_what_its_family_does():
    usage = Usage(10, 20, 30, 40)
    assert PRICES.knows(f"{OPUS}-20260922")
    assert PRICES.cost_microdollars(f"{OPUS}-20260922", usage) == PRICES.cost_microdollars(
        OPUS, usage
    )


def test_an_unknown_model_costs_as_the_dearest_one():
    usage = Usage(input_tokens=10, output_tokens=20)
    assert not PRICES.knows("somebody-elses-model")
    assert PRICES.cost_microdollars("somebody-elses-model", usage) == PRICES.cost_microdollars(
        OPUS, usage
    )


@pytest.mark.parametrize("model", [OPUS, SONNET, HAIKU])
@pytest.mark.parametrize("text", ["word " * 4_000, "día ñandú " * 900, "日本語" * 900])
def test_the_worst_case_is_never_less_than_what_a_call_may_cost(model, text):
    asked = question(model=model, text=text)
    prompt = len(text.encode())  # it is asked twice, in a system block and in a message
    for usage in (
        Usage(input_tokens=prompt, output_tokens=1_000),
        Usage(cache_write_tokens=prompt, output_tokens=1_000),
        Usage(cache_read_tokens=prompt // 2, input_tokens=prompt // 2, output_tokens=1_000),
    ):
        assert PRICES.cost_microdollars(model, usage) <= PRICES.worst_case_microdollars(asked)


def test_the_shape_of_the_answer_is_part_of_what_is_read():
    assert prompt_tokens_max(question(text="")) > 1_000


def test_the_list_says_where_it_is_from_and_when_it_was_read():
    assert PRICES.source.startswith("https://platform.claude.com/")
    assert PRICES.read_at >= "2026-11"
