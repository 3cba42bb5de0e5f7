"""An event of Stripe's is heard: once, for the organization its customer leads to, and what it changes is kept with it.

In: an `Event` whose signature was good. Out: what became of it. Callers: `http/webhooks.py`. The surprise: nothing here asks
Stripe, so an answer is a matter of milliseconds; where the truth has to be asked for, the account's next step is due at once.
Every outcome is an answer that Stripe takes for good: only what could not be written down is sent again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, Literal, Protocol

from chalicelib.billing.disputing import asked_about, is_nobodys_dispute
from chalicelib.billing.handlers import FOR_ANYBODY, OF_A_CUSTOMER
from chalicelib.billing.hearing import Events, Heard, Held, Telling
from chalicelib.billing.reading import PlanOf, Unreadable, named_organization
from chalicelib.billing.records import Event
from chalicelib.log import log

TOO_OLD: Final = timedelta(days=60)
"""Stripe sends for three days, and repeats by hand what is thirty days old; ids of events are forgotten after this."""

Outcome = Literal[
    "applied",
    "known",
    "ignored",
    "unknown_customer",
    "former_customer",
    "foreign",
    "too_old",
    "unreadable",
]
HEARD: Final = frozenset({"applied", "known"})
"""A job that only an event tells of is queued again with the event: whoever died after the commit had not queued it."""
WORRYING: Final = frozenset({"foreign", "too_old"})


class Jobs(Protocol):
    def put(self, job: str, **facts: Any) -> None: ...


def receive(event: Event, *, events: Events, jobs: Jobs, plan_of: PlanOf, now: datetime) -> Outcome:
    """Raises `DatabaseBusy`: then nothing was kept, and Stripe sends it again."""
    with events.hearing(event) as heard:
        outcome = became(Telling(event=event, plan_of=plan_of), heard, now)
    if outcome in HEARD and is_nobodys_dispute(event):
        jobs.put("dispute", **asked_about(event))
    if held := heard.held:
        if held.is_doubtful:
            jobs.put("billing", tenant_id=held.tenant_id)
        if held.has_letters:
            jobs.put("mail")
    noted(event, heard.held, outcome)
    return outcome


def became(telling: Telling, heard: Heard, now: datetime) -> Outcome:
    event = telling.event
    if not heard.is_new:
        return "known"
    if event.kind in FOR_ANYBODY:
        return for_anybody(telling, heard)
    if event.kind not in OF_A_CUSTOMER:
        return "ignored"
    if heard.held is None:
        return "unknown_customer"
    if refused := not_for(heard.held, event, now):
        return refused
    return for_customer(telling, heard.held)


def for_anybody(telling: Telling, heard: Heard) -> Outcome:
    """Nothing of it is too old: its moment keeps it from taking anything back, and a test clock may show any time."""
    try:
        FOR_ANYBODY[telling.event.kind](telling, heard)
    except Unreadable as error:
        unreadable(telling.event, error)
        return "unreadable"
    return "applied"


def not_for(held: Held, event: Event, now: datetime) -> Outcome | None:
    """Why it changes nothing here. A test clock shows any time, so nothing of its customers is too old."""
    named = named_organization(event.about)
    if named and named.lower() != str(held.tenant_id):
        return "foreign"
    if held.account.is_live != event.is_live:
        return "foreign"
    if held.account.customer_id != event.customer_id:
        return "former_customer"
    if held.account.test_clock_id is None and now - event.happened_at > TOO_OLD:
        return "too_old"
    return None


def for_customer(telling: Telling, held: Held) -> Outcome:
    outcome: Outcome = "applied"
    try:
        OF_A_CUSTOMER[telling.event.kind](telling, held)
    except Unreadable as error:
        unreadable(telling.event, error)
        held.look_again()
        outcome = "unreadable"
    held.restate(at=telling.event.happened_at)
    return outcome


def unreadable(event: Event, error: Unreadable) -> None:
    facts = {"event_id": event.id, "kind": event.kind, "reason": str(error)}
    log.error("stripe_event_unreadable", extra=facts)


def noted(event: Event, held: Held | None, outcome: Outcome) -> None:
    facts = {
        "event_id": event.id,
        "kind": event.kind,
        "outcome": outcome,
        "tenant_id": str(held.tenant_id) if held else None,
    }
    if outcome in WORRYING:
        log.warning("stripe_event", extra=facts)
    else:
        log.info("stripe_event", extra=facts)
