"""Cards: payment methods, whose they are, and what becomes of charging one, told by its last digits.

In: names of Stripe's test cards. Out: payment methods, an `Outcome`. Callers: `payments.py` charges them; pages and
subscriptions choose one. The surprise: the digits are those of Stripe's own test cards, so what a test needs of a card is said
the same way here and there. No card number is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.stripe_server.blanks import CARD, METHOD, made
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


ROUTES = {
    ("POST", "/v1/payment_methods"): (create_method, "PaymentMethodCreateParams"),
    ("GET", "/v1/payment_methods"): (list_methods, "PaymentMethodListParams"),
    ("GET", "/v1/payment_methods/{id}"): (retrieve_method, "PaymentMethodRetrieveParams"),
    ("POST", "/v1/payment_methods/{id}"): (update_method, None),
    ("POST", "/v1/payment_methods/{id}/attach"): (attach, "PaymentMethodAttachParams"),
    ("POST", "/v1/payment_methods/{id}/detach"): (detach, "PaymentMethodDetachParams"),
    ("GET", "/v1/customers/{id}/payment_methods"): (list_methods, "CustomerPaymentMethodListParams"),
    ("GET", "/v1/customers/{id}/payment_methods/{id}"): (method_of_customer, "CustomerPaymentMethodRetrieveParams"),
}  # fmt: skip
