"""`/v1/billing/usage` at the door: a period's bill, row by row."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from chalicelib.billing.usage import Fact, Reported
from tests.http.walking import Stage

NOW = datetime.now(UTC)
RUN, EVENT = uuid4(), uuid4()
EARLIER = datetime(2026, 1, 10, 9, 30, tzinfo=UTC)


@pytest.fixture
def stage(world, api):
    return Stage(world, api, None)


@pytest.fixture
def owner(stage):
    stage.credentials = stage.signed_in("owner")
    return lambda path: stage.send("GET", path, {})[:2]


def fact(**more):
    return Fact(
        **{
            "generation_id": RUN,
            "discovery_id": None,
            "day": NOW.date(),
            "model": "claude-sonnet-5-5",
            "meter_event_id": EVENT,
            "generations": 0,
            "tokens": 2000,
            "beyond_generations": 0,
            "beyond_tokens": 1500,
            **more,
        }
    )


def told(**more):
    return Reported(
        **{
            "id": EVENT,
            "meter": "tokens",
            "quantity": 1500,
            "generation_id": RUN,
            "discovery_id": None,
            "happened_at": NOW,
            "dated_at": NOW,
            "sent_at": NOW,
            "refused_at": None,
            "refused_reason": None,
            **more,
        }
    )


def test_each_row_says_what_it_adds_to_the_bill_and_with_which_event(owner, stage, world):
    world.consumption.uses(stage.own, fact(), events=[told()])
    status, body = owner("/v1/billing/usage")
    assert status == 200
    assert (body["amount"], body["currency"]) == (2, "usd")
    [row] = body["rows"]
    assert row == {
        "generation_id": str(RUN),
        "discovery_id": None,
        "day": None,
        "model": None,
        "generations": 0,
        "tokens": 2000,
        "beyond_generations": 0,
        "beyond_tokens": 1500,
        "amount": 2,
        "exact": "1.5",
        "meter_event_ids": [str(EVENT)],
    }
    [event] = body["meter_events"]
    assert (event["id"], event["state"], event["quantity"]) == (str(EVENT), "sent", 1500)


def test_nothing_was_used_and_the_bill_says_so(owner):
    status, body = owner("/v1/billing/usage")
    assert (status, body["amount"], body["rows"], body["meter_events"]) == (200, 0, [], [])
    assert [line["meter"] for line in body["lines"]] == ["generations", "tokens"]
    assert body["forecast"]["amount"] == 0


@pytest.mark.parametrize(("group_by", "column"), [("day", "day"), ("model", "model")])
def test_rows_are_grouped_as_asked(owner, stage, world, group_by, column):
    facts = [
        fact(),
        fact(generation_id=uuid4()),
        fact(day=date(2026, 1, 1), model="claude-opus-5-5"),
    ]
    world.consumption.uses(stage.own, *facts, events=[told()])
    status, body = owner(f"/v1/billing/usage?group_by={group_by}")
    assert status == 200
    assert len(body["rows"]) == 2
    assert all(row[column] and row["generation_id"] is None for row in body["rows"])
    assert sum(row["amount"] for row in body["rows"]) == body["amount"]


def test_an_earlier_period_is_asked_for_by_its_beginning(owner, stage, world):
    world.consumption.uses(stage.own, fact(tokens=7), started_at=EARLIER)
    [period] = owner("/v1/billing/usage")[1]["periods"]
    status, body = owner(f"/v1/billing/usage?period={period}")
    assert (status, body["period_ends_at"], body["forecast"]) == (200, None, None)
    assert [row["tokens"] for row in body["rows"]] == [7]


def test_a_period_nobody_knows_of_is_not_found(owner):
    assert owner("/v1/billing/usage?period=2025-01-01T00:00:00Z")[0] == 404


@pytest.mark.parametrize("query", ["group_by=month", "period=2026-01-01T00:00:00", "perod=x"])
def test_what_can_not_be_meant_is_refused(owner, query):
    assert owner(f"/v1/billing/usage?{query}")[0] == 422


@pytest.mark.parametrize("role", ["builder", "viewer"])
def test_it_is_for_owners_and_admins(stage, role):
    stage.credentials = stage.signed_in(role)
    assert stage.send("GET", "/v1/billing/usage", {})[0] == 403


def test_the_subscription_tells_what_was_used_and_what_it_will_come_to(owner, stage, world):
    world.consumption.uses(stage.own, fact(), events=[told()])
    status, body = owner("/v1/billing/subscription")
    assert status == 200
    assert body["usage"]["amount"] == 2
    assert body["usage"]["forecast"]["tokens"] >= 2000
