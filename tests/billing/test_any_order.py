"""In whatever order a life's events arrive, and however often each: the end is the same."""

import itertools
import random
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.billing.hearing import Telling
from chalicelib.billing.price_ids import read_price_ids
from chalicelib.billing.receiving import became
from chalicelib.billing.records import Account, Event
from tests.billing.lives_of_subscriptions import CUSTOMER, LIVES
from tests.fakes_events import Book, Events, Heard, Held

PRICES = read_price_ids("starter=price_starter,pro=price_pro,scale=price_scale,generations=price_generations")  # fmt: skip
TENANT = uuid.uuid4()
SEED = 20261122

lives = pytest.mark.parametrize("life", LIVES, ids=[life.name for life in LIVES])


def told(plain):
    about = plain["data"]["object"]
    return Event(
        id=plain["id"],
        kind=plain["type"],
        happened_at=datetime.fromtimestamp(plain["created"], UTC),
        is_live=plain["livemode"],
        about=about,
        customer_id=about["id"] if about["object"] == "customer" else about["customer"],
    )


def end_of(events, now):
    """What is kept after all of them, each applied as often as it stands there: nothing remembers that it was heard."""
    book = Book(Account(customer_id=CUSTOMER, is_live=False, test_clock_id=None))
    book.checkouts["cs_test_1"] = "open"
    for event in events:
        held = Held(TENANT, book, now)
        telling = Telling(event=event, plan_of=PRICES.plan_of)
        became(telling, Heard(Events(now), True, held), now)
    return replace(book, letters=[])


@lives
def test_a_life_ends_as_it_must(life):
    end = end_of(map(told, life.events), life.now)
    assert (end.standing.plan, end.standing.state) == (life.plan, life.state)


@lives
def test_every_order_with_duplicates_ends_in_the_same_state(life):
    events = [told(one) for one in life.events]
    expected = end_of(events, life.now)
    chance = random.Random(SEED)
    orders = list(itertools.permutations(events))
    assert len(orders) == {4: 24, 6: 720}[len(events)]
    for order in orders:
        twice = [*order]
        for again in chance.sample(events, 3):
            twice.insert(chance.randrange(len(twice) + 1), again)
        assert end_of(twice, life.now) == expected


@lives
def test_what_is_kept_does_not_depend_on_when_the_standing_was_asked_for_before(life):
    events = [told(one) for one in life.events]
    book = end_of(events, life.now - timedelta(days=400))
    held = Held(TENANT, book, life.now)
    held.restate()
    assert book.standing == end_of(events, life.now).standing


def test_a_doubt_is_noticed_and_clear_orders_are_none():
    doubtful = {life.name: False for life in LIVES}
    for life in LIVES:
        book = Book(Account(customer_id=CUSTOMER, is_live=False, test_clock_id=None))
        for event in map(told, life.events):
            held = Held(TENANT, book, life.now)
            became(
                Telling(event=event, plan_of=PRICES.plan_of),
                Heard(Events(life.now), True, held),
                life.now,
            )
            doubtful[life.name] |= held.is_doubtful
    assert [name for name, is_doubtful in doubtful.items() if is_doubtful] == [
        "two changes within one second that nobody can order"
    ]
