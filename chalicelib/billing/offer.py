"""What is offered: each plan, what it includes and what it costs.

In: which price at Stripe is which plan's, and what Stripe said that they cost. Out: `Offer`. Callers: `http/billing.py`.
The surprise: as long as Stripe has not told of every price, ours are shown: half of each could be in two
currencies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from chalicelib.billing.price_ids import METERS, PLANS, PriceIds
from chalicelib.billing.records import Price
from chalicelib.tenancy.plans import (
    GENERATION_PRICE,
    LADDER,
    MILLION_TOKENS_PRICE,
    TERMS,
    Plan,
    Terms,
)

CURRENCY: Final = "usd"
"""Of our own prices, before Stripe told of its."""
MILLION: Final = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Offered:
    plan: Plan
    generations: int
    parallel_generations: int
    seats: int
    tokens: int
    has_overage: bool
    month_price: int


@dataclass(frozen=True, kw_only=True)
class Offer:
    """Money in minor units of the currency."""

    is_for_sale: bool
    currency: str
    generation_price: int
    """Of one beyond the plan."""
    million_tokens_price: int
    plans: tuple[Offered, ...]


def offer(ids: PriceIds, prices: Iterable[Price], *, is_for_sale: bool) -> Offer:
    told = _told(ids, {price.id: price for price in prices})
    return Offer(
        is_for_sale=is_for_sale,
        currency=told.currency if told else CURRENCY,
        generation_price=told.costs["generations"] if told else GENERATION_PRICE,
        million_tokens_price=told.costs["tokens"] if told else MILLION_TOKENS_PRICE,
        plans=tuple(
            _offered(plan, TERMS[plan], told.costs[plan] if told else TERMS[plan].month_price)
            for plan in LADDER
        ),
    )


@dataclass(frozen=True)
class _Told:
    currency: str
    costs: Mapping[str, int]
    """By plan and meter; tokens by the million."""


def _told(ids: PriceIds, known: Mapping[str, Price]) -> _Told | None:
    """None unless Stripe told of all of them, in one currency."""
    found: dict[str, Price | None] = {
        name: known.get(ids.sold.get(name, "")) for name in (*PLANS, *METERS)
    }
    prices = {
        name: one for name, one in found.items() if one and one.unit_amount_decimal is not None
    }
    currencies = {one.currency for one in prices.values()}
    if len(prices) < len(found) or len(currencies) != 1:
        return None
    amounts = {name: one.unit_amount_decimal or Decimal(0) for name, one in prices.items()}
    amounts["tokens"] *= MILLION
    whole = {name: int(one.quantize(Decimal(1), ROUND_HALF_UP)) for name, one in amounts.items()}
    return _Told(currencies.pop(), {"free": 0, **whole})


def _offered(plan: Plan, terms: Terms, month_price: int) -> Offered:
    return Offered(
        plan=plan,
        generations=terms.generations,
        parallel_generations=terms.parallel_generations,
        seats=terms.seats,
        tokens=terms.tokens,
        has_overage=terms.has_overage,
        month_price=month_price,
    )
