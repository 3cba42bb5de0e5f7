"""The nightly comparison: what differs is said field by field, and mended."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from chalicelib.billing.newest import fetched_moment
from chalicelib.billing.reconciling import Difference, metered, reconcile

from .steps_world import BEGAN, DAY, HERE, INVOICE, SUBSCRIPTION, Steps, Stripe

PERIOD = {"period_started_at": BEGAN, "period_ends_at": BEGAN + 30 * DAY}


class Sums:
    def __init__(self, **sent):
        self.sent, self.asked = sent, []

    def payer(self, tenant_id):
        return SimpleNamespace(customer_id="cus_1", **PERIOD)

    def sent_within(self, tenant_id, meter, since, until):
        self.asked.append((since, until))
        return self.sent.get(meter, 0)


@pytest.fixture
def stripe():
    return Stripe(SUBSCRIPTION, invoices=[INVOICE], now=BEGAN + DAY)


@pytest.fixture
def steps(stripe):
    """Knows what Stripe said a day ago."""
    steps = Steps()
    there = Stripe(SUBSCRIPTION, invoices=[INVOICE], now=BEGAN)
    steps.kept = {"sub_1": there.fetched(SUBSCRIPTION)}
    steps.invoices = {"in_1": (INVOICE, fetched_moment(INVOICE, BEGAN))}
    return steps


def compare(steps, stripe, sums=None):
    return reconcile(
        HERE, comparisons=steps, books=stripe, sums=sums or Sums(), meters=stripe
    ).differences


def test_what_is_as_we_believe_is_no_difference(steps, stripe):
    assert compare(steps, stripe) == ()


def test_a_status_that_nobody_told_of_is_said_and_mended(steps, stripe):
    stripe.subscriptions["sub_1"] = replace(SUBSCRIPTION, status="past_due")

    assert compare(steps, stripe) == (
        Difference(of="subscription sub_1", field="status", kept="active", at_stripe="past_due"),
    )
    assert steps.kept["sub_1"].subscription.status == "past_due"
    assert compare(steps, stripe) == ()


def test_each_field_that_differs_is_said(steps, stripe):
    stripe.subscriptions["sub_1"] = replace(
        SUBSCRIPTION, plan="scale", price_id="price_scale", is_ending=True, ends_at=BEGAN + DAY
    )
    assert {one.field for one in compare(steps, stripe)} == {
        "plan", "price_id", "is_ending", "ends_at"
    }  # fmt: skip


def test_a_change_to_come_is_compared_too(steps, stripe):
    kept = steps.kept["sub_1"]
    steps.kept["sub_1"] = replace(kept, pending_plan="starter", pending_at=BEGAN + 30 * DAY)
    assert [one.field for one in compare(steps, stripe)] == ["pending_plan", "pending_at"]


def test_what_we_never_heard_of_is_one_difference_each(steps, stripe):
    steps.kept, steps.invoices = {}, {}
    assert [(one.of, one.kept, one.at_stripe) for one in compare(steps, stripe)] == [
        ("subscription sub_1", None, "active"),
        ("invoice in_1", None, "open"),
    ]


def test_an_invoice_that_was_paid_unheard_is_said_and_ends_the_debt(steps, stripe):
    stripe.invoices["in_1"] = replace(INVOICE, status="paid", amount_paid=9900, amount_remaining=0)
    done = reconcile(HERE, comparisons=steps, books=stripe, sums=Sums(), meters=stripe)

    assert [one.field for one in done.differences] == ["status", "amount_paid", "amount_remaining"]
    assert done.standing.state == "current"


def test_an_address_that_stripe_made_anew_is_no_difference(steps, stripe):
    stripe.invoices["in_1"] = replace(INVOICE, page_url="https://invoice.example/2")
    assert compare(steps, stripe) == ()


def test_what_an_event_told_since_stripe_was_asked_is_no_difference(steps, stripe):
    later = replace(SUBSCRIPTION, status="past_due")
    ahead = Stripe(later, now=BEGAN + 2 * DAY)
    steps.kept["sub_1"] = ahead.fetched(later)

    assert compare(steps, stripe) == ()
    assert steps.kept["sub_1"].subscription.status == "past_due"


def test_a_customer_who_was_deleted_unheard_is_said_and_asked_nothing_more(steps, stripe):
    stripe.customer = replace(stripe.customer, is_deleted=True)
    [found] = compare(steps, stripe)
    assert (found.of, found.field, found.at_stripe) == ("customer cus_1", "is_deleted", "True")
    assert stripe.asked == 0


def test_what_a_meter_did_not_count_is_said_and_left_to_people(steps, stripe):
    stripe.totals = {"tokens": 900, "generations": 2}
    [found] = compare(steps, stripe, Sums(tokens=1000, generations=2))
    assert (found.of, found.kept, found.at_stripe) == ("meter tokens", "1000", "900")


def test_meters_are_compared_in_whole_minutes_and_not_up_to_now(stripe):
    sums = Sums()
    metered(HERE, BEGAN + DAY, sums, stripe)
    assert {(since.second, until.second) for since, until in sums.asked} == {(0, 0)}
    assert max(until for _, until in sums.asked) < BEGAN + DAY


def test_a_period_that_has_just_begun_is_not_compared(stripe):
    sums = Sums()
    assert metered(HERE, BEGAN, sums, stripe) == []
    assert sums.asked == []


def test_who_never_bought_anything_is_compared_with_nothing(stripe):
    assert compare(Steps(account=None), stripe) == ()
    assert stripe.asked == 0


def test_every_difference_is_in_the_log(steps, stripe, caplog):
    stripe.subscriptions["sub_1"] = replace(SUBSCRIPTION, status="past_due")
    compare(steps, stripe)
    [line] = [each for each in caplog.records if each.message == "billing_drift"]
    assert (line.of, line.field, line.kept, line.at_stripe) == (
        "subscription sub_1", "status", "active", "past_due"
    )  # fmt: skip
