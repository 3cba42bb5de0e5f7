"""What a plan, one generation and one token beyond it cost, exactly: as Stripe said, or as we say until it has.

In: which price at Stripe is which plan's and meter's, and what Stripe said that they cost. Out: `Costs`, `Rates`. Callers: the
usage door, `offer.py`, `usage.py`, `forecast.py`, `shelf.py`. The surprise: a token costs a fraction of a minor unit, so an
amount is rounded once, at the end of a bill's line, half a unit up, as Stripe does it; never per row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from chalicelib.billing.price_ids import METERS, PLANS, Meter, PriceIds
from chalicelib.billing.records import Price
from chalicelib.tenancy.plans import GENERATION_PRICE, MILLION_TOKENS_PRICE, TERMS, PaidPlan

CURRENCY: Final = "usd"
"""Of our own prices, before Stripe told of its."""
MILLION: Final = 1_000_000
OUR_COSTS: Final[Mapping[PaidPlan | Meter, Decimal]] = {
    **{plan: Decimal(TERMS[plan].month_price) for plan in PLANS},
    "generations": Decimal(GENERATION_PRICE),
    "tokens": Decimal(MILLION_TOKENS_PRICE) / MILLION,
}
"""Of a month of each plan, and of one thing beyond it."""


@dataclass(frozen=True)
class Costs:
    """In minor units of the currency."""

    currency: str
    of: Mapping[PaidPlan | Meter, Decimal]


@dataclass(frozen=True, kw_only=True)
class Rates:
    """In minor units of the currency."""

    currency: str
    generation: Decimal
    token: Decimal

    def of(self, meter: Meter) -> Decimal:
        return self.generation if meter == "generations" else self.token

    def amount(self, meter: Meter, quantity: int) -> int:
        """As a bill's line says."""
        return rounded(quantity * self.of(meter))


def costs(names: Sequence[PaidPlan | Meter], ids: PriceIds, prices: Iterable[Price]) -> Costs:
    """Stripe's, once it told of all that are named, in one currency: half of each could be in two."""
    known = {price.id: price for price in prices}
    told = {name: known.get(ids.sold.get(name, "")) for name in names}
    found = {
        name: one.unit_amount_decimal
        for name, one in told.items()
        if one and one.unit_amount_decimal is not None
    }
    currencies = {one.currency for one in told.values() if one}
    if len(found) < len(names) or len(currencies) != 1:
        return Costs(CURRENCY, OUR_COSTS)
    return Costs(currencies.pop(), found)


def rates(ids: PriceIds, prices: Iterable[Price]) -> Rates:
    return _rates(costs(METERS, ids, prices))


def rounded(exact: Decimal) -> int:
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def _rates(found: Costs) -> Rates:
    return Rates(
        currency=found.currency, generation=found.of["generations"], token=found.of["tokens"]
    )


OURS: Final = _rates(Costs(CURRENCY, OUR_COSTS))
