"""Money taken for invoices: the first try, the tries after a failure, what either means for the subscription.

In: an open invoice. Out: paid, or another try on a day, or the end that the account's settings say. Callers:
`subscriptions.py`, `renewals.py`, pages, the API's pay. The surprise: how the last failure ends is a setting of the account,
here as there: `dunning_ends_with` is `past_due` (nothing more is tried), `unpaid` or `canceled`.
"""

from __future__ import annotations

from tests.stripe_server import cards, invoices, lives, payments
from tests.stripe_server.proration import DAY_S
from tests.stripe_server.wire import declined, invalid

RETRY_DAYS = (1, 3, 5, 7)
"""After the first failure."""
FIRST = "subscription_create"


def finish(account, invoice, *, card=None, on_session=False, is_confirmed=False):
    """Makes it final and takes the money; answers the `Outcome`, None when there was nothing to take."""
    if invoice["status"] == "draft":
        invoices.finalized(account, invoice)
    if invoice["amount_remaining"] == 0:
        settle(account, invoice)
        return None
    _payment(account, invoice)
    if invoice["collection_method"] == "send_invoice":
        return None
    return collect(account, invoice, card=card, on_session=on_session, is_confirmed=is_confirmed)


def collect(account, invoice, *, card=None, on_session=False, is_confirmed=False, is_retry=False):
    customer = account.store.find(invoice["customer"])
    subscription = invoices.subscription_of(account, invoice)
    card = card or cards.paying_method(account, customer, subscription)
    done = payments.charge(account, invoice, card, on_session=on_session, is_confirmed=is_confirmed)
    if done.status == "succeeded":
        settle(account, invoice)
    else:
        _failed(account, invoice, done, is_retry=is_retry, on_session=on_session)
    return done


def settle(account, invoice):
    at = account.now(invoice)
    paid = invoice["amount_remaining"]
    invoice.update(
        amount_paid=invoice["amount_paid"] + paid,
        amount_remaining=0,
        attempt_count=invoice["attempt_count"] + (1 if paid else 0),
        attempted=True,
        next_payment_attempt=None,
        status="paid",
    )
    invoice["status_transitions"]["paid_at"] = at
    for payment in account.store.all("invoice_payment", invoice=invoice["id"], status="open"):
        payment.update(amount_paid=paid, status="paid")
        payment["status_transitions"]["paid_at"] = at
    account.tell("invoice.paid", invoice)
    account.tell("invoice.payment_succeeded", invoice)
    _now_paid(account, invoice)


def _payment(account, invoice):
    """Which intent pays it."""
    if account.store.all("invoice_payment", invoice=invoice["id"]):
        return
    intent = payments.intent_for(account, invoice)
    account.new(
        "invoice_payment",
        "inpay",
        of=invoice,
        amount_paid=None,
        amount_requested=invoice["amount_remaining"],
        currency=invoice["currency"],
        invoice=invoice["id"],
        is_default=True,
        payment={"payment_intent": intent["id"], "type": "payment_intent"},
        status="open",
        status_transitions={"canceled_at": None, "paid_at": None},
    )


def _now_paid(account, invoice):
    subscription = invoices.subscription_of(account, invoice)
    if subscription is None or lives.is_over(subscription):
        return
    customer = account.store.find(invoice["customer"])
    if customer["delinquent"]:
        lives.changed(account, customer, kind="customer.updated", delinquent=False)
    pending = subscription["pending_update"]
    if pending and pending.get("_invoice") == invoice["id"]:
        _apply_pending(account, subscription, pending)
    owes = subscription["status"] in ("incomplete", "past_due", "unpaid")
    if owes and subscription["latest_invoice"] == invoice["id"]:
        lives.changed(account, subscription, status="active")


def _apply_pending(account, subscription, pending):
    before = lives.copied(subscription)
    subscription["items"]["data"] = pending["_items"]
    subscription["pending_update"] = None
    lives.told_change(account, subscription, before)
    account.tell("customer.subscription.pending_update_applied", subscription)


def _failed(account, invoice, done, *, is_retry, on_session):
    at = account.now(invoice)
    first_at = invoice.setdefault("_first_failed_at", at)
    is_counted = is_retry or not invoice["attempted"]
    invoice["attempted"] = True
    invoice["attempt_count"] += 1 if is_counted else 0
    if is_counted and invoice["billing_reason"] != FIRST and not invoice.get("_is_pending_update"):
        days = account.settings.get("dunning_retry_days", RETRY_DAYS)
        number = invoice["attempt_count"] - 1
        invoice["next_payment_attempt"] = (
            first_at + days[number] * DAY_S if number < len(days) else None
        )
        invoice["auto_advance"] = invoice["next_payment_attempt"] is not None
    if done.status == "requires_action":
        account.tell("invoice.payment_action_required", invoice)
    if done.status == "declined" or not on_session:
        account.tell("invoice.payment_failed", invoice)
    subscription = invoices.subscription_of(account, invoice)
    if subscription and not lives.is_over(subscription) and not invoice.get("_is_pending_update"):
        _now_owing(
            account, invoice, subscription, is_last=is_counted and not invoice["auto_advance"]
        )


def _now_owing(account, invoice, subscription, *, is_last):
    customer = account.store.find(invoice["customer"])
    if not customer["delinquent"]:
        lives.changed(account, customer, kind="customer.updated", delinquent=True)
    if invoice["billing_reason"] == FIRST:
        return
    if subscription["status"] in ("active", "trialing"):
        lives.changed(account, subscription, status="past_due")
    ends_with = account.settings.get("dunning_ends_with", "past_due")
    if is_last and ends_with == "unpaid":
        lives.changed(account, subscription, status="unpaid")
    elif is_last and ends_with == "canceled":
        lives.ended(account, subscription, "payment_failed")


def void(account, invoice):
    if invoice["status"] not in ("open", "uncollectible", "draft"):
        raise invalid(f"You can only void an open invoice; this one is {invoice['status']}.")
    _closed(account, invoice, "void", "voided_at", "invoice.voided")
    payments.cancel_intent(account, invoice)
    return invoice


def give_up(account, invoice):
    _closed(account, invoice, "uncollectible", "marked_uncollectible_at", "invoice.marked_uncollectible")  # fmt: skip
    return invoice


def _closed(account, invoice, status, when, kind):
    invoice.update(status=status, next_payment_attempt=None, auto_advance=False)
    invoice["status_transitions"][when] = account.now(invoice)
    for payment in account.store.all("invoice_payment", invoice=invoice["id"], status="open"):
        payment["status"] = "canceled"
        payment["status_transitions"]["canceled_at"] = account.now(invoice)
    account.tell(kind, invoice)


# -- routes


def finalize(account, params, id_):
    found = account.store.get("invoice", id_)
    if found["status"] != "draft":
        raise invalid(f"Invoice is already finalized: its status is {found['status']}.")
    return invoices.finalized(account, found)


def pay(account, params, id_):
    found = account.store.get("invoice", id_)
    if found["status"] not in ("draft", "open", "uncollectible"):
        raise invalid(f"Invoice is already {found['status']}")
    if found["status"] == "draft":
        invoices.finalized(account, found)
    if params.get("paid_out_of_band") or found["amount_remaining"] == 0:
        settle(account, found)
        return found
    customer = account.store.find(found["customer"])
    card = None
    if "payment_method" in params:
        card = cards.own_method(account, params["payment_method"], customer, "payment_method")
    _payment(account, found)
    done = collect(account, found, card=card, on_session=not params.get("off_session", True))
    if done.status != "succeeded":
        raise refused_card(done)
    return found


def refused_card(done, *, code="invoice_payment_intent_requires_action", is_kept=True):
    """What the API answers to whoever tried; with what was tried, when it is kept."""
    if done.status == "requires_action":
        message = "This payment requires additional user action before it can be completed successfully. Payment can be completed using the PaymentIntent associated with the invoice."  # fmt: skip
        return declined(message, code=code, is_kept=is_kept)
    if done.decline_code is None:
        return invalid(done.message, code="resource_missing", is_kept=is_kept)
    return declined(done.message, decline_code=done.decline_code, is_kept=is_kept)


def void_it(account, params, id_):
    return void(account, account.store.get("invoice", id_))


def mark_uncollectible(account, params, id_):
    found = account.store.get("invoice", id_)
    if found["status"] != "open":
        raise invalid("You can only mark an open invoice as uncollectible.")
    return give_up(account, found)


ROUTES = {
    ("POST", "/v1/invoices/{id}/finalize"): (finalize, "InvoiceFinalizeInvoiceParams"),
    ("POST", "/v1/invoices/{id}/pay"): (pay, "InvoicePayParams"),
    ("POST", "/v1/invoices/{id}/void"): (void_it, "InvoiceVoidInvoiceParams"),
    ("POST", "/v1/invoices/{id}/mark_uncollectible"): (mark_uncollectible, "InvoiceMarkUncollectibleParams"),
}  # fmt: skip
