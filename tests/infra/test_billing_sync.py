"""`python -m infra.billing sync` and `fragua billing sync` against the double, over real HTTP."""

import json
import os
import subprocess
import sys
from decimal import Decimal

import pytest
from stripe import StripeClient
from typer.testing import CliRunner

from chalicelib.billing import rates
from chalicelib.billing.price_ids import read_price_ids
from cli import billing_sync
from cli.main import app as commands
from infra import billing
from tests.stripe_server.server import LIVE_KEY, Server

URL = "https://fragua.example/webhooks/stripe"


@pytest.fixture
def server():
    with Server() as running:
        yield running


@pytest.fixture
def sync(server, monkeypatch, capsys):
    """Says the command; answers its exit code and what it said."""
    monkeypatch.setenv("STRIPE_API_KEY", server.key)
    monkeypatch.setenv("FRAGUA_STRIPE_BASE_URL", server.url)

    def say(*options):
        code = billing.main(["sync", *options])
        told = capsys.readouterr()
        return code, told.out, told.err

    return say


def changing(server):
    return [one["path"] for one in server.requests if one["method"] != "GET"]


def test_it_makes_what_is_missing_and_prints_the_line(server, sync):
    code, out, err = sync()
    assert code == 0
    name, _, line = out.strip().partition("=")
    assert name == "StripePrices"
    assert read_price_ids(line).price_of("scale")
    assert len(err.splitlines()) == len(changing(server)) == 5 + 2 + 5 + 1


def test_said_twice_it_does_nothing_more_and_prints_the_same(server, sync):
    _, first, _ = sync()
    server.requests.clear()
    _, second, err = sync()
    assert (changing(server), second) == ([], first)
    assert "nothing to do" in err


def test_a_dry_run_says_what_it_would_do_and_does_nothing(server, sync):
    code, out, err = sync("--dry-run")
    assert (code, out, changing(server)) == (0, "", [])
    dry = err
    _, _, err = sync()
    assert err == dry


def test_another_price_in_the_code_is_another_price_there(server, sync, monkeypatch):
    _, before, _ = sync()
    monkeypatch.setitem(rates.OUR_COSTS, "generations", Decimal(400))
    _, after, err = sync()
    assert err.split()[:3] == ["create", "price", "generations"]
    old = read_price_ids(before.strip().partition("=")[2])
    new = read_price_ids(after.strip().partition("=")[2])
    assert new.price_of("generations") != old.price_of("generations")
    assert f"|{old.price_of('generations')}" in after
    assert new.price_of("pro") == old.price_of("pro")


def test_json_is_one_object(sync):
    _, out, err = sync("--json")
    told = json.loads(out)
    assert err == ""
    assert {*told} == {"prices", "actions", "webhook_secrets"}
    assert told["actions"][0]["verb"] == "create"


def test_events_are_sent_where_somebody_says_each_kind_in_its_way(server, sync):
    _, out, _ = sync("--json", f"--webhook-url={URL}")
    secrets = json.loads(out)["webhook_secrets"]
    assert len(secrets) == 2
    v1 = StripeClient(server.key, base_addresses={"api": server.url}).v1
    [endpoint] = v1.webhook_endpoints.list().data
    assert endpoint.url == URL
    assert "invoice.paid" in endpoint.enabled_events
    assert not [kind for kind in endpoint.enabled_events if kind.startswith("v1.")]
    server.requests.clear()
    _, out, _ = sync("--json", f"--webhook-url={URL}")
    assert (json.loads(out)["webhook_secrets"], changing(server)) == ([], [])


def test_secrets_are_shown_once_and_not_on_the_line(server, sync):
    _, out, err = sync(f"--webhook-url={URL}")
    assert "whsec_" not in out
    assert err.count("whsec_") == 2


def test_a_break_in_the_middle_is_mended_by_saying_it_again(server, sync):
    server.faults.add({"method": "POST", "path": "/v1/prices", "status": 400})
    code, out, err = sync()
    assert (code, out) == (1, "")
    assert "Stripe does not take our request" in err
    assert server.key not in err
    assert sync()[0] == 0
    v1 = StripeClient(server.key, base_addresses={"api": server.url}).v1
    assert len(v1.products.list({"limit": 100}).data) == 5
    assert len(v1.prices.list({"limit": 100}).data) == 5


def test_a_lost_answer_makes_nothing_twice(server, sync):
    server.faults.add({"method": "POST", "path": "/v1/products", "drop": "after"})
    assert sync()[0] == 0
    v1 = StripeClient(server.key, base_addresses={"api": server.url}).v1
    assert len(v1.products.list({"limit": 100}).data) == 5


@pytest.mark.parametrize("key", ["", "pk_test_1", "whsec_1"])
def test_without_a_key_it_says_what_to_give_and_repeats_nothing(sync, monkeypatch, key):
    monkeypatch.setenv("STRIPE_API_KEY", key)
    code, out, err = sync()
    assert (code, out) == (1, "")
    assert "sk_test_…" in err
    assert not key or key not in err


def test_a_live_key_does_nothing_until_that_is_said(server, sync, monkeypatch):
    monkeypatch.setenv("STRIPE_API_KEY", LIVE_KEY)
    code, _, err = sync()
    assert code == 1
    assert "--dry-run" in err
    assert sync("--dry-run")[0] == 0
    assert changing(server) == []
    assert sync("--live")[0] == 0


def test_a_currency_is_three_letters(sync):
    assert sync("--currency=dollars")[0] == 1
    code, out, _ = sync("--currency=EUR")
    assert (code, out[:12]) == (0, "StripePrices")


def test_the_command_line_runs_the_checkouts_own(server):
    environment = {
        **os.environ,
        "STRIPE_API_KEY": server.key,
        "FRAGUA_STRIPE_BASE_URL": server.url,
    }
    command = [sys.executable, "-m", "cli", "billing", "sync", "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert read_price_ids(json.loads(done.stdout)["prices"]).sold


def test_elsewhere_the_command_line_says_that_it_cant(monkeypatch, tmp_path):
    monkeypatch.setattr(billing_sync, "CHECKOUT", tmp_path)
    done = CliRunner().invoke(commands, ["billing", "sync"])
    assert done.exit_code == 1
    assert "checkout of Fragua only" in done.stderr
