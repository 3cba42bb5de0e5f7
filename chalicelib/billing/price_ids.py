"""Which price at Stripe is which plan's: configuration, as `fragua billing sync` prints it.

In: `starter=price_…|price_…,pro=…,scale=…,generations=…,tokens=…,portal=bpc_…`. Out: `PriceIds`. Callers: `reading.py` by way
of whoever holds the settings, `adapters/stripe_*.py`, the plans' door. The surprise: the first price of a name is what is sold
now; those after a `|` are older, and whoever bought them keeps them and the plan.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from chalicelib.errors import PaymentsAccountRefused
from chalicelib.tenancy.plans import PaidPlan

Meter = Literal["generations", "tokens"]
PLANS: Final[tuple[PaidPlan, ...]] = get_args(PaidPlan)
METERS: Final[tuple[Meter, ...]] = get_args(Meter)
PRICE: Final = re.compile(r"price_[A-Za-z0-9_]{1,64}|plan_[A-Za-z0-9_]{1,64}")
PORTAL: Final = re.compile(r"bpc_[A-Za-z0-9]{1,64}")
OUR_NAME: Final = "fragua_{name}"
"""Of a price's lookup key and of a meter's event, at Stripe."""
CURE: Final = "`fragua billing sync` prints the line for FRAGUA_STRIPE_PRICES."


@dataclass(frozen=True)
class PriceIds:
    sold: Mapping[str, str] = field(default_factory=dict)
    """What a new buyer gets: the price of each plan and meter."""
    plans: Mapping[str, PaidPlan] = field(default_factory=dict)
    """Of each price that a plan was ever sold by."""
    portal: str = ""
    """Configuration of the customer portal; empty for the account's own."""

    def plan_of(self, price_id: str) -> PaidPlan | None:
        return self.plans.get(price_id)

    def price_of(self, name: PaidPlan | Meter) -> str:
        """Raises `PaymentsAccountRefused` where the operator named none."""
        if name not in self.sold:
            raise PaymentsAccountRefused(f"No price at Stripe is named for {name!r}. {CURE}")
        return self.sold[name]


def read_price_ids(text: str) -> PriceIds:
    """Raises `PaymentsAccountRefused`: an operator's turn."""
    read = _Read()
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, values = part.partition("=")
        read.take(name.strip(), [value.strip() for value in values.split("|")])
    return PriceIds(read.sold, read.plans, read.portal)


@dataclass
class _Read:
    sold: dict[str, str] = field(default_factory=dict)
    plans: dict[str, PaidPlan] = field(default_factory=dict)
    meters: dict[str, Meter] = field(default_factory=dict)
    portal: str = ""

    def take(self, name: str, values: list[str]) -> None:
        pattern = PORTAL if name == "portal" else PRICE
        for value in values:
            if not pattern.fullmatch(value):
                raise _fault(f"{value!r} is not what {name!r} can be")
        if name == "portal":
            self.portal = values[0]
            return
        if name in self.sold or not {*values}.isdisjoint({*self.plans, *self.meters}):
            raise _fault(f"{name!r}, or one of its prices, is there twice")
        self._keep(name, values)
        self.sold[name] = values[0]

    def _keep(self, name: str, values: list[str]) -> None:
        for plan in PLANS:
            if plan == name:
                self.plans.update(dict.fromkeys(values, plan))
                return
        for meter in METERS:
            if meter == name:
                self.meters.update(dict.fromkeys(values, meter))
                return
        raise _fault(f"{name!r} is neither a plan nor a meter")


def _fault(what: str) -> PaymentsAccountRefused:
    return PaymentsAccountRefused(f"The prices in the settings can't be read: {what}. {CURE}")
