"""What there should be at Stripe for us to sell our plans: products, meters, prices, the portal, where events go.

In: `tenancy/plans.py`, a currency, addresses. Out: `Wanted`s as plain data, in an order in which each may name those before
it. Callers: `syncing.py`. The surprise: whatever is ours there is found again by `metadata.fragua`, a meter by its event's
name, an endpoint by its address; ids are Stripe's, and other things of the account are never looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal

from chalicelib.billing.price_ids import METERS, OUR_NAME, PLANS, Meter
from chalicelib.billing.rates import OUR_COSTS
from chalicelib.tenancy.plans import TERMS, PaidPlan

Kind = Literal["product", "meter", "price", "portal", "endpoint", "destination"]
KINDS: Final[tuple[Kind, ...]] = (
    "product",
    "meter",
    "price",
    "portal",
    "endpoint",
    "destination",
)
MARK: Final = "fragua"
"""The metadata that says which of our things it is."""
SOFTWARE_FOR_BUSINESSES: Final = "txcd_10103001"
"""Stripe Tax's word for what we sell; it says nothing where that is off."""
UNITS: Final = {"generations": "generation", "tokens": "token"}


@dataclass(frozen=True)
class Of:
    """The id of another thing of ours, which may not be there yet."""

    kind: Kind
    name: str


@dataclass(frozen=True, kw_only=True)
class Wanted:
    kind: Kind
    name: str
    fields: Mapping[str, Any]
    """As Stripe takes them when it is made."""
    fixed: frozenset[str] = frozenset()
    """What Stripe lets nobody change later."""


@dataclass(frozen=True, kw_only=True)
class Addresses:
    portal_return_url: str = ""
    webhook_url: str = ""
    """Empty leaves alone where events go."""
    kinds: tuple[str, ...] = ()
    """Of events that are understood here."""
    api_version: str = ""


def wanted(currency: str, addresses: Addresses) -> list[Wanted]:
    return [
        *(_plan_product(plan) for plan in PLANS),
        *(_meter_product(meter) for meter in METERS),
        *(_meter(meter) for meter in METERS),
        *(_plan_price(plan, currency) for plan in PLANS),
        *(_meter_price(meter, currency) for meter in METERS),
        _portal(addresses),
        *_where_events_go(addresses),
    ]


def _plan_product(plan: PaidPlan) -> Wanted:
    terms = TERMS[plan]
    return _product(
        plan,
        name=f"Fragua {plan.capitalize()}",
        description=(
            f"{terms.generations} generations a month, {terms.parallel_generations} at a time, "
            f"{terms.tokens:,} tokens, {terms.seats} people"
        ),
    )


def _meter_product(meter: Meter) -> Wanted:
    return _product(
        meter,
        name=f"Fragua: {meter} beyond the plan",
        description=f"What was allowed beyond the {meter} of the plan",
        unit_label=UNITS[meter],
    )


def _product(key: str, **fields: str) -> Wanted:
    common = {"tax_code": SOFTWARE_FOR_BUSINESSES, "active": True, "metadata": {MARK: key}}
    return Wanted(kind="product", name=key, fields={**fields, **common})


def _meter(meter: Meter) -> Wanted:
    return Wanted(
        kind="meter",
        name=meter,
        fields={
            "event_name": OUR_NAME.format(name=meter),
            "display_name": f"Fragua: {meter} beyond the plan",
            "default_aggregation": {"formula": "sum"},
            "customer_mapping": {"type": "by_id", "event_payload_key": "stripe_customer_id"},
            "value_settings": {"event_payload_key": "value"},
        },
        fixed=frozenset(
            {"event_name", "default_aggregation", "customer_mapping", "value_settings"}
        ),
    )


def _plan_price(plan: PaidPlan, currency: str) -> Wanted:
    return _price(plan, currency, OUR_COSTS[plan], {"usage_type": "licensed"})


def _meter_price(meter: Meter, currency: str) -> Wanted:
    counted = {"usage_type": "metered", "meter": Of("meter", meter)}
    return _price(meter, currency, OUR_COSTS[meter], counted)


def _price(key: str, currency: str, amount: Decimal, recurring: Mapping[str, Any]) -> Wanted:
    return Wanted(
        kind="price",
        name=key,
        fields={
            "product": Of("product", key),
            "currency": currency,
            "unit_amount_decimal": f"{amount.normalize():f}",
            "recurring": {"interval": "month", "interval_count": 1, **recurring},
            "tax_behavior": "exclusive",
            "lookup_key": OUR_NAME.format(name=key),
            "active": True,
            "metadata": {MARK: key},
        },
        fixed=frozenset(
            {"product", "currency", "unit_amount_decimal", "recurring", "tax_behavior"}
        ),
    )


def _portal(addresses: Addresses) -> Wanted:
    """Plans change by way of us alone: our rules say when, and a subscription of several products can't be changed there."""
    back = {"default_return_url": addresses.portal_return_url}
    return Wanted(
        kind="portal",
        name="portal",
        fields={
            "features": {
                "customer_update": {
                    "enabled": True,
                    "allowed_updates": ["email", "name", "address", "tax_id"],
                },
                "invoice_history": {"enabled": True},
                "payment_method_update": {"enabled": True},
                "subscription_cancel": {
                    "enabled": True,
                    "mode": "at_period_end",
                    "proration_behavior": "none",
                },
                "subscription_update": {"enabled": False},
            },
            "metadata": {MARK: "portal"},
            **(back if addresses.portal_return_url else {}),
        },
    )


def _where_events_go(addresses: Addresses) -> Iterator[Wanted]:
    """Stripe tells of what meters could not use in events of its newer kind, which go to a destination of their own."""
    if not addresses.webhook_url:
        return
    thin = [kind for kind in addresses.kinds if kind.startswith("v1.")]
    whole = [kind for kind in addresses.kinds if kind not in thin]
    yield Wanted(
        kind="endpoint",
        name="events",
        fields={
            "url": addresses.webhook_url,
            "enabled_events": whole,
            "api_version": addresses.api_version,
            "metadata": {MARK: "events"},
        },
        fixed=frozenset({"url", "api_version"}),
    )
    yield Wanted(
        kind="destination",
        name="meter events",
        fields={
            "name": "Fragua: what meters could not use",
            "type": "webhook_endpoint",
            "event_payload": "thin",
            "enabled_events": thin,
            "webhook_endpoint": {"url": addresses.webhook_url},
        },
        fixed=frozenset({"type", "event_payload", "webhook_endpoint"}),
    )
