"""What time alone brings: renewals, trials that end, tries to be paid, pages that expire; by test clocks and by ours.

In: how far time has gone. Out: everything that happened until then, in its order. Callers: `clocks.py` when a test clock goes on,
`doing.py` before each request for whoever lives by our time. The surprise: it goes from one moment to the next at which
something is due, so a year in one step is the same as a year in days.
"""

from __future__ import annotations

from tests.stripe_server import (
    cards,
    changing,
    checkout,
    clocks,
    collecting,
    ending,
    invoices,
    items,
    lines,
    lives,
    schedules,
)
from tests.stripe_server.proration import DAY_S, period_at

TRIAL_NOTICE_S = 3 * DAY_S
STEPS_MAX = 10_000


def live(account, clock, until):
    """All that is due up to and with `until`, for customers of this clock (None: of none)."""
    clock_id = clock["id"] if clock else None
    for _ in range(STEPS_MAX):
        coming = [each for each in _due(account, clock_id) if each[0] <= until]
        if not coming:
            return
        at, _, act = min(coming, key=lambda each: each[:2])
        if clock:
            clock["frozen_time"] = max(at, clock["frozen_time"])
        act()
    raise AssertionError(f"something is due again and again: {at}")


def catch_up(account):
    """Whatever our own time has brought; looked for once a second."""
    now = account.now()
    if account.settings.get("_caught_up_at") == (now, account.store.is_live):
        return
    account.settings["_caught_up_at"] = (now, account.store.is_live)
    if any(at <= now for at, _, _ in _due(account, None)):
        with account.store.changing():
            live(account, None, now)


def _due(account, clock_id):
    """`(at, order within the second, act)` of everything that waits."""
    for found in account.store.all("subscription", test_clock=clock_id):
        if not lives.is_over(found):
            yield from _of_subscription(account, found)
    for found in account.store.all("invoice", test_clock=clock_id):
        yield from _of_invoice(account, found)
    for found in account.store.all("checkout.session", status="open"):
        customer = account.store.find(found["customer"]) if found["customer"] else None
        if (customer["test_clock"] if customer else None) == clock_id:
            yield found["expires_at"], 9, lambda session=found: checkout.expired(account, session)


def _of_subscription(account, found):
    if found["status"] == "incomplete":
        yield found["created"] + changing.INCOMPLETE_S, 0, lambda: _never_paid(account, found)
        return
    if found["cancel_at"]:
        yield found["cancel_at"], 0, lambda: _cancelled(account, found)
    if phase := schedules.due(account, found):
        yield phase[0], 1, phase[1]
    if found["pending_update"]:
        yield found["pending_update"]["expires_at"], 2, lambda: _too_late(account, found)
    if (found["pause_collection"] or {}).get("resumes_at"):
        yield found["pause_collection"]["resumes_at"], 2, lambda: lives.changed(account, found, pause_collection=None)  # fmt: skip
    if found["status"] == "trialing":
        yield from _of_trial(account, found)
    elif found["status"] != "paused":
        yield lives.period(found)[1], 4, lambda: _renewed(account, found)


def _of_trial(account, found):
    ends_at = found["trial_end"]
    if not found.get("_trial_was_told"):
        yield max(ends_at - TRIAL_NOTICE_S, found["trial_start"]), 2, lambda: _tell_trial(account, found)  # fmt: skip
    yield ends_at, 3, lambda: _trial_over(account, found)


def _of_invoice(account, found):
    if found["status"] == "draft" and found["automatically_finalizes_at"]:
        yield found["automatically_finalizes_at"], 5, lambda: collecting.finish(account, found)
    elif found["status"] == "open" and found["next_payment_attempt"]:
        yield found["next_payment_attempt"], 6, lambda: collecting.collect(account, found, is_retry=True)  # fmt: skip


# -- what happens then


def _renewed(account, found):
    before = lives.copied(found)
    begins, ends = lives.period(found)
    unit, count = items.interval(found["items"]["data"])
    lives.set_period(found, *period_at(found["billing_cycle_anchor"], ends, unit, count))
    usage = [lines.of_usage(account, found, item, (begins, ends)) for item in lines.metered(found)]  # fmt: skip
    plans = [lines.of_plan(account, found, item, lives.period(found)) for item in lines.fixed(found)]  # fmt: skip
    is_tried = found["status"] != "unpaid" and not found["pause_collection"]
    invoice = invoices.drafted(
        account,
        found,
        "subscription_cycle",
        [*usage, *plans],
        period=(begins, ends),
        is_final_later=is_tried,
    )
    lives.told_change(account, found, before)
    if not is_tried:
        _set_aside(account, found, invoice)


def _set_aside(account, found, invoice):
    """Nobody is asked for money: collection is paused, or has been given up."""
    invoice["auto_advance"] = False
    behavior = (found["pause_collection"] or {}).get("behavior")
    if behavior == "void":
        collecting.void(account, invoices.finalized(account, invoice))
    elif behavior == "mark_uncollectible":
        invoices.finalized(account, invoice)
        collecting.give_up(account, invoice)


def _cancelled(account, found):
    """With what was used until now."""
    begins, _ = lives.period(found)
    at = account.now(found)
    usage = [lines.of_usage(account, found, item, (begins, at)) for item in lines.metered(found)]  # fmt: skip
    owed = [line for line in usage if line["amount"]]
    if owed or invoices.waiting(account, found):
        invoice = invoices.drafted(account, found, "subscription_cycle", owed, period=(begins, at))
        collecting.finish(account, invoice)
    if not lives.is_over(found):
        ending.end(account, found, "cancellation_requested")


def _never_paid(account, found):
    for invoice in invoices.of_subscription(account, found, "open", "draft"):
        collecting.void(account, invoice)
    lives.ended(account, found, None, status="incomplete_expired")


def _too_late(account, found):
    pending = found["pending_update"]
    collecting.void(account, account.store.find(pending["_invoice"]))
    lives.changed(account, found, pending_update=None)
    account.tell("customer.subscription.pending_update_expired", found)


def _tell_trial(account, found):
    found["_trial_was_told"] = True
    account.tell("customer.subscription.trial_will_end", found)


def _trial_over(account, found):
    customer = account.store.find(found["customer"])
    has_card = cards.paying_method(account, customer, found) is not None
    behavior = found["trial_settings"]["end_behavior"]["missing_payment_method"]
    if not has_card and behavior == "cancel":
        return ending.end(account, found, None)
    if not has_card and behavior == "pause":
        return _paused(account, found)
    before = lives.copied(found)
    trial_end = found["trial_end"]
    changing.restart(account, found, [], trial_end, "none", is_final_later=True)
    found["trial_end"] = trial_end
    return lives.told_change(account, found, before)


def _paused(account, found):
    details = {
        "type": "subscription",
        "subscription": {"type": "trial_end_without_payment_method"},
        "transitioned_at": account.now(found),
    }
    lives.changed(account, found, status="paused", status_details={"paused": details})
    account.tell("customer.subscription.paused", found)


clocks.LIFE.append(live)
