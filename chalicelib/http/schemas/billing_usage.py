"""Bodies of what was used and what of it is billed. Money is whole minor units of `currency`, but where it says otherwise."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field, PlainSerializer

from chalicelib.billing.price_ids import Meter
from chalicelib.billing.usage import GroupBy, State
from chalicelib.http.schemas.shape import Sent, Shown
from chalicelib.tenancy.plans import Plan

__all__ = ["BillShown", "UsageQuery"]

Exact = Annotated[Decimal, PlainSerializer(lambda exact: f"{exact.normalize():f}", return_type=str)]
"""A number with all its places, as text: JSON's numbers would lose some."""


class UsageQuery(Sent):
    group_by: GroupBy = Field(
        "generation", description="`generation` tells conversations apart, too."
    )
    period: AwareDatetime | None = Field(
        None,
        examples=["2026-11-10T09:30:00Z"],
        description="One of `periods`, as it is there; leave it out for the present one.",
    )


class LineShown(Shown):
    meter: Meter = Field(
        description="`tokens` are those of models that count: read at full price, put into the cache, "
        "written, with the platform's key."
    )
    used: int
    included: int = Field(description="By the plan as it is now.")
    beyond: int = Field(
        description="What is billed. More may have been used than is included: it is billed only "
        "from when somebody allowed it."
    )
    unit_amount: Exact = Field(
        description="Of one, in minor units, exact.", examples=["300", "0.001"]
    )
    amount: int = Field(description="Rounded once, half a unit up, as on the invoice.")


class RowShown(Shown):
    generation_id: UUID | None = Field(description="By `generation`: the run; null for others.")
    discovery_id: UUID | None = Field(
        description="By `generation`: the conversation; null for others."
    )
    day: date | None = Field(description="By `day` (UTC): when models were called, runs began.")
    model: str | None = Field(description="By `model`; null for the generations themselves.")
    generations: int
    tokens: int
    beyond_generations: int = Field(description="What of it is billed, as the next.")
    beyond_tokens: int
    amount: int = Field(description="What the row adds to the bill: rows add up to its `amount`.")
    exact: Exact = Field(description="What it would cost by itself, not rounded.")
    meter_event_ids: list[UUID] = Field(description="With which of `meter_events` it is billed.")


class MeterEventShown(Shown):
    id: UUID = Field(description="Its identifier at Stripe.")
    meter: Meter
    quantity: int
    generation_id: UUID | None
    discovery_id: UUID | None
    happened_at: datetime
    dated_at: datetime | None = Field(description="As of when Stripe was told; null before.")
    state: State = Field(
        description="`waiting` to be told, `sent`, or `refused`: then it is not billed."
    )
    refused_reason: str | None


class ForecastShown(Shown):
    """At the period's end, if it goes on as so far: a straight line, within what the plan and its people allow."""

    generations: int
    tokens: int
    beyond_generations: int
    beyond_tokens: int
    amount: int = Field(description="Of what is beyond the plan.")


class ConsumptionShown(Shown):
    """What a period came to so far."""

    currency: str = Field(description="ISO 4217, in lower case.", examples=["usd"])
    is_beyond_allowed: bool = Field(description="Whether more than the plan includes may be used.")
    lines: list[LineShown]
    amount: int = Field(description="Beyond the plan, without taxes. The plan itself is not in it.")
    forecast: ForecastShown | None = Field(description="Null for a period that is over.")


class BillShown(ConsumptionShown):
    plan: Plan = Field(description="As it is now.")
    period_started_at: datetime
    period_ends_at: datetime | None = Field(description="Null for one that is over.")
    rows: list[RowShown]
    meter_events: list[MeterEventShown] = Field(
        description="What is billed, as Stripe is told of it, the oldest first."
    )
    periods: list[datetime] = Field(
        description="Beginnings of the periods that anything is known of, the newest first."
    )
