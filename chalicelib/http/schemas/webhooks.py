"""What is answered to whoever tells us something by themselves."""

from __future__ import annotations

from pydantic import Field

from chalicelib.billing.receiving import Outcome
from chalicelib.http.schemas.shape import Shown


class EventHeard(Shown):
    outcome: Outcome = Field(
        description="What became of it: `applied`; `known` when it was heard before; why it changed nothing otherwise.",
        examples=["applied"],
    )
