"""What is offered: each plan, what it includes and what it costs.

In: which price at Stripe is which plan's, and what Stripe said that they cost. Out: `Offer`. Callers: `http/billing.py`.
The surprise: as long as Stripe has not told of every price, ours are shown: half of each could be in two
currencies.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chalicelib.billing.price_ids import METERS, PLANS, PriceIds
from chalicelib.billing.rates import MILLION, Costs, costs, rounded
from chalicelib.billing.records import Price
from chalicelib.tenancy.plans import LADDER, TERMS, Plan, Terms


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
    found = costs((*PLANS, *METERS), ids, prices)
    return Offer(
        is_for_sale=is_for_sale,
        currency=found.currency,
        generation_price=rounded(found.of["generations"]),
        million_tokens_price=rounded(found.of["tokens"] * MILLION),
        plans=tuple(_offered(plan, TERMS[plan], found) for plan in LADDER),
    )


def _offered(plan: Plan, terms: Terms, found: Costs) -> Offered:
    return Offered(
        plan=plan,
        generations=terms.generations,
        parallel_generations=terms.parallel_generations,
        seats=terms.seats,
        tokens=terms.tokens,
        has_overage=terms.has_overage,
        month_price=0 if plan == "free" else rounded(found.of[plan]),
    )
