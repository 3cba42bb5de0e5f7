"""Which letter tells of what: decided from two standings, never from an event."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.billing.dunning import BEGINS_AFTER, state_at
from chalicelib.billing.letters import (
    Notice,
    action_letters,
    letters_for,
    subscription_letters,
    trial_letters,
)
from chalicelib.billing.records import Invoice, Standing, Subscription
from chalicelib.mail.letters import KINDS, fault

DUE = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
WHO = {"user_id": "8b9a2f6c-1c11-4a57-8f65-0b6a7f0a6d10", "organization_name": "Clínica"}
CURRENT = Standing(
    plan="pro", state="current", state_ends_at=None, period_started_at=DUE, period_ends_at=DUE + 30 * DAY
)  # fmt: skip
SUBSCRIPTION = Subscription(
    id="sub_1",
    status="active",
    price_id="price_1",
    plan="pro",
    currency="usd",
    period_started_at=DUE,
    period_ends_at=DUE + 30 * DAY,
    began_at=DUE,
)
INVOICE = Invoice(
    id="in_1",
    subscription_id="sub_1",
    number="A-1",
    status="open",
    reason="subscription_cycle",
    currency="usd",
    total=9900,
    amount_due=9900,
    amount_paid=0,
    amount_remaining=9900,
    attempts=1,
    next_attempt_at=None,
    made_at=DUE,
    finalized_at=DUE,
    paid_at=None,
    period_started_at=DUE,
    period_ends_at=DUE + 30 * DAY,
)


def owing_for(days):
    dunned = state_at(DUE, DUE + days * DAY)
    plan = "free" if dunned.state == "lapsed" else "pro"
    return replace(CURRENT, plan=plan, state=dunned.state, state_ends_at=dunned.ends_at)


def kinds(notices):
    return [notice.kind for notice in notices]


def can_be_posted(notice):
    texts = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in notice.facts.items()
    }
    return fault(notice.kind, {**WHO, **texts}) is None


@pytest.mark.parametrize(
    ("days", "kind", "told"),
    [
        (0, "payment_failed", {"grace_at": 3, "read_only_at": 10, "lapsed_at": 24}),
        (3, "payment_grace", {"read_only_at": 10, "lapsed_at": 24}),
        (10, "payment_read_only", {"lapsed_at": 24}),
        (24, "payment_lapsed", {}),
    ],
)
def test_each_state_that_begins_is_told_with_the_days_of_those_to_come(days, kind, told):
    [notice] = letters_for(CURRENT, owing_for(days), owed="9900 usd")

    assert notice.kind == kind
    assert notice.facts == {
        "amount": "9900 usd",
        **{name: DUE + after * DAY for name, after in told.items()},
    }
    assert can_be_posted(notice)


@pytest.mark.parametrize("days", [0, 3, 10, 24])
def test_a_state_that_goes_on_is_not_told_again(days):
    assert letters_for(owing_for(days), owing_for(days)) == []


def test_an_amount_that_nobody_knows_is_left_out():
    [notice] = letters_for(CURRENT, owing_for(24))
    assert notice == Notice("payment_lapsed")


@pytest.mark.parametrize("days", [3, 10])
def test_whoever_pays_after_a_warning_hears_that_it_arrived(days):
    assert kinds(letters_for(owing_for(days), CURRENT)) == ["payment_settled"]


def test_whoever_pays_within_the_first_days_hears_of_it_from_stripe_alone():
    assert letters_for(owing_for(0), CURRENT) == []


def test_who_comes_back_from_the_free_plan_is_told_which_plan_it_is_now():
    back = letters_for(owing_for(24), CURRENT)

    assert kinds(back) == ["payment_settled", "plan_changed"]
    assert all(map(can_be_posted, back))
    assert back[1].facts == {"plan_before": "free", "plan": "pro"}


def test_paying_the_oldest_of_two_invoices_scares_nobody_with_an_earlier_state():
    assert letters_for(owing_for(10), owing_for(3)) == []


@pytest.mark.parametrize("plan", ["free", "starter", "scale"])
def test_a_change_of_plan_is_told(plan):
    [notice] = letters_for(CURRENT, replace(CURRENT, plan=plan))

    assert notice.facts == {"plan_before": "pro", "plan": plan}
    assert can_be_posted(notice)


def test_who_owes_money_hears_of_that_alone():
    unpaid = replace(owing_for(10), plan="free")
    assert kinds(letters_for(CURRENT, unpaid)) == ["payment_read_only"]


def test_a_cancellation_is_told_once_with_the_last_day():
    ending = replace(SUBSCRIPTION, is_ending=True, ends_at=SUBSCRIPTION.period_ends_at)

    [notice] = subscription_letters(SUBSCRIPTION, ending)
    assert notice.facts == {"plan": "pro", "due_at": SUBSCRIPTION.period_ends_at}
    assert can_be_posted(notice)
    assert subscription_letters(ending, ending) == []
    assert subscription_letters(ending, SUBSCRIPTION) == []


def test_what_ended_at_once_is_no_cancellation_to_come():
    ended = replace(SUBSCRIPTION, is_ending=True, ends_at=DUE, ended_at=DUE)
    assert subscription_letters(SUBSCRIPTION, ended) == []


def test_a_trial_is_told_with_its_last_day_and_nothing_else_is():
    [notice] = trial_letters(replace(SUBSCRIPTION, trial_ends_at=DUE + 3 * DAY))

    assert notice.facts["due_at"] == DUE + 3 * DAY
    assert can_be_posted(notice)
    assert trial_letters(SUBSCRIPTION) == []


def test_a_confirmation_is_asked_for_while_the_invoice_is_open():
    [notice] = action_letters(INVOICE)

    assert can_be_posted(notice)
    assert action_letters(replace(INVOICE, status="paid")) == []


def test_every_state_has_a_letter_of_its_own():
    told = {letters_for(CURRENT, owing_for(days.days))[0].kind for _, days in BEGINS_AFTER}
    assert len(told) == len(BEGINS_AFTER)
    assert told <= KINDS.keys()
