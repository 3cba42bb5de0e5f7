"""The table of limits on a real DynamoDB endpoint: what it promises, alone, contended for, and away."""

from __future__ import annotations

import dataclasses
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from chalicelib.adapters import aws
from chalicelib.adapters.limit_table import KEYS_KEPT, LimitTable, write
from chalicelib.errors import LimitReached
from chalicelib.tenancy.limits import Bucket
from chalicelib.tenancy.limits_in_process import LimitsInProcess
from tests.deployment.cloud import CREDENTIALS, free_port

from .conftest import PATIENCE_S, SETTINGS, counting
from .reference import Reference

NOW = 1_800_000_000_000_000
READS, WRITES = Bucket("reads", 6, 6), Bucket("writes", 3, 6)
KEY, OTHER_KEY = (
    Bucket("key-requests", 8, 40, of="0123456789ab"),
    Bucket("key-requests", 8, 40, of="ba9876543210"),
)


def admitted(kept, subject, buckets, now=NOW):
    try:
        return kept.admit(subject, buckets, now)
    except LimitReached:
        return None


@pytest.fixture(params=["memory", "table"])
def kept(request):
    if request.param == "memory":
        return LimitsInProcess()
    return request.getfixturevalue("process")()


class TestLimits:
    """The same for the table and for what stands in for it."""

    def test_exactly_the_limit_is_let_in(self, kept, subject):
        assert sum(admitted(kept, subject, (READS,)) is not None for _ in range(20)) == 6

    def test_a_refusal_takes_from_no_bucket(self, kept, subject):
        for _ in range(3):
            kept.admit(subject, (WRITES, KEY), NOW)
        assert not any(admitted(kept, subject, (WRITES, KEY)) for _ in range(9))
        assert kept.admit(subject, (READS, KEY), NOW).levels[1].left == 4

    def test_it_fills_again_one_by_one(self, kept, subject):
        for _ in range(6):
            kept.admit(subject, (READS,), NOW)
        assert not admitted(kept, subject, (READS,), NOW + READS.cost_us - 1)
        assert admitted(kept, subject, (READS,), NOW + READS.cost_us)
        assert not admitted(kept, subject, (READS,), NOW + READS.cost_us)

    def test_what_is_left_is_told(self, kept, subject):
        assert [kept.admit(subject, (READS,), NOW).tightest.left for _ in range(6)] == [
            5, 4, 3, 2, 1, 0,
        ]  # fmt: skip

    def test_who_would_be_refused_is_known_without_taking(self, kept, subject):
        assert kept.refused(subject, (READS,), NOW) is None
        for _ in range(6):
            admitted(kept, subject, (READS,))
        assert kept.refused(subject, (READS,), NOW).facts["retry_after_s"] == 1
        assert kept.refused(subject, (READS,), NOW + READS.cost_us) is None


# ---- calls ----


def test_a_request_is_one_call_however_many_buckets(process, subject):
    table = process()
    for n in range(1, 4):
        table.admit(subject, (WRITES, KEY), NOW)
        assert table.calls.count == n


def test_after_a_pause_it_is_still_one_call(process, subject):
    table = process()
    for n in range(1, 4):
        table.admit(subject, (READS, KEY), NOW + n * READS.burst_us * 2)
        assert table.calls.count == n


def test_a_process_that_guesses_wrong_asks_a_second_time_and_never_again(process, subject):
    process().admit(subject, (READS, KEY), NOW)
    later = process()
    later.admit(subject, (READS, KEY), NOW)
    assert later.calls.count == 2
    later.admit(subject, (READS, KEY), NOW)
    assert later.calls.count == 3


def test_a_refusal_that_the_item_tells_is_one_call_and_the_next_ones_are_none(process, subject):
    first = process()
    for _ in range(6):
        first.admit(subject, (READS,), NOW)
    other = process()
    for _ in range(50):
        assert not admitted(other, subject, (READS,))
        assert not admitted(first, subject, (READS,))
    assert (other.calls.count, first.calls.count) == (1, 6)


def test_a_refused_caller_asks_again_as_soon_as_it_may(process, subject):
    table = process()
    for _ in range(7):
        admitted(table, subject, (READS,))
    assert admitted(table, subject, (READS,), NOW + READS.cost_us)


def test_only_integers_are_written(process, subject):
    table = process()
    for n in range(3):
        table.admit(subject, (Bucket("odd", 7, 60),), NOW + n * 77)
    values = table.calls.asked["ExpressionAttributeValues"]
    assert all(list(value) == ["N"] and value["N"].isdigit() for value in values.values())


def test_an_item_expires(process, dynamodb, subject):
    process().admit(subject, (READS,), NOW)
    assert int(item(dynamodb, subject)["expires_at"]["N"]) == NOW // 1_000_000 + 2 * 86_400


def test_keys_that_ask_no_more_leave_the_item(process, dynamodb, subject):
    table, later = process(), NOW + 2 * KEY.burst_us
    for n in range(KEYS_KEPT + 5):
        table.admit(subject, (Bucket("key-requests", 8, 40, of=f"{n:012x}"),), NOW)
    for n in range(4):
        table.admit(subject, (WRITES, KEY), later + n * WRITES.cost_us)
    assert len(item(dynamodb, subject)) <= KEYS_KEPT + len(("subject", "expires_at"))
    assert table.calls.count == KEYS_KEPT + 5 + 4


def test_a_key_that_asks_elsewhere_meanwhile_stays(process, dynamodb, subject):
    table, elsewhere, later = process(), process(), NOW + 2 * KEY.burst_us
    keys = [Bucket("key-requests", 8, 40, of=f"{n:012x}") for n in range(KEYS_KEPT + 5)]
    for key in keys:
        table.admit(subject, (key,), NOW)
    for _ in range(8):
        elsewhere.admit(subject, (keys[0],), later)
    table.admit(subject, (WRITES, KEY), later)
    assert not admitted(process(), subject, (keys[0],), later)


def test_the_condition_lets_nothing_through_that_the_numbers_refuse(process, subject):
    """A process with an old view of the item is told by the condition, not by its memory."""
    early, late = process(), process()
    early.admit(subject, (READS,), NOW)
    for _ in range(5):
        late.admit(subject, (READS,), NOW)
    assert not admitted(early, subject, (READS,))


def item(settings, subject):
    client = aws.client(settings, "dynamodb")
    return client.get_item(TableName="limits", Key={"subject": {"S": subject}})["Item"]


# ---- against the reference ----


def machine(process):
    """Three processes share one item; the clock does what it likes."""

    class SharedItem(RuleBasedStateMachine):
        @initialize()
        def begin(self):
            self.processes = [process() for _ in range(3)]
            self.reference, self.now = Reference(), NOW
            self.subject = f"tenant#{id(self)}-{time.perf_counter_ns()}"

        @rule(by=st.integers(0, 1_500_000))
        def some_time_passes(self, by):
            self.now += by

        @rule(by=st.integers(0, 3 * KEY.burst_us))
        def much_time_passes(self, by):
            self.now += by

        @rule(by=st.integers(0, 5_000_000))
        def the_clock_goes_back(self, by):
            self.now -= by

        @rule(
            which=st.integers(0, 2),
            buckets=st.sampled_from([(READS,), (WRITES,), (READS, KEY), (WRITES, OTHER_KEY)]),
            times=st.integers(1, 5),
        )
        def somebody_asks(self, which, buckets, times):
            table = self.processes[which]
            for _ in range(times):
                calls, expected = table.calls.count, self.reference.admits(buckets, self.now)
                known = table.refused(self.subject, buckets, self.now)
                assert (admitted(table, self.subject, buckets, self.now) is not None) == expected
                assert table.calls.count - calls <= (0 if known else 2)
                assert table._away_until == 0, "the endpoint was away"

    return SharedItem


def test_any_number_of_processes_decide_as_the_reference_does_whatever_the_clock_does(process):
    run_state_machine_as_test(
        machine(process),
        settings=settings(
            max_examples=100,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


# ---- contention ----


@pytest.mark.parametrize("buckets", [(Bucket("reads", 50, 60),), (WRITES, KEY)], ids=str)
def test_sixteen_at_once_get_exactly_what_there_is(process, subject, buckets):
    together = threading.Barrier(16)
    tables = [process() for _ in range(16)]

    def ask(table):
        together.wait()
        return sum(admitted(table, subject, buckets) is not None for _ in range(8))

    with ThreadPoolExecutor(16) as pool:
        let_in = sum(pool.map(ask, tables))
    assert let_in == min(bucket.limit for bucket in buckets)
    assert all(table._away_until == 0 for table in tables)


def test_sixteen_at_once_on_a_running_clock_never_get_more_than_was_refilled(process, subject):
    bucket, together = Bucket("reads", 20, 2), threading.Barrier(16)
    let_in, lock = [], threading.Lock()

    def ask(table):
        together.wait()
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            now = time.time_ns() // 1000
            if admitted(table, subject, (bucket,), now):
                with lock:
                    let_in.append(now)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(ask, [process() for _ in range(16)]))
    assert 20 <= len(let_in) <= 20 + (max(let_in) - min(let_in)) // bucket.cost_us


# ---- away ----


@pytest.fixture
def credentials(monkeypatch):
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def nobody(credentials):
    """Settings that lead to a port where nothing listens."""
    return dataclasses.replace(SETTINGS, aws_endpoint_url=f"http://127.0.0.1:{free_port()}")


def test_when_the_table_is_away_a_process_goes_on_alone_with_the_same_numbers(nobody, subject):
    table = counting(LimitTable(nobody))
    assert sum(admitted(table, subject, (READS,)) is not None for _ in range(20)) == 6
    assert table.calls.count == 1
    assert admitted(table, subject, (READS,), NOW + READS.cost_us)


def test_what_was_used_before_the_table_went_away_stays_used(process, nobody, subject):
    table = process()
    for _ in range(4):
        table.admit(subject, (READS,), NOW)
    table._call = LimitTable(nobody)._call
    assert sum(admitted(table, subject, (READS,)) is not None for _ in range(20)) == 2


def test_the_table_is_asked_again_after_a_while(process, dynamodb, nobody, subject):
    table = process(away_s=0.1)
    there, table._call = table._call, LimitTable(nobody)._call
    table.admit(subject, (READS,), NOW)
    assert table.calls.count == 0
    table._call = there
    table.admit(subject, (READS,), NOW)
    assert table.calls.count == 0
    time.sleep(0.15)
    table.admit(subject, (READS,), NOW)
    assert table.calls.count > 0
    assert item(dynamodb, subject)["reads"]


def test_without_credentials_a_process_goes_on_alone_too(monkeypatch, nobody, subject, tmp_path):
    for name in CREDENTIALS:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    assert admitted(LimitTable(nobody), subject, (READS,))


def test_a_table_that_does_not_answer_is_waited_for_once_and_not_long(credentials, subject):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        settings = dataclasses.replace(SETTINGS, aws_endpoint_url=url)
        table = counting(LimitTable(settings, answer_within_s=0.2))
        assert sum(admitted(table, subject, (READS,)) is not None for _ in range(20)) == 6
        assert table.calls.count == 1


def test_a_table_that_is_not_there_stops_nobody(dynamodb, subject):
    elsewhere = dataclasses.replace(dynamodb, limit_table="another")
    table = LimitTable(elsewhere, answer_within_s=PATIENCE_S)
    assert sum(admitted(table, subject, (READS,)) is not None for _ in range(20)) == 6


def test_a_connection_that_was_closed_meanwhile_is_no_outage(credentials, subject):
    with closing_server() as url:
        settings = dataclasses.replace(SETTINGS, aws_endpoint_url=url)
        table = counting(LimitTable(settings, answer_within_s=PATIENCE_S))
        for _ in range(3):
            table.admit(subject, (READS,), NOW)
        assert (table.calls.count, table._away_until) == (3, 0.0)


def closing_server():
    """Promises to keep each connection, and closes it after one answer."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            body = b'{"Attributes": {"subject": {"S": "x"}, "reads": {"N": "1"}}}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()
            self.close_connection = True

        def log_message(self, *_):
            pass

    class Server(HTTPServer):
        def __enter__(self):
            threading.Thread(target=self.serve_forever, daemon=True).start()
            return f"http://127.0.0.1:{self.server_port}"

        def __exit__(self, *_):
            self.shutdown()
            self.server_close()

    return Server(("127.0.0.1", 0), Handler)


def test_a_write_is_small_enough_for_one_unit():
    """1 KiB: the longest subject, both of an organization's buckets and as many keys as stay."""
    names = ["subject", "tenant#" + "0" * 36, "expires_at", "reads", "writes"]
    names += [f"key-requests#{n:012x}" for n in range(KEYS_KEPT - 2)]
    assert sum(map(len, names)) + len(names) * 10 <= 1024
    assert len(str(write({}, (READS, KEY), NOW))) < 1024
