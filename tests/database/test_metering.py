"""Every place where a process can die between our row and Stripe's call, with the real database and the double over HTTP:
whatever breaks, each row is counted by Stripe once, and the sum is that of a calculation beside it."""

from __future__ import annotations

import json
import random
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier
from types import SimpleNamespace
from uuid import uuid4

import pytest

from chalicelib import jobs
from chalicelib.adapters.deletion_store import PostgresDeletionStore
from chalicelib.billing.metering import SETTLED_AFTER, Dated
from chalicelib.errors import Conflict, DatabaseBusy, PaymentsAccountRefused
from tests.database.till import INCLUDED, Dying, Killed, Till, call, generation


@pytest.fixture
def till(platform):
    made = Till(platform)
    yield made
    made.close()


@pytest.fixture
def beyond(till):
    """500 tokens beyond the plan wait to be told."""
    till.book(INCLUDED)
    till.book(500)
    return till


# ---- booking ----


def test_tokens_within_the_plan_are_counted_and_not_billed(till):
    till.book(INCLUDED)
    assert till.counted() == {till.started_at: INCLUDED}
    assert till.events() == []
    assert not till.is_noted()


def test_the_part_beyond_the_plan_is_billed_with_the_call_that_went_beyond(till):
    till.book(INCLUDED - 100)
    till.book(250)
    assert till.events() == [("tokens", 150, False, None)]
    assert till.sql(
        "select used.beyond_tokens, used.meter_event_id = event.id from platform.usage_metrics as used"
        " join platform.meter_events as event on event.id = used.meter_event_id"
    ) == [(150, True)]
    assert till.is_noted()


def test_calls_booked_together_are_billed_as_one(till):
    rows = [call(INCLUDED - 10), call(30), call(5, is_own_key=True), call(7)]
    till.usage.add(till.id, rows, discovery_id=till.discovery)
    assert till.events() == [("tokens", 27, False, None)]
    assert till.sql("select beyond_tokens from platform.usage_metrics order by id") == [
        (0,),
        (20,),
        (0,),
        (7,),
    ]


def test_a_call_that_is_reported_again_counts_once(till):
    till.book(INCLUDED, source="a")
    for _ in range(3):
        till.book(900, source="b")
        till.book(INCLUDED, source="a")
    assert till.counted() == {till.started_at: INCLUDED + 900}
    assert till.events() == [("tokens", 900, False, None)]


def test_what_the_organizations_own_key_paid_does_not_count(till):
    till.book(2 * INCLUDED, is_own_key=True)
    assert till.counted() == {till.started_at: 0}
    assert till.events() == []


def test_what_is_read_from_the_cache_does_not_count(till):
    till.book(0, cache_read_tokens=2 * INCLUDED)
    assert till.counted() == {till.started_at: 0}


def test_beyond_the_plan_nothing_is_billed_unless_somebody_allowed_it(platform):
    till = Till(platform, overage=0)
    till.book(INCLUDED + 500)
    till.sql("update platform.organizations set overage_generations_max = 1")
    till.book(40)
    assert till.events() == [("tokens", 40, False, None)]
    till.close()


def test_bookings_at_the_same_time_bill_exactly_what_is_beyond(till):
    """Sixteen at once, twelve calls each, some of them reported twice, around the edge of the plan."""
    sizes = [[random.Random(n * 100 + m).randint(1, 40_000) for m in range(12)] for n in range(16)]
    till.book(INCLUDED - 1_000_000)
    together = Barrier(len(sizes))

    def book(number):
        together.wait()
        for place, tokens in enumerate(sizes[number]):
            for _ in range(1 + place % 2):
                till.book(tokens, source=f"{number}:{place}")

    with ThreadPoolExecutor(len(sizes)) as pool:
        list(pool.map(book, range(len(sizes))))
    total = INCLUDED - 1_000_000 + sum(map(sum, sizes))
    assert till.counted() == {till.started_at: total}
    billed = till.sql("select sum(quantity)::bigint from platform.meter_events")
    shares = till.sql("select sum(beyond_tokens)::bigint from platform.usage_metrics")
    assert billed == shares == [(total - INCLUDED,)]


def test_a_booking_that_is_rolled_back_bills_nothing(till):
    with pytest.raises(Killed):
        book_and_die(till, INCLUDED + 500)
    assert till.counted() == {}
    assert till.events() == []
    assert not till.is_noted()


def book_and_die(till, tokens):
    with till.database.unit(till.id):
        till.book(tokens)
        raise Killed


def test_a_run_beyond_the_plan_is_billed_when_it_succeeds_once(till):
    inside, outside, failed = (
        generation(till, is_overage=beyond) for beyond in (False, True, True)
    )
    for run in (inside, outside):
        till.generations.succeed(till.id, run, url="http://localhost:8101")
    till.generations.succeed(till.id, outside, url="http://localhost:8101")
    till.generations.fail(till.id, failed, stage="S", error="E", reason="r")
    assert till.events("meter, quantity, generation_id") == [("generations", 1, outside)]


@pytest.mark.parametrize(
    ("how", "facts"),
    [
        ("succeed", {"url": "http://localhost:8101"}),
        ("fail", {"stage": "S", "error": "E", "reason": "r"}),
        ("cancel", {"by": "system:test"}),
    ],
)
def test_a_run_ends_only_when_nobody_else_changes_what_counts(till, how, facts):
    """Else a run that gives its place back could give it to one that is being billed at that moment."""
    run = generation(till)
    with till.platform.admin() as holder, holder.transaction():
        holder.execute("select from platform.organizations for no key update")
        with pytest.raises(DatabaseBusy):
            getattr(till.generations, how)(till.id, run, **facts)
    getattr(till.generations, how)(till.id, run, **facts)


# ---- telling, and dying ----


def test_what_is_beyond_is_told_and_taken_off_the_list(beyond):
    assert beyond.tell() == {"sent": 1}
    assert beyond.at_stripe() == 500
    assert beyond.events() == [("tokens", 500, True, None)]
    assert not beyond.is_noted()
    assert beyond.tell() == {}


def test_an_event_is_told_under_the_id_of_its_row_as_of_when_it_happened(beyond):
    beyond.tell()
    [(id_, at)] = beyond.events("id, happened_at")
    [asked] = [one for one in beyond.server.requests if one["path"].endswith("meter_events")]
    assert asked["params"]["identifier"] == str(id_)
    assert int(asked["params"]["timestamp"]) == int(at.timestamp())


@pytest.mark.parametrize(
    ("port", "method", "when"),
    [
        pytest.param("rows", "trying", "before", id="before anything"),
        pytest.param("rows", "trying", "after", id="tried, before the call"),
        pytest.param("meters", "report", "before", id="at the call, not sent"),
        pytest.param("meters", "report", "after", id="after the call, before the mark"),
        pytest.param("rows", "sent", "before", id="at the mark"),
        pytest.param("rows", "sent", "after", id="after the mark"),
    ],
)
def test_dying_anywhere_loses_nothing_and_doubles_nothing(beyond, port, method, when):
    with pytest.raises(Killed):
        beyond.tell(**{port: Dying(getattr(beyond, port), method, when)})
    is_marked = (method, when) == ("sent", "after")
    assert beyond.is_noted() is not is_marked
    beyond.tell()
    assert beyond.at_stripe() == 500
    assert [one[2] for one in beyond.events()] == [True]
    assert not beyond.is_noted()


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"drop": "before"}, id="never arrived"),
        pytest.param({"drop": "after"}, id="done, the answer lost"),
        pytest.param({"half": True}, id="half answered"),
        pytest.param({"slow_s": 1.2}, id="too slow"),
        pytest.param({"status": 500}, id="500"),
        pytest.param({"status": 429}, id="429"),
        pytest.param({"status": 409}, id="409"),
    ],
)
def test_whatever_stripe_does_the_row_is_counted_once(beyond, fault):
    beyond.fault(**fault, times=3)
    assert beyond.tell() == {"busy": 1}
    assert beyond.is_noted()
    beyond.server.faults.clear()
    assert beyond.tell() == {"sent": 1}
    assert beyond.at_stripe() == 500
    assert len(set(beyond.told())) == 1


def test_a_second_telling_that_stripe_refuses_as_known_is_an_answer(beyond):
    with pytest.raises(Killed):
        beyond.tell(meters=Dying(beyond.meters, "report", "after"))
    assert beyond.tell() == {"sent": 1}
    [first, second] = [
        one["status"] for one in beyond.server.requests if one["path"].endswith("meter_events")
    ]
    assert (first, second) == (200, 400)


def test_with_a_refused_key_the_row_waits_and_somebody_hears_of_it(beyond):
    beyond.fault(status=401)
    with pytest.raises(PaymentsAccountRefused):
        beyond.tell()
    assert beyond.is_noted()
    assert beyond.tell() == {"sent": 1}


def test_the_minutes_schedule_brings_it_and_the_job_tells_it(beyond, caplog):
    messages = []
    wires = SimpleNamespace(
        deletions=PostgresDeletionStore(beyond.database),
        jobs=SimpleNamespace(put=lambda job, **facts: messages.append({"job": job, **facts})),
        meter_rows=beyond.rows,
        meters=beyond.meters,
        books=beyond.books,
    )
    jobs.tenant_jobs({}, wires)
    assert messages == [{"job": "meter", "tenant_id": beyond.id, "organization_id": beyond.id}]
    body = json.dumps(messages[0], default=str)
    for _ in range(2):  # queues deliver at least once
        jobs.do({"Records": [{"body": body}]}, wires)
    assert beyond.at_stripe() == 500
    assert len(beyond.told()) == 1
    assert "meter_events" in caplog.messages


def test_what_waits_comes_back_a_lease_later(beyond):
    deletions = PostgresDeletionStore(beyond.database)
    beyond.fault(status=500, times=3)
    assert [due.job for due in deletions.take(900)] == ["meter"]
    assert beyond.tell() == {"busy": 1}
    assert deletions.take(900) == []
    beyond.sql("update platform.tenant_jobs set due_at = due_at - interval '15 minutes'")
    assert [due.job for due in deletions.take(900)] == ["meter"]


def test_an_event_that_comes_while_the_last_one_is_marked_is_not_forgotten(beyond):
    """The mark looks whether anything waits, and takes the job off the list; at that moment something comes."""
    begun, kept = Barrier(2), Barrier(2)

    def add():
        with beyond.database.unit(beyond.id):
            beyond.book(60)
            begun.wait(5)
            kept.wait(5)

    with ThreadPoolExecutor(2) as pool:
        adding = pool.submit(add)
        begun.wait(5)
        telling = pool.submit(beyond.tell)
        time.sleep(0.3)  # the mark waits for the list's row now
        kept.wait(5)
        adding.result(5)
        telling.result(5)
    waiting = [one for one in beyond.events() if not one[2]]
    assert beyond.is_noted() is bool(waiting)
    beyond.tell()
    assert beyond.at_stripe() == 560


# ---- a day later ----


def test_a_day_later_what_stripe_has_is_found_by_its_sum_and_not_told_again(beyond):
    with pytest.raises(Killed):
        beyond.tell(meters=Dying(beyond.meters, "report", "after"))
    beyond.pass_time(hours=25)
    assert beyond.tell() == {"found": 1}
    assert len(beyond.told()) == 1
    assert beyond.at_stripe() == 500


def test_without_comparing_a_day_later_stripe_would_count_it_twice(beyond):
    """What the comparison is for; if this ever fails, the test above guards nothing."""
    with pytest.raises(Killed):
        beyond.tell(meters=Dying(beyond.meters, "report", "after"))
    beyond.pass_time(hours=25)
    waiting = beyond.rows.first_waiting(beyond.id, "tokens")
    beyond.meters.report(beyond.customer, beyond.rows.trying(beyond.id, waiting, None))
    assert beyond.at_stripe() == 1000


def test_a_day_later_what_stripe_never_got_is_told(beyond):
    beyond.fault(drop="before")
    assert beyond.tell() == {"busy": 1}
    beyond.pass_time(hours=25)
    assert beyond.tell() == {"sent": 1}
    assert beyond.at_stripe() == 500


def test_as_long_as_stripes_sums_may_lag_nothing_is_concluded_from_them(beyond):
    beyond.server.account.settings["meter_lag_s"] = 1800
    with pytest.raises(Killed):
        beyond.tell(meters=Dying(beyond.meters, "report", "after"))
    beyond.sql("update platform.meter_events set first_tried_at = now() - interval '23 h 1 min'")
    assert beyond.tell() == {"unsettled": 1}
    beyond.pass_time(seconds=SETTLED_AFTER.total_seconds() + 1)
    assert beyond.tell() == {"found": 1}
    assert beyond.at_stripe() == 500


def test_of_a_meter_one_row_at_a_time_is_under_way_so_a_difference_is_that_rows(beyond):
    """Equal sums, the same minute: only their turns tell them apart."""
    for _ in range(3):
        beyond.book(500)
    with pytest.raises(Killed):
        beyond.tell(meters=Dying(beyond.meters, "report", "after"))
    tried = "first_tried_at is not null"
    assert [one for (one,) in beyond.events(tried)] == [True, False, False, False]
    beyond.pass_time(hours=25)
    assert beyond.tell() == {"found": 1, "sent": 3}
    assert beyond.at_stripe() == 2000


def test_two_jobs_at_once_tell_each_row_once(beyond):
    for _ in range(6):
        beyond.book(70)
    together = Barrier(4)

    def tell(_):
        together.wait()
        return beyond.tell()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(tell, range(4)))
    beyond.tell()
    assert beyond.at_stripe() == 500 + 6 * 70
    assert all(one[2] for one in beyond.events())
    assert not beyond.is_noted()


def test_whoever_saw_a_row_before_somebody_else_tried_it_begins_nothing_anew(beyond):
    """Else two tries would have two dates, and nobody knew which one Stripe has."""
    seen = beyond.rows.first_waiting(beyond.id, "tokens")
    first = Dated(dated_at=seen.happened_at, period_started_at=seen.period_started_at)
    later = replace(first, dated_at=seen.happened_at + timedelta(seconds=5))
    assert beyond.rows.trying(beyond.id, seen, first) is not None
    assert beyond.rows.trying(beyond.id, seen, later) is None
    tried = beyond.rows.first_waiting(beyond.id, "tokens")
    assert beyond.rows.trying(beyond.id, tried, later) is not None
    assert beyond.rows.trying(beyond.id, tried, None) is None


# ---- the customer is gone, the period is over ----


def test_when_the_customer_was_deleted_the_row_is_kept_and_says_why_it_is_not_billed(beyond):
    beyond.sql("update platform.billing_accounts set customer_deleted_at = now()")
    assert beyond.tell() == {"refused": 1}
    assert beyond.events() == [
        ("tokens", 500, False, "nobody pays: there is no customer at Stripe")
    ]
    assert beyond.told() == []
    assert not beyond.is_noted()


def test_an_organization_without_an_account_is_told_of_nowhere(beyond):
    beyond.sql("delete from platform.billing_accounts")
    assert beyond.tell() == {"refused": 1}
    assert beyond.told() == []


def test_a_row_that_stripe_will_never_take_says_so_and_holds_up_no_other(beyond):
    beyond.book(70)
    refusing = SimpleNamespace(report=refuses_once(beyond.meters.report))
    assert beyond.tell(meters=refusing) == {"refused": 1, "sent": 1}
    assert beyond.events() == [
        ("tokens", 500, False, "Stripe refuses this meter event (timestamp)."),
        ("tokens", 70, True, None),
    ]
    assert not beyond.is_noted()


def refuses_once(report):
    answers = [Conflict("Stripe refuses this meter event (timestamp).")]

    def told(*given):
        if answers:
            raise answers.pop()
        return report(*given)

    return told


def test_what_was_used_just_before_the_end_of_a_plan_is_told_for_its_last_period(beyond):
    """There is no next bill: as of now it would be on none, and the last invoice is open for an hour."""
    beyond.sql("update platform.meter_events set happened_at = now() - interval '10 min'")
    beyond.sql("update platform.meter_events set period_started_at = now() - interval '32 days'")
    beyond.sql(
        "update platform.organizations set plan = 'free', period_started_at = null, period_ends_at = null"
    )
    assert beyond.tell() == {"sent": 1}
    assert beyond.events("dated_at = happened_at, period_started_at < now() - interval '31 days'") == [(True, True)]  # fmt: skip


def test_just_after_its_period_it_is_told_for_its_own_period(beyond):
    began = beyond.renew(ago={"minutes": 10})
    beyond.tell()
    [(dated_at, period)] = beyond.events("dated_at, period_started_at")
    assert dated_at < began
    assert period == beyond.started_at


def test_when_its_invoice_is_closed_it_goes_on_the_next_one(beyond):
    began = beyond.renew(ago={"hours": 2})
    beyond.tell()
    [(dated_at, period)] = beyond.events("dated_at, period_started_at")
    assert dated_at > began
    assert period == began
    assert beyond.at_stripe() == 500


@pytest.mark.parametrize("arrived", [True, False])
def test_tried_before_its_invoice_closed_it_is_compared_before_it_goes_on_the_next(beyond, arrived):
    with pytest.raises(Killed):
        beyond.tell(meters=Dying(beyond.meters, "report", "after" if arrived else "before"))
    beyond.sql("update platform.meter_events set dated_at = dated_at - interval '3 h'")
    for known in beyond.server.account.store.all("_meter_event"):
        known["timestamp"] -= 3 * 3600
    beyond.pass_time(hours=2)
    began = beyond.renew(ago={"hours": 1})
    assert beyond.tell() == {"found" if arrived else "sent": 1}
    assert beyond.at_stripe() == 500
    [(period,)] = beyond.events("period_started_at")
    assert period == (beyond.started_at if arrived else began)


# ---- all of it at once ----


@pytest.mark.parametrize("seed", range(6))
def test_a_long_life_with_everything_going_wrong_ends_in_the_sum_of_a_calculation_beside_it(
    till, seed
):
    """Bookings, deaths, faults and days in any order. Beside it a plain sum that knows of none of them."""
    chance = random.Random(seed)
    used = billed = 0
    sources = []
    for _ in range(60):
        act = chance.choice(["book", "book", "again", "tell", "die", "fault", "day"])
        if act == "book":
            tokens = chance.choice([1, 999, 400_000, 1_500_000])
            sources.append((str(uuid4()), tokens))
            till.book(tokens, source=sources[-1][0])
            billed += max(0, used + tokens - max(used, INCLUDED))
            used += tokens
        elif act == "again" and sources:
            source, tokens = chance.choice(sources)
            till.book(tokens, source=source)
        elif act == "die":
            port, method = chance.choice(
                [("rows", "trying"), ("meters", "report"), ("rows", "sent")]
            )
            dying = Dying(getattr(till, port), method, chance.choice(["before", "after"]))
            with suppress(Killed):
                till.tell(**{port: dying})
        elif act == "fault":
            till.fault(**chance.choice([{"drop": "before"}, {"drop": "after"}, {"half": True}]))
            till.tell()
        elif act == "day":
            till.pass_time(hours=chance.choice([1, 23, 25]))
        else:
            till.tell()
    till.server.faults.clear()
    while till.is_noted():
        till.pass_time(hours=2)
        till.tell()
    assert till.counted() in ({till.started_at: used}, {})
    assert till.at_stripe() == billed
    assert sum(one[1] for one in till.events()) == billed
    assert all(one[2] for one in till.events())


def test_by_a_test_clock_it_is_dated_by_the_customers_time(platform):
    till = Till(platform)
    year = int((datetime.now(UTC) + timedelta(days=365)).timestamp())
    clock = till.v1.test_helpers.test_clocks.create({"frozen_time": year})
    customer = till.v1.customers.create({"name": "Ana", "test_clock": clock.id}).id
    there = datetime.fromtimestamp(year, UTC)
    till.sql(
        "update platform.billing_accounts set customer_id = %(customer)s, test_clock_id = %(clock)s",
        customer=customer,
        clock=clock.id,
    )
    till.sql(
        "update platform.organizations set period_started_at = %(since)s, period_ends_at = %(until)s",
        since=there - timedelta(days=3),
        until=there + timedelta(days=27),
    )
    till.customer = customer
    till.book(INCLUDED + 77)
    till.tell()
    assert till.at_stripe(until=there + timedelta(days=30)) == 77
    [(dated_at,)] = till.events("dated_at")
    assert there - timedelta(days=3) <= dated_at <= there
    till.close()
