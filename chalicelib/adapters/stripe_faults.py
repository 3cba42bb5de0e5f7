"""Stripe's refusals and silences, and whose turn each is.

In: an error of the SDK. Out: one of ours, without Stripe's own words: they may repeat names and addresses. Callers:
`stripe_client.py`, and windows that look closer at one refusal. The table is in docs/decisions/stripe-through-the-sdk.md. The surprise: a 400 is seldom about what a person
asked for: a price, a right or a setting that is missing there arrives as one too, so it is an operator's turn.
"""

from __future__ import annotations

import re
from typing import Final

import stripe

from chalicelib.errors import (
    Conflict,
    NotFound,
    PaymentDeclined,
    PaymentsAccountRefused,
    PaymentsBusy,
    PlatformError,
)

BUSY: Final = (408, 409, 425, 429)
NEEDS_PERSON: Final = frozenset({"authentication_required", "requires_action"})
"""Reasons of `PaymentDeclined` where the bank wants a person to confirm."""
CONFIRM_CODES: Final = frozenset(
    {
        "authentication_required",
        "invoice_payment_intent_requires_action",
        "payment_intent_action_required",
        "subscription_payment_intent_requires_action",
    }
)
MISSING: Final = "resource_missing"
"""At `id` it is what was asked for; anywhere else something that our settings name."""
NO_ADDRESS: Final = "customer_tax_location_invalid"
WORD: Final = re.compile(r"[\w.\[\]-]{1,80}")


def our_error(error: stripe.StripeError) -> PlatformError:
    status = error.http_status
    if status is None:
        return PaymentsBusy("Stripe can't be reached. Try again in a moment.")
    if status in BUSY or status >= 500:
        return PaymentsBusy(f"Stripe is busy ({_named(error)}). Try again in a moment.")
    if isinstance(error, stripe.IdempotencyError):
        return PlatformError(f"one key was used for two different things ({_named(error)})")
    if status == 402:
        return declined(error)
    return _refused(error, status)


def declined(error: stripe.StripeError) -> PaymentDeclined:
    reason = reason_of(error)
    if reason in NEEDS_PERSON:
        return PaymentDeclined("The bank wants this payment to be confirmed.", reason=reason)
    return PaymentDeclined(
        f"The payment was declined ({reason}). Nothing was changed; try another way to pay.",
        reason=reason,
    )


def reason_of(error: stripe.StripeError) -> str:
    """Stripe's word, the bank's where there is one."""
    if _code(error) in CONFIRM_CODES:
        return "authentication_required"
    given = getattr(error.error, "decline_code", None) or _code(error)
    return _word(given) or "declined"


def _refused(error: stripe.StripeError, status: int) -> PlatformError:
    if status == 404 or (_code(error) == MISSING and getattr(error, "param", None) == "id"):
        return NotFound(f"Stripe knows no such thing ({_named(error)}).")
    if _code(error) == NO_ADDRESS:
        return Conflict(
            "Stripe can't tell which taxes apply: give the organization's address on the payment pages first."
        )
    return PaymentsAccountRefused(
        f"Stripe does not take our request ({_named(error)}). See to the key, its rights, the prices "
        "and the settings of the account."
    )


def _named(error: stripe.StripeError) -> str:
    """Status, code, parameter and the request's id for Stripe's support: words of theirs, nothing of anybody's."""
    param = _word(getattr(error, "param", None))
    request = _word(error.request_id)
    words = (
        str(error.http_status),
        _code(error),
        f"at {param}" if param else "",
        f"request {request}" if request else "",
    )
    return ", ".join(filter(None, words))


def _code(error: stripe.StripeError) -> str:
    """The SDK's constructors leave it out for some."""
    return _word(error.code) or _word(getattr(error.error, "code", None))


def _word(given: object) -> str:
    return given if isinstance(given, str) and WORD.fullmatch(given) else ""
