"""DOOR for what time brings to who pays: steps of one organization, and the nightly comparison of all of them with Stripe.

In: the facts of a job, `Wires`. Out: nothing; raising leaves it to be done again. Callers: `jobs.py`, which lists them. The
surprise: the comparison of all is only a list of messages, one for each organization, so one that can't be compared holds
up no other; and whoever runs out of time leaves a message for the rest.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from chalicelib.log import log
from chalicelib.wiring import Wires

Facts = Mapping[str, Any]

PAGE: Final = 500
LISTING_S: Final = 120
"""Of the Lambda's 300."""
TELLING_S: Final = 200
"""The last call may take its time."""


def billing(facts: Facts, wires: Wires) -> None:
    """`tenant_id`. Raises `PaymentsBusy` or `CloudBusy`; what was done by then is not done twice."""
    from chalicelib.billing.stepping import Stepper
    from chalicelib.deployment.resting import Resting

    stepper = Stepper(
        steps=wires.billing_steps,
        books=wires.books,
        subscriptions=wires.subscriptions,
        apps=Resting(containers=wires.containers),
    )
    standing = stepper.step(UUID(facts["tenant_id"]))
    state = standing.state if standing else "nobody"
    log.info("billing_step", extra={"tenant_id": facts["tenant_id"], "state": state})


def meter(facts: Facts, wires: Wires) -> None:
    """`tenant_id`. What Stripe gave no answer about stays on the list: the schedule brings it back."""
    from chalicelib.billing import metering

    until = time.monotonic() + TELLING_S
    outcomes = metering.tell(
        UUID(facts["tenant_id"]),
        rows=wires.meter_rows,
        meters=wires.meters,
        clock=wires.books,
        may_go_on=lambda: time.monotonic() < until,
    )
    if outcomes:
        log.info("meter_events", extra={"tenant_id": facts["tenant_id"], "outcomes": {**outcomes}})


def dispute(facts: Facts, wires: Wires) -> None:
    """Facts of `disputing.asked_about`. Whose payment it was is asked, and the event heard again for them."""
    from chalicelib.billing.disputing import named
    from chalicelib.billing.receiving import receive

    if event := named(facts, books=wires.books):
        receive(
            event,
            events=wires.stripe_events,
            jobs=wires.jobs,
            plan_of=wires.price_ids.plan_of,
            now=datetime.now(UTC),
        )


def prices(_facts: Facts, wires: Wires) -> None:
    """What things cost, as Stripe says now: a change of price may have been told while we were away."""
    for told, at in wires.books.prices():
        wires.stripe_events.note_price(told, at)


def reconcile(facts: Facts, wires: Wires) -> None:
    """`tenant_id`. What has to follow from what was mended is a step's: it is nudged."""
    from chalicelib.billing import reconciling

    done = reconciling.reconcile(
        UUID(facts["tenant_id"]),
        comparisons=wires.billing_steps,
        books=wires.books,
        sums=wires.meter_rows,
        meters=wires.meters,
    )
    if done.standing and (done.differences or done.standing.state == "lapsed"):
        wires.jobs.put("billing", tenant_id=facts["tenant_id"])
    count = len(done.differences)
    log.info("billing_reconciled", extra={"tenant_id": facts["tenant_id"], "differences": count})


def reconcile_all(facts: Facts, wires: Wires) -> None:
    """`after`, when it goes on where another one stopped."""
    if not wires.settings.stripe_secret_id:
        return
    until, after = time.monotonic() + LISTING_S, str(facts.get("after", ""))
    if not after:
        wires.jobs.put("prices")
    while page := wires.billing_steps.accounts_after(after, PAGE):
        for one in page:
            wires.jobs.put("reconcile", tenant_id=one.tenant_id)
        after = page[-1].customer_id
        if time.monotonic() > until:
            wires.jobs.put("reconcile_all", after=after)
            return
