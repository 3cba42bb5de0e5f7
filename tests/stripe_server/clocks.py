"""Test clocks: time that stands still for some customers until it is told to go on.

In: a moment to go to. Out: the clock there, with all that happened on the way. Callers: `routes.py`; `account.now(of=…)` reads
them. The surprise: Stripe answers `advancing` and goes on by itself; here it is there at once, and only says `advancing` too.
"""

from __future__ import annotations

from tests.stripe_server.wire import Refused, invalid, page

LIFE = []
"""Functions(account, clock, until): each lives through what happens to the clock's customers, moving `clock["frozen_time"]`."""
KEPT_S = 30 * 24 * 3600


def create(account, params):
    if account.store.is_live:
        raise invalid("Test clocks are only available in test mode.")
    made = account.new(
        "test_helpers.test_clock",
        "clock",
        deletes_after=account.now() + KEPT_S,
        frozen_time=params["frozen_time"],
        name=params.get("name"),
        status="ready",
        status_details={},
    )
    account.tell("test_helpers.test_clock.created", made)
    return made


def retrieve(account, params, id_):
    return account.store.get("test_helpers.test_clock", id_)


def advance(account, params, id_):
    clock = account.store.get("test_helpers.test_clock", id_)
    until = params["frozen_time"]
    if until <= clock["frozen_time"]:
        message = "The time to advance a test clock to must be after its current frozen time."
        raise invalid(message, "frozen_time")
    if clock["status"] != "ready":
        raise Refused(429, "invalid_request_error", "Test clock advancement underway - cannot perform modifications", code="lock_timeout")  # fmt: skip
    clock.update(status="advancing", status_details={"advancing": {"target_frozen_time": until}})
    account.tell("test_helpers.test_clock.advancing", clock)
    answered = {**clock}
    for live in LIFE:
        live(account, clock, until)
    clock.update(status="ready", status_details={}, frozen_time=until)
    account.tell("test_helpers.test_clock.ready", clock)
    return answered


def delete(account, params, id_):
    """With everything that lived by it."""
    clock = account.store.get("test_helpers.test_clock", id_)
    account.tell("test_helpers.test_clock.deleted", clock)
    for customer in account.store.all("customer", test_clock=id_):
        customer["deleted"] = True
    account.store.remove(id_)
    return {"id": id_, "object": "test_helpers.test_clock", "deleted": True}


def listed(account, params):
    found = account.store.all("test_helpers.test_clock")
    return page(found, params, "/v1/test_helpers/test_clocks")


ROUTES = {
    ("POST", "/v1/test_helpers/test_clocks"): (create, "test_helpers.TestClockCreateParams"),
    ("GET", "/v1/test_helpers/test_clocks"): (listed, "test_helpers.TestClockListParams"),
    ("GET", "/v1/test_helpers/test_clocks/{id}"): (
        retrieve,
        "test_helpers.TestClockRetrieveParams",
    ),
    ("POST", "/v1/test_helpers/test_clocks/{id}/advance"): (
        advance,
        "test_helpers.TestClockAdvanceParams",
    ),
    ("DELETE", "/v1/test_helpers/test_clocks/{id}"): (delete, "test_helpers.TestClockDeleteParams"),
}
