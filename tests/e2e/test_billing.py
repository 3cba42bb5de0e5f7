"""Money on the whole stack, as a person meets it: bought on a page, used, outgrown, declined, not paid, paid again.

The stand-in for Stripe keeps the customers of this module on a test clock, so that weeks go by in a request.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.deploy import Clients, deployed
from infra.local.place import PROJECT, Place
from tests.e2e.test_people import Person

pytestmark = pytest.mark.stack

EXAMPLE = PROJECT / "examples" / "clinica-dental.yaml"
RUN = ("generate", str(EXAMPLE), "--no-wait")
WITHIN_S = 60.0
DAY_S = 86_400
HOUR_S = 3600
MONTH_S = 31 * DAY_S


class Stripe:
    """The stand-in, spoken to as Stripe and as what it is."""

    def __init__(self, stack: Place) -> None:
        self.http = httpx.Client(base_url=stack.stripe_url, auth=(stack.till.key, ""), timeout=30)
        began = int(time.time())
        self.clock = self.asks("/v1/test_helpers/test_clocks", frozen_time=began)["id"]
        self.now = began

    def asks(self, path: str, **said: Any) -> Any:
        answer = self.http.post(path, data=said) if said else self.http.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def keeps_on_clock(self, clock: str | None) -> None:
        self.http.post("/_double/settings", json={"customers_clock": clock})

    def goes_on(self, seconds: int) -> None:
        """Time goes by for the customers on the clock."""
        self.now += seconds
        self.asks(f"/v1/test_helpers/test_clocks/{self.clock}/advance", frozen_time=self.now)

    def presses(self, page_url: str, button: str) -> httpx.Response:
        answer = httpx.post(page_url, data={"act": button}, timeout=30)
        assert answer.status_code in (200, 303), answer.text
        return answer


@pytest.fixture(scope="module")
def stripe(stack: Place) -> Any:
    made = Stripe(stack)
    made.keeps_on_clock(made.clock)
    yield made
    made.keeps_on_clock(None)
    made.http.close()


@pytest.fixture
def eva(stack: Place, stripe: Stripe, tmp_path: Path) -> Person:
    somebody = Person(stack, tmp_path, "Eva")
    somebody.signs_up("Agencia Eva")
    return somebody


def stands(eva: Person) -> dict[str, Any]:
    found: dict[str, Any] = eva.asks("billing", "show")
    return found


def until(eva: Person, is_there: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """How it stands, as soon as it stands so."""
    ends_at = time.monotonic() + WITHIN_S
    while not is_there(found := stands(eva)):
        assert time.monotonic() < ends_at, found
        time.sleep(0.3)
    return found


def buys(eva: Person, stripe: Stripe, plan: str, button: str = "pays") -> httpx.Response:
    page = eva.asks("billing", "buy", plan, "--no-wait", "--no-browser")
    return stripe.presses(page["page_url"], button)


def until_letters(eva: Person, count: int) -> list[str]:
    """Subjects, once there are so many."""
    ends_at = time.monotonic() + WITHIN_S
    while (
        len(found := [one["subject"] for one in eva.asks("outbox") if eva.email in one["to"]])
        < count
    ):
        assert time.monotonic() < ends_at, found
        time.sleep(0.3)
    return found


def night(stack: Place) -> None:
    """The night's schedule comes early: everything is compared with Stripe."""
    found = deployed(stack)
    assert found
    Clients(stack).sqs.send_message(
        QueueUrl=found.outputs["JobQueueUrl"], MessageBody='{"job": "reconcile_all"}'
    )


def test_what_the_plan_refuses_is_allowed_as_soon_as_a_better_one_is_paid(
    stack: Place, eva: Person, stripe: Stripe
) -> None:
    first = eva.asks(*RUN)
    assert "fragua billing" in eva.refused(*RUN), "free runs one at a time"

    assert "declined" in buys(eva, stripe, "starter", "declined").text
    assert stands(eva)["plan"] == "free"
    back = buys(eva, stripe, "starter").headers["Location"]
    assert back.startswith(f"{stack.front_url}/billing?")
    assert httpx.get(back, timeout=30).status_code == 200
    bought = until(eva, lambda found: found["plan"] == "starter")
    assert (bought["quota"]["limit"], bought["quota"]["used"]) == (10, 0), "a period of its own"
    second = eva.asks(*RUN)

    up = eva.asks("billing", "change", "pro", "--yes")
    assert (up["plan"], up["quota"]["limit"], up["quota"]["used"]) == ("pro", 30, 1)
    assert up["period"] == bought["period"]
    assert [one["status"] for one in eva.asks("billing", "invoices")] == ["paid", "paid"]
    for each in (first, second):
        eva.runs("cancel", each["id"])


def test_a_declined_upgrade_changes_nothing_and_a_lower_plan_waits_for_the_period(
    eva: Person, stripe: Stripe
) -> None:
    buys(eva, stripe, "pro")
    until(eva, lambda found: found["plan"] == "pro")
    page = eva.asks("billing", "portal", "--no-browser")["page_url"]
    stripe.presses(page, "fails")
    assert "fragua billing portal" in eva.refused("billing", "change", "scale", "--yes")
    assert stands(eva)["plan"] == "pro"
    stripe.presses(page, "good")

    down = eva.asks("billing", "change", "starter", "--yes")
    assert (down["plan"], down["subscription"]["pending_plan"]) == ("pro", "starter")
    stripe.goes_on(MONTH_S + 2 * HOUR_S)
    renewed_at = down["period"]["ends_at"]
    after = until(eva, lambda found: found["period"]["started_at"] == renewed_at)
    assert after["plan"] == "starter"


def test_who_does_not_pay_is_told_at_each_step_loses_the_plan_and_gets_up_to_date(
    stack: Place, eva: Person, stripe: Stripe
) -> None:
    buys(eva, stripe, "starter", "fails_later")
    until(eva, lambda found: found["plan"] == "starter")
    days = {"past_due": 31, "grace": 4, "read_only": 7, "lapsed": 14}
    for state, passed in days.items():
        stripe.goes_on(passed * DAY_S + HOUR_S)
        night(stack)
        found = until(eva, lambda found, state=state: found["state"] == state)
        assert found["plan"] == ("free" if state == "lapsed" else "starter")
        if state == "read_only":
            owed = found["open_invoice"]["page_url"]
            assert "fragua billing portal" in eva.refused(*RUN)
    assert len(until_letters(eva, 6)) == 6

    assert "Paid" in stripe.presses(owed, "pays").text
    assert until(eva, lambda found: found["state"] == "current")["plan"] == "free"
    assert len(until_letters(eva, 7)) == 7
