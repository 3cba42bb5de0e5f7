"""What each kind of event changes: one small function per kind, in a table.

In: an event, and the organization it is about, held. Out: what was told, kept. Callers: `receiving.py`; `infra/billing.py` has
Stripe send these kinds. The surprise: an event brings the whole object as it was at that moment, so most kinds do the same:
keep the object, if it is the newest. What kind of event it was matters where the object does not tell: that a bank asks a
person, that a trial is about to end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from chalicelib.billing.hearing import Heard, Held, Telling
from chalicelib.billing.letters import action_letters, trial_letters
from chalicelib.billing.newest import moment_of
from chalicelib.billing.reading import (
    id_of,
    read_dispute,
    read_invoice,
    read_payment,
    read_price,
    read_subscription,
)
from chalicelib.billing.records import Invoice, Subscription
from chalicelib.log import log

Handler = Callable[[Telling, Held], None]
ForAnybody = Callable[[Telling, Heard], None]


# ---- of a customer ----


def subscription(telling: Telling, held: Held) -> None:
    kept_subscription(telling, held)


def trial_will_end(telling: Telling, held: Held) -> None:
    held.tell(trial_letters(kept_subscription(telling, held)))


def kept_subscription(telling: Telling, held: Held) -> Subscription:
    told = read_subscription(telling.event.about, telling.plan_of)
    held.keep_subscription(told, moment_of(told, telling.event))
    return told


def schedule(_telling: Telling, held: Held) -> None:
    """What is to change at the period's end: a subscription that is asked for tells it."""
    held.look_again()


def invoice(telling: Telling, held: Held) -> None:
    kept_invoice(telling, held, needs_action=False)


def payment_action_required(telling: Telling, held: Held) -> None:
    held.tell(action_letters(kept_invoice(telling, held, needs_action=True)))


def kept_invoice(telling: Telling, held: Held, *, needs_action: bool) -> Invoice:
    told = read_invoice(telling.event.about, needs_action=needs_action)
    held.keep_invoice(told, moment_of(told, telling.event))
    return told


def checkout_completed(telling: Telling, held: Held) -> None:
    """The subscription that was bought has events of its own; asked for, it may be there sooner."""
    close_checkout(telling, held, "complete")
    bought = id_of(telling.event.about.get("subscription"))
    if bought and not held.knows(bought):
        held.look_again()


def checkout_expired(telling: Telling, held: Held) -> None:
    close_checkout(telling, held, "expired")


def close_checkout(telling: Telling, held: Held, status: str) -> None:
    if checkout_id := id_of(telling.event.about.get("id")):
        held.close_checkout(checkout_id, status, telling.event.happened_at)


def customer_updated(_telling: Telling, _held: Held) -> None:
    """Addresses, names and cards are Stripe's to keep: nothing of them is here."""


def customer_deleted(telling: Telling, held: Held) -> None:
    held.customer_deleted(telling.event.happened_at)


def refunded(telling: Telling, held: Held) -> None:
    """What was bought stays bought: whoever gives money back says at Stripe whether the plan ends."""
    told = read_payment(telling.event.about)
    held.keep_payment(told, moment_of(told, telling.event))


OF_A_CUSTOMER: Final[Mapping[str, Handler]] = {
    "checkout.session.completed": checkout_completed,
    "checkout.session.async_payment_succeeded": checkout_completed,
    "checkout.session.async_payment_failed": checkout_expired,
    "checkout.session.expired": checkout_expired,
    "customer.subscription.created": subscription,
    "customer.subscription.updated": subscription,
    "customer.subscription.deleted": subscription,
    "customer.subscription.paused": subscription,
    "customer.subscription.resumed": subscription,
    "customer.subscription.pending_update_applied": subscription,
    "customer.subscription.pending_update_expired": subscription,
    "customer.subscription.trial_will_end": trial_will_end,
    "subscription_schedule.created": schedule,
    "subscription_schedule.updated": schedule,
    "subscription_schedule.released": schedule,
    "subscription_schedule.canceled": schedule,
    "subscription_schedule.completed": schedule,
    "subscription_schedule.aborted": schedule,
    "subscription_schedule.expiring": schedule,
    "invoice.created": invoice,
    "invoice.updated": invoice,
    "invoice.finalized": invoice,
    "invoice.paid": invoice,
    "invoice.payment_succeeded": invoice,
    "invoice.payment_failed": invoice,
    "invoice.payment_action_required": payment_action_required,
    "invoice.voided": invoice,
    "invoice.marked_uncollectible": invoice,
    "customer.updated": customer_updated,
    "customer.deleted": customer_deleted,
    "charge.refunded": refunded,
}


# ---- of nobody in particular ----


def price(telling: Telling, heard: Heard) -> None:
    heard.note_price(read_price(telling.event.about), telling.event)


def product(telling: Telling, _heard: Heard) -> None:
    """What a plan includes is in our code; whoever changes a product by hand is told, and `billing sync` sets it right."""
    about = telling.event.about
    log.info(
        "product_changed",
        extra={"product_id": id_of(about.get("id")), "kind": telling.event.kind},
    )


def meter_error(telling: Telling, _heard: Heard) -> None:
    """Something that was counted is not on anybody's bill. The event names the meter alone; `billing usage` and the nightly
    comparison show whose it is."""
    meter_id = id_of(telling.event.about.get("related_object"))
    facts = {"event_id": telling.event.id, "kind": telling.event.kind, "meter_id": meter_id}
    log.error("meter_error_reported", extra=facts)


def dispute(telling: Telling, heard: Heard) -> None:
    """It names a payment and no customer: whose it is, `disputing.py` finds out. An operator answers it at Stripe, before
    its deadline."""
    told = read_dispute(telling.event.about)
    if heard.held:
        heard.held.keep_dispute(told, moment_of(told, telling.event))
        return
    log.warning(
        "payment_disputed",
        extra={"dispute_id": told.id, "payment_id": told.payment_id, "status": told.status},
    )


FOR_ANYBODY: Final[Mapping[str, ForAnybody]] = {
    "price.created": price,
    "price.updated": price,
    "price.deleted": price,
    "product.created": product,
    "product.updated": product,
    "product.deleted": product,
    "charge.dispute.created": dispute,
    "charge.dispute.updated": dispute,
    "charge.dispute.closed": dispute,
    "charge.dispute.funds_withdrawn": dispute,
    "charge.dispute.funds_reinstated": dispute,
    "v1.billing.meter.error_report_triggered": meter_error,
    "v1.billing.meter.no_meter_found": meter_error,
}
