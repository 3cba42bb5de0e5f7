"""Quotes: what is told before a run, for every example; and that it holds where it is a promise."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import yaml

from chalicelib.agents.prices import load_prices
from chalicelib.agents.quote import Quote, quote
from chalicelib.agents.quote_sizes import measured, tokens
from chalicelib.generation import scaffold
from chalicelib.mvs.reading import read_mvs
from chalicelib.settings import Settings

EXAMPLES = sorted(Path("examples").glob("*.yaml"))
SETTINGS = Settings(
    stage="test",
    artifact_bucket="a",
    run_table="r",
    engine="claude",
    opus_model="claude-opus-5-5",
    sonnet_model="claude-sonnet-5-5",
    haiku_model="claude-haiku-5-5",
)
CAP = 5_000_000


@pytest.fixture(scope="module")
def sizes():
    return measured(read_mvs(yaml.safe_load(EXAMPLES[0].read_text())), scaffold)


def quoted(sizes, *, cap=CAP, **changed) -> Quote:
    settings = dataclasses.replace(SETTINGS, **changed)
    return quote(sizes, settings, load_prices(), budget_microdollars=cap)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_has_a_price_between_low_and_the_promise(example):
    told = quoted(measured(read_mvs(yaml.safe_load(example.read_text())), scaffold))
    price, minutes = told.microdollars, told.minutes
    assert 0 < price.low < price.expected < price.most == CAP
    assert 0 < minutes.low < minutes.expected < minutes.most
    for role in told.roles:
        assert role.calls.low <= role.calls.expected <= role.calls.most
        assert role.microdollars.low <= role.microdollars.expected <= role.microdollars.most


def test_nothing_is_promised_beyond_what_is_left(sizes):
    told = quoted(sizes, cap=300_000)
    assert told.microdollars.most == told.microdollars.expected == 300_000


def test_parts_add_up_to_the_whole(sizes):
    told = quoted(sizes, cap=10**12)
    for name in ("low", "expected", "most"):
        parts = sum(getattr(role.microdollars, name) for role in told.roles)
        assert getattr(told.microdollars, name) == parts


def test_rules_alone_cost_nothing(sizes):
    told = quoted(sizes, engine="offline", cap=0)
    assert (told.roles, told.microdollars.most, told.minutes.low > 0) == ((), 0, True)


def test_more_rules_in_plain_words_cost_more(sizes):
    more = dataclasses.replace(sizes, in_words={name: 3 for name in sizes.in_words})
    assert quoted(more).microdollars.expected > quoted(sizes).microdollars.expected


def test_modules_written_side_by_side_take_less_time(sizes):
    more = dataclasses.replace(sizes, in_words={name: 3 for name in sizes.in_words})
    slow = quoted(more, generation_parallel_max=1).minutes.expected
    assert quoted(more, generation_parallel_max=8).minutes.expected < slow


def test_the_shared_prefix_is_written_once_and_read_by_the_other_calls(sizes):
    (codegen,) = [role for role in quoted(sizes).roles if role.role == "codegen"]
    assert codegen.cache_read_tokens == codegen.cache_write_tokens * (codegen.calls.expected - 1)


def test_the_basis_names_what_was_counted(sizes):
    first = quoted(sizes).basis[0]
    assert f"{sizes.requirements} requirements" in first


def test_tokens_are_counted_by_bytes_so_accents_cost_what_they_cost():
    assert tokens("ñandú" * 10) > tokens("nandu" * 10)
