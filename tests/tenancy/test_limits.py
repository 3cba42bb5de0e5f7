"""Token buckets in virtual time, without any table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.limit_table import KEEP_S
from chalicelib.errors import LimitReached
from chalicelib.settings import Settings
from chalicelib.tenancy import limits
from chalicelib.tenancy.limits import Bucket
from chalicelib.tenancy.limits_in_process import LimitsInProcess
from chalicelib.tenancy.remembered import Remembered

from .reference import Reference

NOW = 1_800_000_000_000_000
TABLE = {name: one for name, one in vars(limits).items() if isinstance(one, Bucket)}


def admitted(kept, buckets, now, subject="tenant#1"):
    try:
        return kept.admit(subject, buckets, now)
    except LimitReached:
        return None


def how_many(kept, bucket, now, tries=1000):
    return sum(admitted(kept, (bucket,), now) is not None for _ in range(tries))


@pytest.mark.parametrize("bucket", TABLE.values(), ids=str)
def test_a_full_bucket_lets_in_exactly_its_limit_at_once(bucket):
    assert how_many(LimitsInProcess(), bucket, NOW, tries=bucket.limit + 50) == bucket.limit


@pytest.mark.parametrize("bucket", TABLE.values(), ids=str)
def test_an_empty_bucket_is_full_again_after_its_time_and_not_fuller(bucket):
    kept = LimitsInProcess()
    how_many(kept, bucket, NOW, tries=bucket.limit)
    later = NOW + 3 * bucket.burst_us
    assert how_many(kept, bucket, later, tries=bucket.limit + 50) == bucket.limit


@pytest.mark.parametrize("bucket", TABLE.values(), ids=str)
def test_an_item_is_kept_for_longer_than_its_buckets_take_to_fill(bucket):
    assert bucket.burst_us < KEEP_S * limits.MICRO


def test_the_numbers_are_the_ones_that_were_asked_for():
    settings = Settings(stage="dev", artifact_bucket="a", run_table="r")
    assert (limits.READS.limit, limits.READS.per_s) == (settings.reads_per_minute, 60) == (100, 60)
    assert (limits.WRITES.limit, limits.WRITES.per_s) == (settings.writes_per_minute, 60)
    assert settings.writes_per_minute == 30
    assert limits.KEY_REQUESTS.limit == settings.key_requests_per_hour == 1000
    assert limits.KEY_REQUESTS.per_s == 3600


def test_one_is_back_exactly_when_its_time_is_over():
    kept = LimitsInProcess()
    how_many(kept, limits.READS, NOW, tries=100)
    assert admitted(kept, (limits.READS,), NOW + 599_999) is None
    assert admitted(kept, (limits.READS,), NOW + 600_000)


def test_waiting_as_long_as_told_is_enough_and_a_second_less_is_not():
    kept = LimitsInProcess()
    how_many(kept, limits.WRITES, NOW, tries=30)
    with pytest.raises(LimitReached) as refused:
        kept.admit("tenant#1", (limits.WRITES,), NOW)
    wait = refused.value.facts["retry_after_s"]
    assert admitted(kept, (limits.WRITES,), NOW + (wait - 1) * limits.MICRO) is None
    assert admitted(kept, (limits.WRITES,), NOW + wait * limits.MICRO)


def test_a_refusal_says_which_bucket_how_large_it_is_and_how_long_to_wait():
    kept = LimitsInProcess()
    how_many(kept, limits.WRITES, NOW, tries=30)
    with pytest.raises(LimitReached) as refused:
        kept.admit("tenant#1", (limits.WRITES,), NOW)
    assert refused.value.facts == {
        "bucket": "writes",
        "limit": 30,
        "window_s": 60,
        "retry_after_s": 2,
        "full_after_s": 60,
    }
    assert "2 s" in refused.value.detail


def test_of_two_empty_buckets_the_slower_one_is_named():
    kept, key = LimitsInProcess(), Bucket("key-requests", 30, 3600, of="a")
    for _ in range(30):
        kept.admit("tenant#1", (limits.WRITES, key), NOW)
    with pytest.raises(LimitReached) as refused:
        kept.admit("tenant#1", (limits.WRITES, key), NOW)
    assert (refused.value.facts["bucket"], refused.value.facts["retry_after_s"]) == (
        "key-requests",
        120,
    )


def test_a_refusal_takes_from_no_bucket():
    kept, small = LimitsInProcess(), Bucket("small", 1, 60)
    kept.admit("tenant#1", (small,), NOW)
    for _ in range(50):
        assert admitted(kept, (limits.WRITES, small), NOW) is None
    assert how_many(kept, limits.WRITES, NOW) == 30


def test_what_is_left_is_told_of_the_tightest_bucket():
    kept, key = LimitsInProcess(), Bucket("key-requests", 1000, 3600, of="a")
    took = kept.admit("tenant#1", (limits.READS, key), NOW)
    assert (took.tightest.bucket, took.tightest.left) == (limits.READS, 99)
    assert took.tightest.full_in_s == 1
    assert took.policy == "100;w=60, 1000;w=3600"


def test_subjects_do_not_touch_each_other():
    kept = LimitsInProcess()
    how_many(kept, limits.WRITES, NOW, tries=30)
    assert admitted(kept, (limits.WRITES,), NOW, subject="tenant#2")


def test_numbers_never_go_down_when_answers_arrive_in_another_order():
    kept = LimitsInProcess()
    kept.learn("tenant#1", {"writes": NOW})
    kept.learn("tenant#1", {"writes": NOW - 40_000_000})
    assert kept.standing("tenant#1") == {"writes": NOW}


def test_the_addresses_of_one_customer_of_ipv6_are_one():
    assert limits.address("2001:db8:1:2:3::4") == limits.address("2001:db8:1:2:ffff::9")
    assert limits.address("2001:db8:1:2::1") != limits.address("2001:db8:1:3::1")
    assert limits.address("203.0.113.9") == "ip#203.0.113.9"
    assert limits.address(None) == "ip#unknown"


def test_the_table_of_limits_knows_accounts_by_digest_only():
    subject = limits.account("ana@example.com", "device-1")
    assert "ana" not in subject
    assert subject.endswith("#device-1")
    assert subject != limits.account("ana@example.com")


def test_what_is_remembered_does_not_grow_with_its_callers():
    kept = Remembered(3)
    for n in range(10):
        kept.put(n, str(n))
    assert len(kept) == 3
    assert kept.get(9) == "9"
    assert kept.get(0) is None


MOMENTS = st.lists(st.integers(-5_000_000, 90_000_000), min_size=1, max_size=60)


@given(MOMENTS, st.integers(1, 7), st.integers(1, 60))
def test_it_decides_as_a_list_of_all_requests_would_whatever_the_clock_does(steps, limit, per_s):
    """Steps of the clock are arbitrary, back by five seconds among them."""
    bucket, kept, reference, now = Bucket("b", limit, per_s), LimitsInProcess(), Reference(), NOW
    for step in steps:
        now += step
        expected = reference.admits((bucket,), now)
        assert (admitted(kept, (bucket,), now) is not None) == expected


@given(st.lists(st.integers(-5_000_000, 3_000_000), min_size=20, max_size=200))
def test_a_clock_that_goes_back_never_lets_in_more_than_the_furthest_it_came(steps):
    bucket, kept, now, let_in = Bucket("b", 5, 10), LimitsInProcess(), NOW, 0
    first = furthest = NOW + steps[0]
    for step in steps:
        now += step
        furthest = max(furthest, now)
        let_in += admitted(kept, (bucket,), now) is not None
    assert let_in <= bucket.limit + (furthest - first) // bucket.cost_us
