"""Cards and what becomes of charging them: payment methods, payment intents, charges, told apart by the card's last digits.

In: an invoice and a card. Out: `succeeded`, `declined` or `requires_action`, with what each leaves behind. Callers:
`invoices.py`, pages. The surprise: the digits are those of Stripe's own test cards, so what a test needs of a card is said
the same way here and there. No card number is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.stripe_server.blanks import CARD, CHARGE, INTENT, METHOD, SETUP_INTENT, made
from tests.stripe_server.changes import change
from tests.stripe_server.customers import alive
from tests.stripe_server.wire import declined, invalid, missing, page

GOOD, REFUSES, LATER_FAILS, POOR, ASKS_ONCE, ASKS_ALWAYS, DISPUTES = (
    "4242", "0002", "0341", "9995", "3155", "3184", "0259",
)  # fmt: skip
TOKENS = {
    "visa": GOOD,
    "mastercard": "4444",
    "visa_debit": "5556",
    "chargeDeclined": REFUSES,
    "visa_chargeDeclined": REFUSES,
    "chargeDeclinedInsufficientFunds": POOR,
    "visa_chargeDeclinedInsufficientFunds": POOR,
    "chargeCustomerFail": LATER_FAILS,
    "authenticationRequiredOnSetup": ASKS_ONCE,
    "authenticationRequired": ASKS_ALWAYS,
    "threeDSecureRequired": ASKS_ALWAYS,
    "createDispute": DISPUTES,
}
"""Stripe's test payment methods, without `pm_card_` or `tok_`."""
DECLINES = {
    REFUSES: ("generic_decline", "Your card was declined."),
    LATER_FAILS: ("generic_decline", "Your card was declined."),
    POOR: ("insufficient_funds", "Your card has insufficient funds."),
    "": ("authentication_required", "Your card was declined. This transaction requires authentication."),
}  # fmt: skip

TAKEN = []
"""Functions(account, card, charge) for whoever has something to do with a charge that was paid."""


@dataclass(frozen=True)
class Outcome:
    status: str
    """succeeded, declined or requires_action."""
    decline_code: str | None = None
    message: str | None = None


def outcome(method, *, on_session=False, is_confirmed=False):
    """What charging this card comes to. `on_session`: its holder is there; `is_confirmed`: has said yes to the bank."""
    if method is None:
        return Outcome("declined", None, "This customer has no attached payment source or default payment method.")  # fmt: skip
    digits = method["card"]["last4"]
    if digits in (REFUSES, POOR, LATER_FAILS):
        return Outcome("declined", *DECLINES[digits])
    has_to_ask = digits == ASKS_ALWAYS or (digits == ASKS_ONCE and not method["_is_set_up"])
    if has_to_ask and not is_confirmed:
        return (
            Outcome("requires_action") if on_session else Outcome("requires_action", *DECLINES[""])
        )
    return Outcome("succeeded")


# -- payment methods


def new_method(account, token="visa", *, of=None):
    """A card that belongs to nobody yet."""
    digits = TOKENS[token]
    brand = "mastercard" if digits == "4444" else "visa"
    year = 1970 + account.now(of) // 31_556_952 + 5
    card = made(CARD, brand=brand, display_brand=brand, last4=digits, exp_month=12, exp_year=year)
    card["fingerprint"] = f"double{digits}"
    return account.new("payment_method", "pm", of=of, **made(METHOD, card=card), _is_set_up=False)


def create_method(account, params):
    if params.get("type") != "card" or not isinstance(params.get("card"), dict):
        raise invalid("This double knows cards only.", "type")
    token = params["card"].get("token", "tok_visa").removeprefix("tok_")
    if "number" in params["card"]:
        digits = params["card"]["number"][-4:]
        token = next((name for name, known in TOKENS.items() if known == digits), "visa")
    if token not in TOKENS:
        raise invalid(f"No such token: 'tok_{token}'", "card[token]", "resource_missing")
    return new_method(account, token)


def method(account, id_, param="payment_method"):
    """A card by its id; a test payment method's name makes a new one, as at Stripe."""
    if str(id_).removeprefix("pm_card_") in TOKENS:
        return new_method(account, id_.removeprefix("pm_card_"))
    return account.store.get("payment_method", id_, param)


def attach(account, params, id_):
    customer = alive(account, params["customer"])
    return attached(account, method(account, id_), customer)


def attached(account, card, customer):
    if card["customer"] not in (None, customer["id"]):
        raise invalid("The payment method you provided has already been attached to a customer.")
    if card["card"]["last4"] in (REFUSES, POOR):
        code, message = DECLINES[card["card"]["last4"]]
        raise declined(message, decline_code=code, is_kept=False)
    if card["customer"] is None:
        card["customer"] = customer["id"]
        account.tell("payment_method.attached", card)
    return card


def own_method(account, id_, customer, param="default_payment_method"):
    """A card that this customer may pay with."""
    if str(id_).startswith("pm_card_"):
        return attached(account, method(account, id_, param), customer)
    found = account.store.get("payment_method", id_, param)
    if found["customer"] != customer["id"]:
        raise invalid(
            f"The customer does not have a payment method with the ID {id_}. The payment method must be attached to the customer.",
            param,
            "resource_missing",
        )
    return found


def detach(account, params, id_):
    found = account.store.get("payment_method", id_)
    owner = account.store.find(found["customer"]) if found["customer"] else None
    if owner is None:
        raise invalid("The payment method you provided is not attached to a customer so detachment is impossible.")  # fmt: skip
    found["customer"] = None
    account.tell("payment_method.detached", found, previous={"customer": owner["id"]}, of=owner)
    for subscription in account.store.all("subscription", customer=owner["id"]):
        if subscription["default_payment_method"] == id_:
            subscription["default_payment_method"] = None
    if owner["invoice_settings"]["default_payment_method"] == id_:
        owner["invoice_settings"]["default_payment_method"] = None
        account.tell("customer.updated", owner)
    return found


def retrieve_method(account, params, id_):
    return account.store.get("payment_method", id_)


def update_method(account, params, id_):
    found = account.store.get("payment_method", id_)
    for name, value in (params.get("card") or {}).items():
        if name in ("exp_month", "exp_year"):
            found["card"][name] = value
    change(found, params, ["allow_redisplay"])
    account.tell("payment_method.updated", found)
    return found


def list_methods(account, params, customer_id=None):
    owner = customer_id or params.get("customer")
    if owner:
        alive(account, owner)
    found = account.store.all("payment_method", customer=owner)
    if "type" in params:
        found = [each for each in found if each["type"] == params["type"]]
    url = f"/v1/customers/{customer_id}/payment_methods" if customer_id else "/v1/payment_methods"
    return page(found, params, url)


def method_of_customer(account, params, customer_id, id_):
    found = account.store.get("payment_method", id_)
    if found["customer"] != customer_id:
        raise missing("payment_method", id_)
    return found


def make_default(account, customer, card):
    """For whatever comes: of the customer, and of subscriptions that had one of their own."""
    before = dict(customer["invoice_settings"])
    customer["invoice_settings"]["default_payment_method"] = card["id"]
    account.tell("customer.updated", customer, previous={"invoice_settings": before})
    for subscription in account.store.all("subscription", customer=customer["id"]):
        old = subscription["default_payment_method"]
        if old and not subscription["ended_at"]:
            subscription["default_payment_method"] = card["id"]
            previous = {"default_payment_method": old}
            account.tell("customer.subscription.updated", subscription, previous=previous)


def paying_method(account, customer, subscription=None):
    """What is charged when nobody says with what: the subscription's own, else the customer's."""
    id_ = (subscription or {}).get("default_payment_method")
    id_ = id_ or customer["invoice_settings"]["default_payment_method"]
    return own_method(account, id_, customer) if id_ else None


# -- payment intents and charges


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
    done = outcome(card, on_session=on_session, is_confirmed=is_confirmed)
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
    ("POST", "/v1/payment_methods"): (create_method, "PaymentMethodCreateParams"),
    ("GET", "/v1/payment_methods"): (list_methods, "PaymentMethodListParams"),
    ("GET", "/v1/payment_methods/{id}"): (retrieve_method, "PaymentMethodRetrieveParams"),
    ("POST", "/v1/payment_methods/{id}"): (update_method, None),
    ("POST", "/v1/payment_methods/{id}/attach"): (attach, "PaymentMethodAttachParams"),
    ("POST", "/v1/payment_methods/{id}/detach"): (detach, "PaymentMethodDetachParams"),
    ("GET", "/v1/customers/{id}/payment_methods"): (list_methods, "CustomerPaymentMethodListParams"),
    ("GET", "/v1/customers/{id}/payment_methods/{id}"): (method_of_customer, "CustomerPaymentMethodRetrieveParams"),
    ("GET", "/v1/payment_intents"): (list_intents, "PaymentIntentListParams"),
    ("GET", "/v1/payment_intents/{id}"): (retrieve_intent, "PaymentIntentRetrieveParams"),
    ("GET", "/v1/charges"): (list_charges, "ChargeListParams"),
    ("GET", "/v1/charges/{id}"): (retrieve_charge, "ChargeRetrieveParams"),
    ("GET", "/v1/setup_intents/{id}"): (retrieve_setup, "SetupIntentRetrieveParams"),
}  # fmt: skip
