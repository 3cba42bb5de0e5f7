"""Whether one more may start, as pure arithmetic: what is included first, what is allowed beyond it, what a refusal says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib.billing.periods import Period
from chalicelib.billing.quota import Admission, Counted, OnPlan, admitted, refuse_without_tokens
from chalicelib.errors import PaymentRequired, QuotaReached, RunsReached
from chalicelib.tenancy.plans import TERMS, BillingState, Plan

PERIOD = Period(
    datetime(2026, 11, 14, 9, 30, tzinfo=UTC), datetime(2026, 12, 14, 9, 30, tzinfo=UTC)
)


def on(plan: Plan, beyond: int = 0) -> OnPlan:
    return OnPlan(
        plan=plan,
        billing_state="current",
        period_started_at=PERIOD.started_at,
        period_ends_at=PERIOD.ends_at,
        overage_generations_max=beyond,
    )


def start(here: OnPlan, included: int, beyond: int = 0, running: int = 0) -> Admission:
    return admitted(here, Counted(included, beyond, running), PERIOD)


@pytest.mark.parametrize("plan", list(TERMS))
def test_as_many_are_admitted_as_the_plan_includes_and_not_one_more(plan: Plan) -> None:
    most = TERMS[plan].generations
    assert start(on(plan), most - 1) == Admission(period_started_at=PERIOD.started_at)
    with pytest.raises(QuotaReached):
        start(on(plan), most)


def test_a_used_up_quota_says_exactly_what_and_what_to_do() -> None:
    with pytest.raises(QuotaReached) as refused:
        start(on("starter"), 10)
    assert refused.value.facts == {
        "unit": "generations",
        "plan": "starter",
        "limit": 10,
        "used": 10,
        "resets_at": "2026-12-14T09:30:00+00:00",
        "next_plan": "pro",
        "overage_max": 0,
        "can_allow_overage": True,
    }
    assert str(refused.value) == (
        "All 10 generations that the plan starter includes until 2026-12-14 are used. "
        "Wait until 2026-12-14 09:30 UTC, or change to pro (30), "
        "or allow more beyond the plan: PUT /v1/billing/overage."
    )


def test_the_free_plan_offers_nothing_beyond_it_and_the_largest_no_larger_one() -> None:
    with pytest.raises(QuotaReached) as free:
        start(on("free", beyond=9), 3)
    assert (free.value.facts["can_allow_overage"], free.value.facts["next_plan"]) == (
        False,
        "starter",
    )
    with pytest.raises(QuotaReached) as scale:
        start(on("scale"), 100)
    assert scale.value.facts["next_plan"] is None
    assert "change to" not in str(scale.value)


def test_what_is_allowed_beyond_the_plan_is_admitted_up_to_its_cap() -> None:
    here = on("starter", beyond=2)
    assert start(here, 10, beyond=1) == Admission(
        period_started_at=PERIOD.started_at, is_overage=True
    )
    with pytest.raises(QuotaReached) as refused:
        start(here, 10, beyond=2)
    facts = refused.value.facts
    assert (facts["limit"], facts["used"], facts["overage_max"]) == (12, 12, 2)
    assert "and the 2 allowed beyond it are used" in str(refused.value)


def test_room_in_the_plan_is_filled_before_anything_is_billed() -> None:
    assert not start(on("starter", beyond=5), 9, beyond=5).is_overage


def test_a_cap_that_was_lowered_takes_nothing_back_and_admits_nothing_more() -> None:
    with pytest.raises(QuotaReached) as refused:
        start(on("starter", beyond=1), 10, beyond=3)
    assert (refused.value.facts["limit"], refused.value.facts["used"]) == (11, 13)


@pytest.mark.parametrize("state", ["past_due", "grace"])
def test_who_owes_begins_nothing_beyond_the_plan_and_is_told_to_pay(state: BillingState) -> None:
    here = replace(on("starter", beyond=5), billing_state=state)
    assert start(here, 9).is_overage is False
    with pytest.raises(QuotaReached) as refused:
        start(here, 10)
    assert "or pay what is open: POST /v1/billing/portal" in str(refused.value)
    assert refused.value.facts["can_allow_overage"] is False
    with pytest.raises(QuotaReached):
        refuse_without_tokens(here, here.terms.tokens, PERIOD)
    assert here.allows_overage  # what a run under way uses is billed all the same


def test_a_bigger_plan_that_would_not_do_is_not_advised() -> None:
    with pytest.raises(QuotaReached) as refused:
        start(on("starter", beyond=25), 10, beyond=25)
    assert refused.value.facts["next_plan"] == "scale"


@pytest.mark.parametrize("plan", list(TERMS))
def test_as_many_run_at_a_time_as_the_plan_says(plan: Plan) -> None:
    most = TERMS[plan].parallel_generations
    assert start(on(plan), 0, running=most - 1)
    with pytest.raises(RunsReached) as refused:
        start(on(plan), 0, running=most)
    facts = refused.value.facts
    assert (facts["limit"], facts["used"], facts["plan"]) == (most, most, plan)


def test_too_many_at_a_time_says_to_wait_or_which_plan_runs_more() -> None:
    with pytest.raises(RunsReached) as refused:
        start(on("free"), 1, running=1)
    assert refused.value.facts["next_plan"] == "starter"
    assert str(refused.value) == (
        "1 of at most 1 generations of the plan free are under way. "
        "Wait for one to end, or change to starter (2 at a time)."
    )


def test_what_waiting_for_a_run_would_not_help_is_said_first() -> None:
    with pytest.raises(QuotaReached):
        start(on("free"), 3, running=1)


@pytest.mark.parametrize("state", ["current", "past_due", "grace", "lapsed"])
def test_an_organization_in_this_state_may_start(state: str) -> None:
    here = replace(on("starter"), billing_state=state)  # type: ignore[arg-type]
    assert start(here, 0)


def test_a_read_only_one_may_not_and_is_told_to_pay() -> None:
    here = replace(on("starter"), billing_state="read_only")
    with pytest.raises(PaymentRequired) as refused:
        start(here, 0)
    assert refused.value.facts == {"billing_state": "read_only"}
    assert "/v1/billing/portal" in str(refused.value)


def test_a_start_with_models_is_refused_once_the_tokens_are_used() -> None:
    refuse_without_tokens(on("starter"), 2_999_999, PERIOD)
    with pytest.raises(QuotaReached) as refused:
        refuse_without_tokens(on("starter"), 3_000_100, PERIOD)
    facts = refused.value.facts
    assert (facts["unit"], facts["limit"], facts["used"]) == ("tokens", 3_000_000, 3_000_100)
    assert (facts["next_plan"], facts["can_allow_overage"]) == ("pro", True)


def test_who_allows_generations_beyond_the_plan_allows_tokens() -> None:
    refuse_without_tokens(on("starter", beyond=1), 99_000_000, PERIOD)


def test_the_free_plan_allows_no_tokens_beyond_it_whatever_was_set_before() -> None:
    with pytest.raises(QuotaReached):
        refuse_without_tokens(on("free", beyond=1), 500_000, PERIOD)
