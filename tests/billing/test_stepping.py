"""What time brings, step by step: states in their order, the end at Stripe, apps that rest and wake."""

from dataclasses import replace

import pytest

from chalicelib.billing.stepping import Stepper, is_step_needed, superfluous
from chalicelib.errors import CloudBusy, PaymentsBusy

from .steps_world import BEGAN, DAY, HERE, INVOICE, SUBSCRIPTION, Apps, Steps, Stripe

OWING = replace(SUBSCRIPTION, status="past_due")
PAID = replace(INVOICE, status="paid", amount_remaining=0)


class World:
    def __init__(self, *subscriptions, invoices=(), **steps):
        self.stripe = Stripe(*subscriptions, invoices=invoices)
        self.steps, self.apps = Steps(**steps), Apps()
        self.stepper = Stepper(
            steps=self.steps, books=self.stripe, subscriptions=self.stripe, apps=self.apps
        )

    def after(self, days):
        self.stripe.time = BEGAN + days * DAY
        return self.stepper.step(HERE)


@pytest.fixture
def owing():
    return World(OWING, invoices=[INVOICE])


@pytest.mark.parametrize(
    ("days", "state", "plan"),
    [(0, "past_due", "pro"), (3, "grace", "pro"), (10, "read_only", "pro"), (24, "lapsed", "free")],
)
def test_who_does_not_pay_goes_through_every_state_on_its_day(owing, days, state, plan):
    now = owing.after(days)
    assert (now.state, now.plan) == (state, plan)


def test_until_the_stated_end_every_app_runs_and_the_subscription_goes_on(owing):
    for days in (0, 3, 10, 23.9):
        owing.after(days)
    assert owing.apps.calls == []
    assert owing.stripe.ended == []


def test_at_the_end_the_subscription_ends_at_stripe_and_the_apps_rest(owing):
    now = owing.after(24)

    assert owing.stripe.ended == ["sub_1"]
    assert owing.steps.written == [("sub_1", "lapsed")]
    assert owing.apps.asleep == {"clinic", "shop"}
    assert now.state == "lapsed"


def test_the_end_is_done_once_however_often_it_is_looked_at(owing):
    for days in (24, 25, 60):
        owing.after(days)
    assert owing.stripe.ended == ["sub_1"]


def test_what_went_live_after_the_end_is_left_running(owing):
    owing.after(24)
    owing.steps.live.append("made-on-the-free-plan")
    owing.after(25)
    assert owing.apps.asleep == {"clinic", "shop"}


def test_who_pays_after_all_has_the_apps_awake_again(owing):
    owing.after(24)
    owing.stripe.invoices = {"in_1": PAID}

    now = owing.after(26)
    assert (now.state, now.plan) == ("current", "free")
    assert owing.apps.asleep == set()
    assert owing.steps.rested is None


def test_an_app_that_could_not_be_put_to_rest_is_so_by_the_next_step(owing):
    owing.apps.busy = 1
    with pytest.raises(CloudBusy):
        owing.after(24)
    assert not owing.steps.is_settled

    owing.after(24)
    assert owing.steps.is_settled
    assert owing.apps.asleep == {"clinic", "shop"}


def test_whoever_is_interrupted_while_waking_wakes_them_again(owing):
    owing.after(24)
    owing.stripe.invoices = {"in_1": PAID}
    owing.apps.busy = 1
    with pytest.raises(CloudBusy):
        owing.after(25)
    assert owing.steps.rested is not None

    owing.after(25)
    assert owing.apps.asleep == set()
    assert owing.steps.rested is None


def test_who_was_interrupted_while_they_went_to_rest_has_them_woken_by_paying(owing):
    owing.apps.busy = 1
    with pytest.raises(CloudBusy):
        owing.after(24)
    owing.stripe.invoices = {"in_1": PAID}
    owing.after(25)
    assert owing.apps.calls == ["rest", "wake"]


def test_an_organization_that_always_paid_has_no_app_touched():
    world = World(SUBSCRIPTION, invoices=[PAID])
    assert world.after(5).state == "current"
    assert world.apps.calls == []


def test_of_two_subscriptions_the_lower_plan_is_ended_at_once():
    second = replace(SUBSCRIPTION, id="sub_2", plan="scale", began_at=BEGAN + DAY)
    world = World(second, SUBSCRIPTION)

    assert world.after(1).plan == "scale"
    assert world.steps.written == [("sub_1", "second")]


def test_of_two_with_the_same_plan_the_younger_is_ended():
    second = replace(SUBSCRIPTION, id="sub_0", began_at=BEGAN + DAY)
    world = World(second, SUBSCRIPTION)
    world.after(1)
    assert world.steps.written == [("sub_0", "second")]


def test_one_whose_price_is_none_of_ours_is_not_ended():
    other = replace(SUBSCRIPTION, id="sub_2", plan=None, began_at=BEGAN + DAY)
    assert superfluous("current", [Stripe().fetched(one) for one in (SUBSCRIPTION, other)]) == []


def test_one_that_gives_a_plan_is_kept_before_an_older_one_that_gives_none():
    unpaid = replace(SUBSCRIPTION, status="unpaid")
    good = replace(SUBSCRIPTION, id="sub_2", began_at=BEGAN + DAY)
    [(ended, reason)] = superfluous("past_due", [Stripe().fetched(one) for one in (unpaid, good)])
    assert (ended.subscription.id, reason) == ("sub_1", "second")


@pytest.mark.parametrize("status", ["incomplete", "incomplete_expired", "canceled"])
def test_one_that_never_began_or_has_ended_is_no_second(status):
    other = replace(SUBSCRIPTION, id="sub_2", status=status)
    assert superfluous("current", [Stripe().fetched(one) for one in (SUBSCRIPTION, other)]) == []


def test_one_that_is_paid_is_not_ended_for_the_debt_of_another():
    paid = replace(SUBSCRIPTION, id="sub_2", began_at=BEGAN + DAY)
    found = superfluous("lapsed", [Stripe().fetched(one) for one in (OWING, paid)])
    assert [one.subscription.id for one, _ in found] == ["sub_1"]


def test_who_never_bought_anything_is_not_stepped_for():
    world = World(account=None)
    assert world.after(0) is None
    assert world.stripe.asked == 0


def test_of_a_customer_who_was_deleted_nothing_is_asked():
    account = replace(Steps()._account, customer_deleted_at=BEGAN)
    world = World(SUBSCRIPTION, account=account)
    assert world.after(0).plan == "free"
    assert world.stripe.asked == 0


def test_when_stripe_is_away_nothing_changes_and_the_step_comes_again(owing):
    def away(customer_id):
        raise PaymentsBusy("away")

    owing.stripe.subscriptions_of = away
    with pytest.raises(PaymentsBusy):
        owing.after(24)
    assert owing.steps.standing is None
    assert not owing.steps.is_stepping


@pytest.mark.parametrize(
    ("state", "apps_rest_at", "statuses", "needed"),
    [
        ("current", None, ["active"], False),
        ("read_only", None, ["past_due"], False),
        ("lapsed", None, ["canceled"], True),
        ("lapsed", BEGAN, ["past_due"], True),
        ("lapsed", BEGAN, ["canceled"], False),
        ("current", BEGAN, ["canceled"], True),
        ("current", None, ["active", "active"], True),
    ],
)
def test_what_follows_and_is_not_done_calls_for_a_step(state, apps_rest_at, statuses, needed):
    there = [
        Stripe().fetched(replace(SUBSCRIPTION, id=f"sub_{number}", status=status))
        for number, status in enumerate(statuses)
    ]
    assert is_step_needed(state, apps_rest_at, there) is needed
