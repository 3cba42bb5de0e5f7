"""Meters of the double: each identifier counted once, whole minutes summed, what can't be counted told later."""

import pytest
import stripe

from tests.stripe.conftest import client_of, double
from tests.stripe_server.server import Server

NOON = 1_790_000_040 // 60 * 60
DAY_S = 24 * 3600


class Bench:
    """A double whose time stands still, with a meter and a customer."""

    def __init__(self, server, now):
        self.server, self.now = server, now
        self.v1 = client_of(server).v1
        self.meter = self.v1.billing.meters.create(
            {
                "display_name": "Generations",
                "event_name": "generations",
                "default_aggregation": {"formula": "sum"},
            }
        )
        self.customer = self.v1.customers.create({"name": "Ana"})

    def report(self, identifier, value=1, *, customer=None, **more):
        payload = {"stripe_customer_id": customer or self.customer.id, "value": str(value)}
        wanted = {"event_name": "generations", "identifier": identifier, "payload": payload}
        return self.v1.billing.meter_events.create({**wanted, **more})

    def total(self, since=NOON - 3600, until=NOON + DAY_S, customer=None, **more):
        wanted = {"customer": customer or self.customer.id, "start_time": since, "end_time": until}
        found = self.v1.billing.meters.event_summaries.list(self.meter.id, {**wanted, **more})
        return [each.aggregated_value for each in found.auto_paging_iter()]


@pytest.fixture
def bench():
    now = [NOON]
    with Server(clock=lambda: now[0]) as server:
        yield Bench(server, now)


def test_what_was_reported_is_summed(bench):
    for number in (1, 2, 3):
        bench.report(f"event-{number}", number)
    assert bench.total() == [6.0]


def test_an_identifier_counts_once_and_is_refused_the_second_time(bench):
    bench.report("one")
    with pytest.raises(stripe.InvalidRequestError, match="already exists with identifier one"):  # fmt: skip
        bench.report("one", 7)
    assert bench.total() == [1.0]


def test_an_identifier_is_forgotten_after_a_day_and_what_it_counted_is_not(bench):
    bench.report("one")
    bench.now[0] += DAY_S + 1
    bench.report("one")
    assert bench.total(until=NOON + 2 * DAY_S) == [2.0]


def test_each_customer_has_a_total_and_nobody_elses(bench):
    other = bench.v1.customers.create({})
    bench.report("one", 5)
    assert bench.total(customer=other.id) == []


def test_a_total_has_its_beginning_and_not_its_end(bench):
    bench.report("one", 1, timestamp=NOON - 60)
    bench.report("two", 2, timestamp=NOON)
    assert bench.total(NOON - 60, NOON) == [1.0]
    assert bench.total(NOON, NOON + 60) == [2.0]


def test_a_total_comes_by_the_hour_for_who_asks(bench):
    hour = NOON // 3600 * 3600
    bench.report("one", 1, timestamp=hour - 1)
    bench.report("two", 2, timestamp=hour)
    assert bench.total(hour - 3600, hour + 3600, value_grouping_window="hour") == [2.0, 1.0]


@pytest.mark.parametrize(("since", "until"), [(NOON + 1, NOON + 60), (NOON, NOON + 61), (NOON, NOON)])  # fmt: skip
def test_a_total_is_of_whole_minutes(bench, since, until):
    with pytest.raises(stripe.InvalidRequestError, match=r"start_time|end_time"):
        bench.total(since, until)


@pytest.mark.parametrize(
    ("timestamp", "code"),
    [
        (NOON - 35 * DAY_S - 1, "timestamp_too_far_in_past"),
        (NOON + 301, "timestamp_in_future"),
    ],
)
def test_an_event_of_long_ago_or_of_tomorrow_is_refused(bench, timestamp, code):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        bench.report("one", timestamp=timestamp)
    assert refused.value.code == code


def test_a_customer_of_a_test_clock_reports_by_the_clocks_time(bench):
    clock = bench.v1.test_helpers.test_clocks.create({"frozen_time": NOON + 90 * DAY_S})
    later = bench.v1.customers.create({"test_clock": clock.id})
    bench.report("one", customer=later.id, timestamp=NOON + 90 * DAY_S)
    with pytest.raises(stripe.InvalidRequestError):
        bench.report("two", customer=later.id, timestamp=NOON)


def test_what_is_reported_is_counted_a_while_later_when_told_so(bench):
    double(bench.server, "settings", {"meter_lag_s": 30})
    bench.report("one")
    assert bench.total() == []
    bench.now[0] += 30
    assert bench.total() == [1.0]


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"stripe_customer_id": "cus_nobody", "value": "1"}, "meter_event_customer_not_found"),
        ({"value": "1"}, "meter_event_no_customer_defined"),
        ({"stripe_customer_id": "{ana}", "value": "much"}, "meter_event_invalid_value"),
        ({"stripe_customer_id": "{ana}"}, "meter_event_invalid_value"),
        ({"stripe_customer_id": "{ana}", "value": "1" * 16}, "meter_event_value_too_many_digits"),
    ],
)
def test_what_can_not_be_counted_is_taken_and_told_later(bench, payload, code):
    payload = {name: value.format(ana=bench.customer.id) for name, value in payload.items()}
    wanted = {"event_name": "generations", "identifier": "one", "payload": payload}
    assert bench.v1.billing.meter_events.create(wanted).identifier == "one"
    assert bench.total() == []
    assert thin(bench) == [("v1.billing.meter.error_report_triggered", code)]


def test_a_meter_nobody_knows_is_told_of_too(bench):
    payload = {"stripe_customer_id": bench.customer.id, "value": "1"}
    bench.v1.billing.meter_events.create({"event_name": "unicorns", "payload": payload})
    assert thin(bench) == [("v1.billing.meter.no_meter_found", "no_meter")]


def test_a_meter_that_rests_counts_nothing_until_it_wakes(bench):
    bench.v1.billing.meters.deactivate(bench.meter.id)
    bench.report("one")
    bench.v1.billing.meters.reactivate(bench.meter.id)
    bench.report("two")
    assert bench.total() == [1.0]
    assert [code for _, code in thin(bench)] == ["archived_meter"]


def test_two_active_meters_do_not_share_a_name(bench):
    same = {"display_name": "G", "event_name": "generations", "default_aggregation": {"formula": "sum"}}  # fmt: skip
    with pytest.raises(stripe.InvalidRequestError, match="already exists"):
        bench.v1.billing.meters.create(same)
    bench.v1.billing.meters.deactivate(bench.meter.id)
    assert bench.v1.billing.meters.create(same).status == "active"


@pytest.mark.parametrize(("formula", "total"), [("count", 2.0), ("last", 7.0)])
def test_a_meter_may_count_or_keep_the_last(bench, formula, total):
    bench.meter = bench.v1.billing.meters.create(
        {"display_name": "X", "event_name": "x", "default_aggregation": {"formula": formula}}
    )
    bench.report("late", 7, event_name="x", timestamp=NOON)
    bench.report("early", 5, event_name="x", timestamp=NOON - 60)
    assert bench.total() == [total]


def thin(bench):
    with bench.server.account.store.lock:
        found = bench.server.account.store.all("v2.core.event")
    return [(each["type"], each["data"]["reason"]["error_types"][0]["code"]) for each in found]
