"""The tests that speak to Stripe itself pass at the double too, and run for nobody who does not ask for them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.stripe_server.server import Server

COMMAND = [sys.executable, "-m", "pytest", "tests/live", "-n0", "-q", "--no-header"]


def ran(*more, **environment):
    return subprocess.run(
        [*COMMAND, *more],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_they_pass_at_the_double():
    with Server() as server:
        done = ran("-m", "live", STRIPE_API_KEY=server.key, FRAGUA_STRIPE_BASE_URL=server.url)
    assert done.returncode == 0, done.stdout + done.stderr


def test_nobody_runs_them_by_accident():
    done = ran(STRIPE_API_KEY="sk_test_somebodys", FRAGUA_STRIPE_BASE_URL="http://127.0.0.1:9")
    assert done.returncode == pytest.ExitCode.NO_TESTS_COLLECTED


def test_a_key_of_live_mode_is_refused_before_anything_is_asked():
    done = ran(
        "-m", "live", STRIPE_API_KEY="sk_live_0", FRAGUA_STRIPE_BASE_URL="http://127.0.0.1:9"
    )
    assert "key of Stripe's test mode" in done.stdout
    assert "failed" not in done.stdout.splitlines()[-1]
