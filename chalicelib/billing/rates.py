"""What one generation and one token beyond the plan cost, exactly.

In: which price at Stripe is which meter's, and what Stripe said that they cost. Out: `Rates`. Callers: the usage door,
`usage.py`, `forecast.py`. The surprise: a token costs a fraction of a minor unit, so an amount is rounded once, at the end of a
bill's line, half a unit up, as Stripe does it; never per row.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from chalicelib.billing.price_ids import METERS, Meter, PriceIds
from chalicelib.billing.records import Price
from chalicelib.tenancy.plans import GENERATION_PRICE, MILLION_TOKENS_PRICE

CURRENCY: Final = "usd"
"""Of our own prices, before Stripe told of its."""


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


OURS: Final = Rates(
    currency=CURRENCY,
    generation=Decimal(GENERATION_PRICE),
    token=Decimal(MILLION_TOKENS_PRICE) / 1_000_000,
)


def rates(ids: PriceIds, prices: Iterable[Price]) -> Rates:
    """Stripe's, once it told of both in one currency."""
    known = {price.id: price for price in prices}
    told = [known.get(ids.sold.get(meter, "")) for meter in METERS]
    costs = [one.unit_amount_decimal for one in told if one]
    currencies = {one.currency for one in told if one}
    if len(costs) < len(METERS) or None in costs or len(currencies) != 1:
        return OURS
    generation, token = (cost or Decimal(0) for cost in costs)
    return Rates(currency=currencies.pop(), generation=generation, token=token)


def rounded(exact: Decimal) -> int:
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))
