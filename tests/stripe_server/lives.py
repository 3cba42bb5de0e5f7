"""How a subscription's state changes, told as Stripe tells it.

In: a subscription, what is different. Out: it changed, with its event. Callers: whoever makes a subscription live on.
The surprise: an event names what was before, so nothing that stays the same is told.
"""

from __future__ import annotations

from copy import deepcopy

from tests.stripe_server import blanks

ENDED = ("canceled", "incomplete_expired")


def changed(account, found, *, kind="customer.subscription.updated", **fields):
    """Sets the fields; tells of it when one is different now."""
    before = {name: found[name] for name in fields if found[name] != fields[name]}
    found.update(fields)
    if before:
        account.tell(kind, found, previous=before)
    return found


def told_change(account, found, before, kind="customer.subscription.updated"):
    """Tells what is different from `before`, a copy that was made earlier."""
    previous = {name: value for name, value in before.items() if found[name] != value}
    if previous:
        account.tell(kind, found, previous=previous)


def copied(found):
    return deepcopy(found)


def ended(account, found, reason, *, status="canceled"):
    """It is over: nothing of it is renewed, a plan for later is dropped."""
    at = account.now(found)
    _drop_schedule(account, found, at)
    found["status"] = status
    found["ended_at"] = at
    found["canceled_at"] = found["canceled_at"] or at
    found["pending_update"] = None
    if found["cancellation_details"]["reason"] is None:
        found["cancellation_details"] = {
            **blanks.nothing("comment feedback feedback_option"),
            "reason": reason,
        }
    if status == "canceled":
        account.tell("customer.subscription.deleted", found)
    else:
        account.tell("customer.subscription.updated", found, previous={"status": "incomplete"})
    return found


def _drop_schedule(account, found, at):
    schedule = account.store.find(found["schedule"]) if found["schedule"] else None
    if schedule and schedule["status"] in ("active", "not_started"):
        schedule.update(status="canceled", canceled_at=at, current_phase=None)
        account.tell("subscription_schedule.canceled", schedule)


def is_over(found):
    return found["status"] in ENDED


def period(found):
    """`(begins, ends)`: of its first item, all of one subscription are renewed together here."""
    item = found["items"]["data"][0]
    return item["current_period_start"], item["current_period_end"]


def set_period(found, begins, ends):
    for item in found["items"]["data"]:
        item["current_period_start"], item["current_period_end"] = begins, ends
