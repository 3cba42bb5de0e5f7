"""What becomes of charging a card: payment intents and charges.

In: an invoice and a card. Out: the card's `Outcome`, with what it leaves behind. Callers: `collecting.py`, `invoices.py`,
pages. The surprise: an invoice has one intent for all its tries, and each try that reached a bank leaves a charge.
"""

from __future__ import annotations

from tests.stripe_server import cards
from tests.stripe_server.blanks import CHARGE, INTENT, SETUP_INTENT, made
from tests.stripe_server.wire import page

TAKEN = []
"""Functions(account, card, charge) for whoever has something to do with a charge that was paid."""


def intent_for(account, invoice):
    """The one intent of an invoice, made when first wanted."""
    if invoice.get("_intent"):
        return account.store.find(invoice["_intent"])
    found = account.new(
        "payment_intent",
        "pi",
        of=invoice,
        **made(
            INTENT,
            amount=invoice["amount_remaining"],
            client_secret=account.store.new_id("secret"),
            currency=invoice["currency"],
            customer=invoice["customer"],
            description="Subscription update" if invoice["billing_reason"] == "subscription_update" else "Subscription creation",
            setup_future_usage="off_session",
            status="requires_payment_method",
        ),
    )  # fmt: skip
    found["client_secret"] = f"{found['id']}_{found['client_secret']}"
    invoice["_intent"] = found["id"]
    account.tell("payment_intent.created", found)
    return found


def charge(account, invoice, card, *, on_session=False, is_confirmed=False):
    """Tries to take what remains of an invoice; answers the `Outcome`."""
    intent = intent_for(account, invoice)
    done = cards.outcome(card, on_session=on_session, is_confirmed=is_confirmed)
    intent["payment_method"] = card["id"] if card else None
    intent["amount"] = invoice["amount_remaining"]
    if done.status == "succeeded":
        _succeeded(account, intent, card)
    elif done.status == "requires_action":
        intent["status"] = "requires_action"
        intent["next_action"] = {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}  # fmt: skip
        account.tell("payment_intent.requires_action", intent)
    else:
        _declined(account, intent, card, done)
    return done


def _succeeded(account, intent, card):
    taken = _new_charge(account, intent, card, status="succeeded", paid=True)
    card["_is_set_up"] = True
    intent.update(
        status="succeeded",
        amount_received=intent["amount"],
        latest_charge=taken["id"],
        next_action=None,
        last_payment_error=None,
    )
    account.tell("charge.succeeded", taken)
    account.tell("payment_intent.succeeded", intent)
    for each in TAKEN:
        each(account, card, taken)


def _declined(account, intent, card, done):
    error = {"code": "card_declined", "decline_code": done.decline_code, "message": done.message, "type": "card_error"}  # fmt: skip
    if card:
        tried = _new_charge(
            account,
            intent,
            card,
            status="failed",
            paid=False,
            failure_code="card_declined",
            failure_message=done.message,
        )
        error["charge"] = intent["latest_charge"] = tried["id"]
        account.tell("charge.failed", tried)
    intent.update(status="requires_payment_method", last_payment_error=error, next_action=None)
    intent["payment_method"] = None
    account.tell("payment_intent.payment_failed", intent)


def _new_charge(account, intent, card, *, status, **more):
    is_good = status == "succeeded"
    known = {name: card["card"][name] for name in ("brand", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")}  # fmt: skip
    return account.new(
        "charge",
        "ch",
        of=intent,
        **made(
            CHARGE,
            amount=intent["amount"],
            amount_captured=intent["amount"] if is_good else 0,
            captured=is_good,
            currency=intent["currency"],
            customer=intent["customer"],
            payment_intent=intent["id"],
            payment_method=card["id"],
            payment_method_details={"card": known, "type": "card"},
            status=status,
            **more,
        ),
    )


def cancel_intent(account, invoice):
    found = account.store.find(invoice["_intent"]) if invoice.get("_intent") else None
    if found and found["status"] not in ("succeeded", "canceled"):
        found.update(status="canceled", canceled_at=account.now(found), cancellation_reason="void_invoice")  # fmt: skip
        account.tell("payment_intent.canceled", found)


def new_setup_intent(account, customer, card):
    made_ = account.new(
        "setup_intent",
        "seti",
        of=customer,
        **made(SETUP_INTENT, customer=customer["id"], payment_method=card["id"]),
        client_secret=account.store.new_id("seti"),
    )
    account.tell("setup_intent.created", made_)
    account.tell("setup_intent.succeeded", made_)
    return made_


def retrieve_intent(account, params, id_):
    return account.store.get("payment_intent", id_)


def list_intents(account, params):
    wanted = {"customer": params["customer"]} if "customer" in params else {}
    return page(account.store.all("payment_intent", **wanted), params, "/v1/payment_intents")


def retrieve_charge(account, params, id_):
    return account.store.get("charge", id_)


def list_charges(account, params):
    wanted = {name: params[name] for name in ("customer", "payment_intent") if name in params}
    return page(account.store.all("charge", **wanted), params, "/v1/charges")


def retrieve_setup(account, params, id_):
    return account.store.get("setup_intent", id_)


ROUTES = {
    ("GET", "/v1/payment_intents"): (list_intents, "PaymentIntentListParams"),
    ("GET", "/v1/payment_intents/{id}"): (retrieve_intent, "PaymentIntentRetrieveParams"),
    ("GET", "/v1/charges"): (list_charges, "ChargeListParams"),
    ("GET", "/v1/charges/{id}"): (retrieve_charge, "ChargeRetrieveParams"),
    ("GET", "/v1/setup_intents/{id}"): (retrieve_setup, "SetupIntentRetrieveParams"),
}  # fmt: skip
