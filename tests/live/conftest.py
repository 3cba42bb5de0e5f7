"""Who asks for `-m live` gets Stripe, in the test mode of the account whose key is in the environment. Nobody else does.

In: STRIPE_API_KEY, and FRAGUA_STRIPE_BASE_URL when something else answers instead. Out: a `Till`. The surprise: without `-m live`
these tests are not even collected, whatever keys the environment has.
"""

from __future__ import annotations

import os

import pytest

from tests.live.till import Till

TEST_KEYS = ("sk_test_", "rk_test_")


def pytest_collection_modifyitems(config, items):
    if "live" in config.getoption("-m").split():
        return
    left = [item for item in items if "/live/" not in item.nodeid]
    config.hook.pytest_deselected(items=[item for item in items if item not in left])
    items[:] = left


@pytest.fixture(scope="session")
def account():
    """`(key, base_url)`."""
    key = os.environ.get("STRIPE_API_KEY", "")
    if not key.startswith(TEST_KEYS):
        pytest.fail("Give a key of Stripe's test mode in STRIPE_API_KEY: sk_test_… or rk_test_…")
    return key, os.environ.get("FRAGUA_STRIPE_BASE_URL", "")


@pytest.fixture(scope="session")
def till(account):
    made = Till(*account)
    yield made
    made.close()


@pytest.fixture
def clock(till):
    """A test clock that begins now, gone afterwards with all who live by it."""
    found = till.new_clock()
    yield found
    till.v1.test_helpers.test_clocks.delete(found)
