"""Bodies of what models cost."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from chalicelib.http.schemas.shape import Sent, Shown

__all__ = [
    "KeyBrought",
    "ModelKeyShown",
    "MonthQuery",
    "MonthUsageShown",
    "QuoteShown",
    "RunUsageShown",
]

MICRODOLLARS = "In millionths of a US dollar."


class RangeShown(Shown):
    low: int
    expected: int
    most: int


class MinutesShown(Shown):
    low: float
    expected: float
    most: float


class RoleQuoteShown(Shown):
    role: str
    model: str
    calls: RangeShown
    input_tokens: int = Field(description="Expected, as the other tokens.")
    cache_read_tokens: int
    cache_write_tokens: int
    output_tokens: int
    microdollars: RangeShown


class QuoteShown(Shown):
    engine: str = Field(description="Who would write: `offline`, or `claude`.")
    microdollars: RangeShown = Field(
        description="In millionths of a US dollar. `most` is what the run would be given, and never exceeded."
    )
    minutes: MinutesShown
    roles: list[RoleQuoteShown] = Field(description="Empty without models.")
    basis: list[str] = Field(description="What the estimate rests on.")
    prices_source: str
    prices_read_at: str = Field(description="When the prices were read there: year and month.")


class Total(Shown):
    role: str = Field(description="Who called. `unseen`: a call whose end nobody saw.")
    model: str
    calls: int
    input_tokens: int = Field(description="Read at the full price.")
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    cost_microdollars: int = Field(description=MICRODOLLARS)


class CallShown(Shown):
    source: str = Field(description="Which call of which run; each is counted once.")
    role: str
    model: str
    prompt_sha256: str = Field(description="Which version of our words was used.")
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    cost_microdollars: int
    duration_ms: int
    stop_reason: str = Field(description="Why the model stopped; `error` when there was no answer.")
    called_at: datetime


class RunUsageShown(Shown):
    generation_id: UUID
    budget_microdollars: int = Field(description=MICRODOLLARS)
    spent_microdollars: int
    reserved_microdollars: int = Field(
        description="By calls under way, at their worst case; 0 once the run is closed."
    )
    left_microdollars: int
    totals: list[Total]
    calls: list[CallShown] = Field(description="In the order they ended.")


class MonthQuery(Sent):
    month: str | None = Field(
        None,
        pattern="^20[0-9]{2}-(0[1-9]|1[0-2])$",
        examples=["2026-11"],
        description="Leave it out for the present one.",
    )

    @property
    def first_day(self) -> date | None:
        return date.fromisoformat(f"{self.month}-01") if self.month else None


class MonthUsageShown(Shown):
    month: date = Field(description="Its first day.")
    budget_microdollars: int = Field(description=MICRODOLLARS)
    spent_microdollars: int
    reserved_microdollars: int = Field(
        description="What open runs and turns of conversations may still spend; 0 for a month that is over."
    )
    left_microdollars: int
    totals: list[Total]


class KeyBrought(Sent):
    key: str = Field(
        min_length=20,
        max_length=300,
        pattern="^[!-~]+$",
        examples=["sk-ant-api03-your-own-key"],
        description="A key of your own account with the model provider.",
    )


class ModelKeyShown(Shown):
    last_four: str
    since: datetime
