"""A period's bill, explained: what the plan includes, what went beyond it, and which row each cent comes from.

In: facts of the books and of `meter_events`. Out: `Bill`. Callers: the usage door, the subscription's door. The surprise: an
amount is rounded once, for the whole of a meter, as on Stripe's invoice; a row shows what it adds to that rounded sum, in the
rows' order, so rows add up to the bill to the cent, and `exact` shows what it would be without rounding.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Protocol
from uuid import UUID

from chalicelib.billing.forecast import Forecast, Used, forecast
from chalicelib.billing.periods import period_at
from chalicelib.billing.price_ids import METERS, Meter
from chalicelib.billing.quota import OnPlan
from chalicelib.billing.rates import Rates, rounded
from chalicelib.tenancy.plans import Plan

GroupBy = Literal["generation", "day", "model"]
State = Literal["waiting", "sent", "refused"]


@dataclass(frozen=True, kw_only=True)
class Fact:
    """What one cause came to, on one day, with one model; `model` is None for the generation itself."""

    generation_id: UUID | None
    discovery_id: UUID | None
    day: date
    model: str | None
    meter_event_id: UUID | None
    generations: int
    tokens: int
    beyond_generations: int
    beyond_tokens: int


@dataclass(frozen=True, kw_only=True)
class Reported:
    """A row of `meter_events`: the same id is its identifier at Stripe."""

    id: UUID
    meter: Meter
    quantity: int
    generation_id: UUID | None
    discovery_id: UUID | None
    happened_at: datetime
    dated_at: datetime | None
    sent_at: datetime | None
    refused_at: datetime | None
    refused_reason: str | None

    @property
    def state(self) -> State:
        if self.refused_at:
            return "refused"
        return "sent" if self.sent_at else "waiting"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Of one period, read in one transaction."""

    here: OnPlan
    facts: Sequence[Fact]
    events: Sequence[Reported]
    periods: Sequence[datetime]
    """Beginnings of those that anything is known of, the newest first."""


class Consumption(Protocol):
    def facts(self, tenant_id: UUID, started_at: datetime | None, now: datetime) -> Facts:
        """Of the present period, or of the one that began then."""


@dataclass(frozen=True, kw_only=True)
class Row:
    generation_id: UUID | None = None
    discovery_id: UUID | None = None
    day: date | None = None
    model: str | None = None
    generations: int
    tokens: int
    beyond_generations: int
    beyond_tokens: int
    amount: int
    exact: Decimal
    meter_event_ids: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True)
class Line:
    """What a meter came to."""

    meter: Meter
    used: int
    included: int
    """By the plan as it is now."""
    beyond: int
    """What is billed. More may have been used than is included and billed: before anybody allowed it."""
    unit_amount: Decimal
    amount: int


@dataclass(frozen=True, kw_only=True)
class Bill:
    plan: Plan
    is_beyond_allowed: bool
    period_started_at: datetime
    period_ends_at: datetime | None
    """None for one that is over."""
    currency: str
    lines: tuple[Line, ...]
    amount: int
    rows: tuple[Row, ...]
    meter_events: tuple[Reported, ...]
    forecast: Forecast | None
    """Of the present period."""
    periods: tuple[datetime, ...]


def bill(
    tenant_id: UUID,
    group_by: GroupBy,
    started_at: datetime | None,
    *,
    now: datetime,
    rates: Rates,
    consumption: Consumption,
) -> Bill:
    found = consumption.facts(tenant_id, started_at, now)
    present = period_at(found.here, now)
    is_present = started_at is None or started_at == present.started_at
    used = used_of(found.facts)
    lines = tuple(_line(meter, used, found.here, rates) for meter in METERS)
    return Bill(
        plan=found.here.plan,
        is_beyond_allowed=found.here.allows_overage,
        period_started_at=present.started_at if started_at is None else started_at,
        period_ends_at=present.ends_at if is_present else None,
        currency=rates.currency,
        lines=lines,
        amount=sum(line.amount for line in lines),
        rows=tuple(rows(found.facts, group_by, rates)),
        meter_events=tuple(found.events),
        forecast=forecast(used, found.here, present, now, rates) if is_present else None,
        periods=tuple(found.periods),
    )


def used_of(facts: Iterable[Fact]) -> Used:
    facts = list(facts)
    return Used(
        generations=sum(one.generations for one in facts),
        tokens=sum(one.tokens for one in facts),
        beyond_generations=sum(one.beyond_generations for one in facts),
        beyond_tokens=sum(one.beyond_tokens for one in facts),
    )


def rows(facts: Sequence[Fact], group_by: GroupBy, rates: Rates) -> list[Row]:
    """In the order of their first day."""
    grouped: dict[tuple[object, ...], list[Fact]] = {}
    for fact in facts:
        grouped.setdefault(_group(fact, group_by), []).append(fact)
    sums = _Sums(rates)
    return [sums.row(of_one, group_by) for of_one in grouped.values()]


@dataclass
class _Sums:
    """Of the rows so far, by meter."""

    rates: Rates
    exact: dict[Meter, Decimal] = field(default_factory=lambda: dict.fromkeys(METERS, Decimal(0)))

    def row(self, facts: Sequence[Fact], group_by: GroupBy) -> Row:
        first, used = facts[0], used_of(facts)
        quantities: dict[Meter, int] = {
            "generations": used.beyond_generations,
            "tokens": used.beyond_tokens,
        }
        by_generation = group_by == "generation"
        return Row(
            generation_id=first.generation_id if by_generation else None,
            discovery_id=first.discovery_id if by_generation else None,
            day=first.day if group_by == "day" else None,
            model=first.model if group_by == "model" else None,
            generations=used.generations,
            tokens=used.tokens,
            beyond_generations=used.beyond_generations,
            beyond_tokens=used.beyond_tokens,
            amount=sum(self._added(meter, number) for meter, number in quantities.items()),
            exact=sum((n * self.rates.of(meter) for meter, n in quantities.items()), Decimal(0)),
            meter_event_ids=tuple(
                dict.fromkeys(one.meter_event_id for one in facts if one.meter_event_id)
            ),
        )

    def _added(self, meter: Meter, quantity: int) -> int:
        before = rounded(self.exact[meter])
        self.exact[meter] += quantity * self.rates.of(meter)
        return rounded(self.exact[meter]) - before


def _group(fact: Fact, group_by: GroupBy) -> tuple[object, ...]:
    if group_by == "generation":
        return fact.generation_id, fact.discovery_id
    return (fact.day,) if group_by == "day" else (fact.model,)


def _line(meter: Meter, used: Used, here: OnPlan, rates: Rates) -> Line:
    is_tokens = meter == "tokens"
    beyond = used.beyond_tokens if is_tokens else used.beyond_generations
    return Line(
        meter=meter,
        used=used.tokens if is_tokens else used.generations,
        included=here.terms.tokens if is_tokens else here.terms.generations,
        beyond=beyond,
        unit_amount=rates.of(meter),
        amount=rates.amount(meter, beyond),
    )
