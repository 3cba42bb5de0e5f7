"""Customers at Stripe, and the pages of Stripe's where people buy and look after how they pay.

In: who buys what. Out: `Customer`, `Checkout`, addresses of pages, `PaymentMethod`. Implements `billing.ports.Selling`.
Callers: wiring. The surprise: a card's number never comes by here; its brand, last four digits and month are asked of Stripe
each time and kept nowhere.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Final, cast
from uuid import UUID

from stripe import InvalidRequestError
from stripe.params import CustomerCreateParams
from stripe.params.billing_portal import SessionCreateParams as PortalParams
from stripe.params.checkout import SessionCreateParams, SessionCreateParamsLineItem

from chalicelib.adapters.stripe_client import StripeApi, plain
from chalicelib.billing.ports import CheckoutWish, Customer
from chalicelib.billing.price_ids import METERS, PLANS, PriceIds
from chalicelib.billing.records import Checkout, PaymentMethod
from chalicelib.errors import NotFound
from chalicelib.tenancy.plans import PaidPlan

LOCALES: Final = ("en", "es")
METHOD_OF: Final = (
    "invoice_settings.default_payment_method",
    "subscriptions.data.default_payment_method",
)
SOON_MONTHS: Final = 1
BRANDS: Final = {
    "visa": "Visa",
    "mastercard": "Mastercard",
    "amex": "American Express",
    "discover": "Discover",
    "diners": "Diners Club",
    "jcb": "JCB",
    "unionpay": "UnionPay",
}
"""Stripe's words for them as people write them; another is shown as it is."""


class StripeSelling:
    def __init__(self, api: StripeApi, prices: PriceIds, *, has_tax: bool = False) -> None:
        self._api, self._prices, self._has_tax = api, prices, has_tax

    def customer(
        self, tenant_id: UUID, *, name: str, email: str, locale: str, key: str
    ) -> Customer:
        wanted: CustomerCreateParams = {
            "name": name,
            "preferred_locales": [locale],
            "metadata": {"organization_id": str(tenant_id)},
        }
        if email:
            wanted["email"] = email
        with self._api.speaking() as stripe:
            made = stripe.v1.customers.create(wanted, {"idempotency_key": key})
        clock = made.test_clock
        return Customer(
            id=made.id,
            is_live=made.livemode,
            test_clock_id=clock if isinstance(clock, str) else None,
        )

    def open_checkout(self, wish: CheckoutWish, *, key: str) -> Checkout:
        with self._api.speaking() as stripe:
            made = stripe.v1.checkout.sessions.create(self._session(wish), {"idempotency_key": key})
        return _checkout(plain(made))

    def checkout(self, checkout_id: str) -> Checkout:
        with self._api.speaking() as stripe:
            return _checkout(plain(stripe.v1.checkout.sessions.retrieve(checkout_id)))

    def expire_checkout(self, checkout_id: str) -> Checkout:
        with self._api.speaking() as stripe:
            try:
                return _checkout(plain(stripe.v1.checkout.sessions.expire(checkout_id)))
            except InvalidRequestError as error:
                if error.http_status != 400:
                    raise
            # Only an open one can be expired, says Stripe.
            return _checkout(plain(stripe.v1.checkout.sessions.retrieve(checkout_id)))

    def portal_url(self, customer_id: str, *, locale: str, return_url: str) -> str:
        wanted: PortalParams = {
            "customer": customer_id,
            "return_url": return_url,
            "locale": _locale(locale),
        }
        if self._prices.portal:
            wanted["configuration"] = self._prices.portal
        with self._api.speaking() as stripe:
            return stripe.v1.billing_portal.sessions.create(wanted).url

    def payment_method(self, customer_id: str) -> PaymentMethod | None:
        with self._api.speaking() as stripe:
            found = plain(stripe.v1.customers.retrieve(customer_id, {"expand": [*METHOD_OF]}))
        method = _default_method(found)
        return _payment_method(method, datetime.now(UTC).date()) if method else None

    def _session(self, wish: CheckoutWish) -> SessionCreateParams:
        ours = {"organization_id": str(wish.tenant_id), "plan": wish.plan}
        wanted: SessionCreateParams = {
            "mode": "subscription",
            "customer": wish.customer_id,
            "client_reference_id": str(wish.tenant_id),
            "locale": _locale(wish.locale),
            "line_items": self._items(wish.plan),
            "metadata": ours,
            "subscription_data": {"metadata": {"organization_id": str(wish.tenant_id)}},
            "success_url": wish.success_url,
            "cancel_url": wish.cancel_url,
        }
        if self._has_tax:
            wanted["automatic_tax"] = {"enabled": True}
            wanted["tax_id_collection"] = {"enabled": True}
            wanted["billing_address_collection"] = "required"
            wanted["customer_update"] = {"address": "auto", "name": "auto"}
        return wanted

    def _items(self, plan: PaidPlan) -> list[SessionCreateParamsLineItem]:
        """The plan, and what is beyond it: metered prices take no quantity."""
        items: list[SessionCreateParamsLineItem] = [
            {"price": self._prices.price_of(plan), "quantity": 1}
        ]
        items += [
            {"price": self._prices.sold[name]} for name in METERS if name in self._prices.sold
        ]
        return items


def _locale(ours: str) -> Any:
    return ours if ours in LOCALES else "auto"


def _checkout(found: dict[str, Any]) -> Checkout:
    plan = (found.get("metadata") or {}).get("plan")
    if plan not in PLANS:
        raise NotFound("Stripe has such a page, but it is none of ours.")
    return Checkout(
        id=found["id"],
        plan=cast(PaidPlan, plan),
        status=found["status"],
        page_url=found["url"],
        expires_at=datetime.fromtimestamp(found["expires_at"], UTC),
    )


def _default_method(customer: dict[str, Any]) -> dict[str, Any] | None:
    """As Stripe chooses: the subscription's own, then the customer's."""
    subscriptions = (customer.get("subscriptions") or {}).get("data") or []
    choices = [one.get("default_payment_method") for one in subscriptions]
    choices.append((customer.get("invoice_settings") or {}).get("default_payment_method"))
    return next((one for one in choices if isinstance(one, dict)), None)


def _payment_method(found: dict[str, Any], today: date) -> PaymentMethod:
    kind = str(found["type"])
    told = found.get(kind) or {}
    name, last = told.get("brand") or kind, told.get("last4")
    year, month = told.get("exp_year"), told.get("exp_month")
    months = (year - today.year) * 12 + month - today.month if year and month else None
    return PaymentMethod(
        kind=kind,
        label=f"{BRANDS.get(name, name)} •••• {last}" if last else name,
        state=_state(months),
        expires=f"{year}-{month:02}" if year and month else None,
    )


def _state(months_left: int | None) -> Any:
    """A card is good until the end of its month."""
    if months_left is None or months_left > SOON_MONTHS:
        return "good"
    return "expired" if months_left < 0 else "expires_soon"
