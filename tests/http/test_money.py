"""What models cost, over HTTP: quotes, budgets, live usage, months, keys that organizations bring."""

from __future__ import annotations

import dataclasses
import uuid

import pytest

from chalicelib.agents.booking import close_books
from chalicelib.agents.ports import Call, Usage
from chalicelib.generation.records import run_identity
from chalicelib.generation.run import Run

KEY = "sk-ant-of-their-own-account-Zz9y"
MODELS = {
    name: f"claude-{name.removesuffix('_model')}-5-5"
    for name in ("opus_model", "sonnet_model", "haiku_model")
}


@pytest.fixture
def claude(world):
    """The platform asks models."""
    world.settings = dataclasses.replace(world.settings, engine="claude", **MODELS)
    return world


@pytest.fixture
def app_id(api, mvs):
    return api("POST", "/v1/apps", {"mvs": mvs})[1]["id"]


@pytest.fixture
def start(api, app_id):
    def start(key="k1", **body):
        path = f"/v1/apps/{app_id}/generations"
        return api("POST", path, body, headers={"Idempotency-Key": key})

    return start


def call(purpose, cost, **rest):
    facts = {
        "role": "codegen",
        "model": "claude-sonnet-5-5",
        "prompt_sha256": "a" * 64,
        "usage": Usage(10, 20, 30, 40),
        "ms": 1_200,
        "stop_reason": "end_turn",
        "called_at": f"2026-11-22T10:00:{cost % 60:02}.000+00:00",
    }
    return Call(purpose=purpose, cost_microdollars=cost, **{**facts, **rest})


# ---- budgets ----


def test_without_models_a_run_may_spend_nothing(start):
    assert start()[1]["budget_microdollars"] == 0


def test_a_run_is_given_what_a_run_may_cost(claude, start):
    assert start()[1]["budget_microdollars"] == claude.settings.generation_microdollars_max


def test_a_run_is_given_no_more_than_was_asked_for(claude, start):
    assert start(budget_microdollars=700_000)[1]["budget_microdollars"] == 700_000


def test_a_run_is_given_no_more_than_the_month_has_left(claude, start):
    claude.generations.month_committed = claude.settings.month_microdollars_max - 300_000
    assert start()[1]["budget_microdollars"] == 300_000


def test_a_run_that_the_month_can_not_pay_is_not_started(claude, start):
    claude.generations.month_committed = claude.settings.month_microdollars_max - 1_000
    status, body, _ = start()
    assert (status, body["type"]) == (402, "urn:fragua:problem:budget-reached")
    assert body["budget_microdollars"] == claude.settings.month_microdollars_max


@pytest.mark.parametrize("asked", [0, -1, 249_999, 10**13, 1.5, "700000"])
def test_a_budget_is_a_whole_number_that_is_worth_starting_with(claude, start, asked):
    status, body, _ = start(budget_microdollars=asked)
    assert (status, body["errors"][0]["path"]) == (422, "body.budget_microdollars")


def test_one_key_with_another_budget_is_another_request(claude, start):
    start(budget_microdollars=700_000)
    assert start(budget_microdollars=700_000)[0] == 202
    assert start(budget_microdollars=800_000)[0] == 409


def test_a_start_may_still_come_without_any_body(api, app_id):
    path = f"/v1/apps/{app_id}/generations"
    assert api("POST", path, raw=b"", headers={"Idempotency-Key": "k"})[0] == 202


# ---- quotes ----


def test_a_quote_without_models_costs_nothing_and_says_how_long_it_takes(api, app_id):
    status, quote, _ = api("GET", f"/v1/apps/{app_id}/quote")
    assert (status, quote["engine"], quote["microdollars"]["most"]) == (200, "offline", 0)
    assert (quote["roles"], quote["minutes"]["expected"] > 0) == ([], True)


def test_a_quote_has_its_price_by_role_its_basis_and_where_prices_are_from(api, app_id, claude):
    quote = api("GET", f"/v1/apps/{app_id}/quote")[1]
    price = quote["microdollars"]
    assert 0 < price["low"] < price["expected"] < price["most"]
    assert price["most"] == claude.settings.generation_microdollars_max
    assert [role["role"] for role in quote["roles"]] == [
        "orchestrator", "prd", "design", "codegen", "reviewer",
    ]  # fmt: skip
    assert (quote["prices_source"][:8], quote["prices_read_at"]) == ("https://", "2026-11")
    assert "modules" in quote["basis"][0]


def test_a_quote_promises_no_more_than_the_month_has_left(api, app_id, claude):
    claude.usage.reserved = claude.settings.month_microdollars_max - 400_000
    assert api("GET", f"/v1/apps/{app_id}/quote")[1]["microdollars"]["most"] == 400_000


# ---- usage of a run ----


@pytest.fixture
def spending(claude, start):
    """A run that has called twice and is calling; says which."""
    started = start()[1]["id"]
    for purpose, cost in (("Orchestrate#1#-#0", 50), ("GenerateModule#1#patient#0", 7)):
        claude.spending.reserve(started, 0, purpose, 1_000)
        claude.spending.settle(started, call(purpose, cost), 1_000)
    claude.spending.reserve(started, 0, "GenerateModule#1#visit#0", 900)
    return started


def test_what_a_run_has_spent_is_told_while_it_goes_on(api, spending):
    told = api("GET", f"/v1/generations/{spending}/usage")[1]
    assert (told["spent_microdollars"], told["reserved_microdollars"]) == (57, 900)
    assert told["left_microdollars"] == told["budget_microdollars"] - 957
    assert [one["source"].partition(":")[2].partition(":")[2] for one in told["calls"]] == [
        "GenerateModule#1#patient#0",
        "Orchestrate#1#-#0",
    ]
    assert told["totals"][0] == {
        "role": "codegen",
        "model": "claude-sonnet-5-5",
        "calls": 2,
        "input_tokens": 20,
        "output_tokens": 40,
        "cache_read_tokens": 60,
        "cache_write_tokens": 80,
        "cost_microdollars": 57,
    }


def closed(world, generation_id):
    generation = world.generations.read(world.tenant, uuid.UUID(generation_id))
    app = world.apps.read(world.tenant, generation.app_id)
    run = Run(**run_identity(app, generation))
    close_books(run, spending=world.spending, books=world.usage)
    world.generations.succeed(world.tenant, generation.id, url="http://localhost:8101")


def test_a_closed_run_tells_the_same_call_once(api, claude, spending):
    closed(claude, spending)
    told = api("GET", f"/v1/generations/{spending}/usage")[1]
    assert (told["spent_microdollars"], told["reserved_microdollars"]) == (957, 0)
    assert [one["cost_microdollars"] for one in told["calls"]] == [7, 50, 900]


def test_an_end_that_was_seen_late_replaces_its_worst_case(api, claude, spending):
    closed(claude, spending)
    claude.spending.settle(spending, call("GenerateModule#1#visit#0", 3), 900)
    assert api("GET", f"/v1/generations/{spending}/usage")[1]["spent_microdollars"] == 60


def test_the_books_tell_what_the_run_table_has_forgotten(api, claude, spending):
    closed(claude, spending)
    claude.spending.calls.clear()
    assert api("GET", f"/v1/generations/{spending}/usage")[1]["spent_microdollars"] == 957


def test_another_organizations_usage_is_not_there(api, world, spending):
    stranger = world.api_keys.issue(uuid.uuid4())
    assert api("GET", f"/v1/generations/{spending}/usage", key=stranger)[0] == 404


# ---- usage of a month ----


def test_a_month_tells_totals_and_what_is_left(api, claude, spending):
    closed(claude, spending)
    told = api("GET", "/v1/usage?month=2026-11")[1]
    assert (told["month"], told["totals"][0]["cost_microdollars"]) == ("2026-11-01", 57)
    assert told["left_microdollars"] <= told["budget_microdollars"] - 57


def test_the_present_month_counts_what_may_still_be_spent(api, claude):
    claude.usage.reserved = 1_000
    told = api("GET", "/v1/usage")[1]
    assert (told["spent_microdollars"], told["reserved_microdollars"]) == (0, 1_000)
    assert told["left_microdollars"] == claude.settings.month_microdollars_max - 1_000


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "november", "1999-01"])
def test_a_month_has_one_form(api, month):
    status, body, _ = api("GET", f"/v1/usage?month={month}")
    assert (status, body["errors"][0]["path"]) == (422, "query.month")


# ---- keys that organizations bring ----


def test_a_key_is_brought_shown_by_its_end_and_taken_back(api, world):
    path = "/v1/organization/model-key"
    assert api("GET", path)[0] == 404
    status, told, _ = api("PUT", path, {"key": KEY})
    assert (status, told["last_four"]) == (200, "Zz9y")
    assert api("GET", path)[1] == told
    assert KEY not in str(told)
    assert world.model_keys.keys == {world.tenant: KEY}
    assert [api("DELETE", path)[0] for _ in range(2)] == [204, 204]
    assert api("GET", path)[0] == 404


def test_the_audit_log_says_who_brought_a_key_and_not_which(api, world):
    for method, body in (("PUT", {"key": KEY}), ("DELETE", None), ("DELETE", None)):
        api(method, "/v1/organization/model-key", body)
    lines = api("GET", "/v1/audit")[1]["items"]
    assert [line["action"] for line in lines] == [
        "organization.model_key_taken_back",
        "organization.model_key_brought",
    ]
    assert KEY not in str(lines)


@pytest.mark.parametrize("key", ["", "short", "with a space in it, and long", "x" * 301, None])
def test_what_is_no_key_is_refused_and_not_repeated(api, key):
    status, body, _ = api("PUT", "/v1/organization/model-key", {"key": key})
    assert (status, body["errors"][0]["path"]) == (422, "body.key")
    assert "x" * 301 not in str(body)


@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("admin", 403), ("builder", 403)])
def test_owners_alone_bring_keys(api, world, role, status):
    key = world.api_keys.issue(world.tenant, role=role)
    assert api("PUT", "/v1/organization/model-key", {"key": KEY}, key=key)[0] == status
