"""What the double keeps: whole changes or none, in memory and in its file, however it ends."""

import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import suppress

import pytest
from stripe import StripeClient

from tests.stripe.conftest import client_of, double
from tests.stripe_server.server import Server
from tests.stripe_server.store import Store
from tests.stripe_server.wire import Refused, declined, invalid


def put(store, id_, **fields):
    return store.add({"id": id_, "object": "customer", "livemode": False, **fields})


def test_a_change_that_is_refused_leaves_nothing_behind():
    store = Store()
    with store.changing():
        put(store, "cus_1", name="Ana", tags=["a"])
    with suppress(Refused), store.changing():
        store.get("customer", "cus_1")["tags"].append("b")
        store.remove("cus_1")
        put(store, "cus_2")
        raise invalid("no")
    assert store.get("customer", "cus_1")["tags"] == ["a"]
    assert [each["id"] for each in store.all("customer")] == ["cus_1"]


def test_a_card_that_was_tried_leaves_its_traces_although_it_is_refused():
    store = Store()
    with suppress(Refused), store.changing():
        put(store, "cus_1", tries=1)
        raise declined("Your card was declined.")
    assert store.get("customer", "cus_1")["tries"] == 1


def test_a_file_gives_everything_back(tmp_path):
    file = tmp_path / "stripe.json"
    store = Store(file)
    for name in ("Ana", "Eva"):
        with store.changing():
            put(store, f"cus_{name}", name=name)
    with store.changing():
        store.get("customer", "cus_Ana")["name"] = "Anabel"
        store.remove("cus_Eva")
    assert [each["name"] for each in Store(file).all("customer")] == ["Anabel"]


@pytest.mark.parametrize("lost", [1, 5, 20])
def test_a_change_that_was_half_written_never_was(tmp_path, lost):
    file = tmp_path / "stripe.json"
    store = Store(file)
    for name in ("Ana", "Eva"):
        with store.changing():
            put(store, f"cus_{name}", name=name)
    file.write_bytes(file.read_bytes()[: -lost - 1])
    again = Store(file)
    assert [each["name"] for each in again.all("customer")] == ["Ana"]
    with again.changing():
        put(again, "cus_Ida", name="Ida")
    assert [each["name"] for each in Store(file).all("customer")] == ["Ana", "Ida"]


def test_a_double_that_is_killed_comes_back_with_all_that_it_answered(tmp_path):
    made = []
    for _ in range(2):
        process, client = _started(tmp_path / "stripe.json")
        try:
            made.append(client.v1.customers.create({"name": "Ana"}, {"idempotency_key": "k"}).id)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
    assert made[0] == made[1]


def _started(file):
    """The double as a process of its own, and a client of it."""
    command = [sys.executable, "-m", "tests.stripe_server", "--port", "0", "--state", str(file)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    said = process.stdout.readline().split()
    process.stdout.close()
    addresses = {"api": said[0]}
    return process, StripeClient(said[-1], base_addresses=addresses, max_network_retries=0)


def test_nothing_is_left_after_a_reset_but_the_webhook_of_its_beginning():
    with Server(webhook="http://127.0.0.1:9/webhooks/stripe", webhook_secret="whsec_1") as server:
        client = client_of(server).v1
        client.customers.create({})
        double(server, "reset", {})
        assert client.customers.list().data == []
        assert [each.url for each in client.webhook_endpoints.list()] == ["http://127.0.0.1:9/webhooks/stripe"]  # fmt: skip


def test_what_the_double_does_not_know_is_said(server):
    for path in ("/_double/unicorns", "/nowhere"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(server.url + path)
        assert refused.value.code == 404
    with pytest.raises(urllib.error.HTTPError) as refused:
        double(server, "faults", {"colour": "red"})
    assert "colour" in json.load(refused.value)["error"]["message"]
