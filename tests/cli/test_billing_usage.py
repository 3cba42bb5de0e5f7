"""`fragua billing usage`: a bill's rows, its lines, and what it will come to."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from tests.http.test_billing_usage import NOW, RUN, fact, told

EARLIER = datetime(2026, 1, 10, 9, 30, tzinfo=UTC)


@pytest.fixture
def used(world, fragua):
    """5,000 tokens beyond the plan by a run, 2 more by a conversation, one event refused."""
    talk = uuid4()
    world.consumption.uses(
        world.tenant,
        fact(tokens=9_000, beyond_tokens=5_000, generations=1),
        fact(tokens=2, beyond_tokens=0, generation_id=None, discovery_id=talk),
        events=[told(), told(id=uuid4(), refused_at=EARLIER, refused_reason="nobody pays")],
    )
    return talk


def test_each_row_and_the_sum_are_shown(fragua, used):
    said = fragua("billing", "usage")
    assert said.code == 0, said.err
    [_, first, second, *lines] = said.out.splitlines()
    assert first.split() == [str(RUN), "1", "9,000", "0", "5,000", "0.05", "USD"]
    assert f"conversation {used}" in second
    assert lines[1].startswith("9,002 of 500,000 tokens of models, 5,000 billed")
    assert lines[2] == "Beyond the plan, without taxes: 0.05 USD"
    assert "If it goes on like this" in said.err
    assert "Not billed: 1500 tokens (nobody pays)" in said.err


def test_rows_are_grouped_as_asked(fragua, used):
    by_day, by_model = (fragua("billing", "usage", "--by", by).out for by in ("day", "model"))
    assert by_day.splitlines()[1].startswith(str(NOW.date()))
    assert by_model.splitlines()[1].startswith("claude-")


def test_an_earlier_period_is_asked_for_by_its_beginning(fragua, used, world):
    world.consumption.uses(world.tenant, fact(tokens=7), started_at=EARLIER)
    [period] = json.loads(fragua("billing", "usage", "--json").out)["periods"]
    said = fragua("billing", "usage", "--period", period)
    assert (said.code, " 7 " in said.out) == (0, True)
    assert "If it goes on like this" not in said.err


def test_where_nothing_was_used_it_says_so_in_spanish_too(fragua):
    assert "Nothing was used in this period." in fragua("billing", "usage").out
    said = fragua("billing", "usage", "--lang", "es")
    assert "No se ha usado nada en este periodo." in said.out
    assert "0 de 3 generaciones" in said.out
