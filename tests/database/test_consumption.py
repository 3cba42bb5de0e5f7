"""A bill on the real database: its rows add up, to the token and to the cent, to the events that Stripe was told."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from chalicelib.adapters.consumption_store import PostgresConsumption
from chalicelib.billing.rates import OURS, rates, rounded
from chalicelib.billing.records import Price
from chalicelib.billing.usage import bill
from chalicelib.errors import NotFound
from tests.database.till import INCLUDED, Till, call, generation

GROUPS = ("generation", "day", "model")


@pytest.fixture
def till(platform):
    made = Till(platform)
    yield made
    made.close()


@pytest.fixture
def shown(till):
    """`shown(group_by, started_at)`: the bill."""

    def show(group_by="generation", started_at=None, rates=OURS):
        return bill(
            till.id,
            group_by,
            started_at,
            now=datetime.now(UTC),
            rates=rates,
            consumption=PostgresConsumption(till.database),
        )

    return show


def check(shown, till):
    """Rows, lines, events and the books say the same, however they are grouped."""
    for group_by in GROUPS:
        one = shown(group_by)
        assert sum(row.amount for row in one.rows) == one.amount
        billed = [event for event in one.meter_events if event.state != "refused"]
        for line in one.lines:
            by_events = sum(event.quantity for event in billed if event.meter == line.meter)
            by_rows = sum(getattr(row, f"beyond_{line.meter}") for row in one.rows)
            assert line.beyond == by_events == by_rows
            assert line.amount == rounded(by_events * OURS.of(line.meter))
            assert line.used == sum(getattr(row, line.meter) for row in one.rows)
        assert one.lines[1].used == till.counted().get(till.started_at, 0)
        linked = {id_ for row in one.rows for id_ in row.meter_event_ids}
        assert linked == {event.id for event in billed}
        assert sum((row.exact for row in one.rows), Decimal()) == sum(
            line.beyond * line.unit_amount for line in one.lines
        )


def spend(till, chance, runs):
    cause = chance.choice([*runs, None])
    rows = [
        call(
            chance.choice([1, 333, 7_777, 300_001]),
            source=str(chance.random()),
            model=chance.choice(["claude-opus-5-5", "claude-sonnet-5-5"]),
            called_at=datetime.now(UTC) - timedelta(days=chance.randrange(3)),
            is_own_key=chance.random() < 0.2,
        )
        for _ in range(chance.randint(1, 4))
    ]
    till.usage.add(
        till.id, rows, generation_id=cause, discovery_id=None if cause else till.discovery
    )


@pytest.mark.parametrize("seed", range(4))
def test_rows_add_up_to_the_events_and_the_bill_however_they_are_grouped(till, shown, seed):
    chance = random.Random(seed)
    runs = [generation(till, is_overage=chance.random() < 0.5) for _ in range(6)]
    till.book(INCLUDED - 500_000)
    for _ in range(25):
        spend(till, chance, runs)
    for run in runs[:4]:
        till.generations.succeed(till.id, run, url="http://localhost:8101")
    till.generations.fail(till.id, runs[4], stage="S", error="E", reason="r")
    check(shown, till)
    till.tell()
    check(shown, till)
    assert till.at_stripe("tokens") == shown().lines[1].beyond
    assert till.at_stripe("generations") == shown().lines[0].beyond


def test_a_bill_that_is_read_while_runs_are_booked_adds_up(till, shown):
    till.book(INCLUDED)
    chance = random.Random(7)

    def work(number):
        for _ in range(12):
            spend(till, random.Random(number * 1000 + chance.randrange(1000)), [])

    with ThreadPoolExecutor(4) as pool:
        working = [pool.submit(work, number) for number in range(4)]
        while not all(one.done() for one in working):
            one = shown(chance.choice(GROUPS))
            tokens = [event.quantity for event in one.meter_events]
            assert sum(row.beyond_tokens for row in one.rows) == sum(tokens) == one.lines[1].beyond
            assert sum(row.amount for row in one.rows) == one.amount
    check(shown, till)


def test_what_stripe_refused_is_not_on_the_bill(till, shown):
    till.book(INCLUDED + 5_000)
    assert shown().amount == 5
    till.sql("update platform.billing_accounts set customer_deleted_at = now()")
    till.tell()
    assert shown().amount == 0
    assert [event.state for event in shown().meter_events] == ["refused"]
    check(shown, till)


def test_what_was_told_too_late_is_on_the_next_bill_and_on_that_one_alone(till, shown):
    till.book(INCLUDED + 5_000)
    run = generation(till)
    till.generations.succeed(till.id, run, url="http://localhost:8101")
    began = till.renew(ago={"hours": 2})
    till.tell()
    before, now = shown(started_at=till.started_at), shown()
    assert now.period_started_at == began
    assert (before.amount, now.amount) == (0, 305)
    assert [line.used for line in before.lines] == [1, INCLUDED + 5_000]
    assert [line.used for line in now.lines] == [0, 0]
    for one in (before, now):
        assert sum(row.amount for row in one.rows) == one.amount
    assert list(now.periods) == [began, till.started_at]


def test_the_invoice_says_to_the_cent_what_our_bill_says(till, shown):
    """At the double, by a test clock: the plan and both meters, until the period's end."""
    period = till.subscribe_by_a_clock()
    for tokens in (INCLUDED, 333, 700, 1_234_567):
        till.book(tokens)
    for _ in range(3):
        till.generations.succeed(till.id, generation(till), url="http://localhost:8101")
    till.tell()
    ours = bill(
        till.id,
        "generation",
        period[0],
        now=period[0] + timedelta(days=1),
        rates=OURS,
        consumption=PostgresConsumption(till.database),
    )
    billed = till.billed_at(period[1] + timedelta(hours=3))
    assert billed == {line.meter: line.amount for line in ours.lines}
    assert billed == {"generations": 900, "tokens": 1236}  # 1,235,600 tokens, half a cent up
    assert sum(row.amount for row in ours.rows) == sum(billed.values())


def test_a_period_nothing_is_known_of_is_not_found(till, shown):
    with pytest.raises(NotFound):
        shown(started_at=till.started_at - timedelta(days=400))


def test_another_organizations_use_is_not_on_it(till, shown, platform):
    other = Till(platform)
    other.book(INCLUDED + 9_999)
    assert (shown().amount, shown().rows, shown().meter_events) == (0, (), ())
    other.close()


def test_prices_are_stripes_once_it_told_of_both(till, shown):
    def price(meter, cost):
        return Price(
            id=till.prices.price_of(meter),
            product_id="prod_1",
            is_active=True,
            currency="eur",
            unit_amount_decimal=Decimal(cost),
            interval="month",
        )

    till.book(INCLUDED + 3_000)
    prices = [price("generations", "250"), price("tokens", "0.0025")]
    assert shown(rates=rates(till.prices, prices[:1])).currency == "usd"
    told = shown(rates=rates(till.prices, prices))
    assert (told.currency, told.amount) == ("eur", 8)  # 7.5, half a cent up
