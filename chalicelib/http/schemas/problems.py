"""Bodies of answers that refuse: problem+json, RFC 9457. `docs/errors.md` lists the slugs.

The surprise: `detail`, `instance` and `status` may be missing where the gateway refused before it asked us.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from pydantic import ConfigDict, Field

from chalicelib.errors import (
    Forbidden,
    HeadersTooLarge,
    InvalidMvs,
    InvalidRequest,
    LimitReached,
    PaymentDeclined,
    PaymentRequired,
    PlatformError,
    QuotaReached,
    RunsReached,
    SeatsReached,
    TooLarge,
)
from chalicelib.http.schemas.shape import Shown
from chalicelib.tenancy.plans import BillingState, Plan


class Fault(Shown):
    path: str = Field(
        description="Where, e.g. `body.mvs`, or in an MVS `entities[0].fields[2].type`."
    )
    message: str = Field(description="What is wrong, in the caller's language.")
    cure: str = Field(description="What to do.")


class Problem(Shown):
    """Why a request was not served, and what to do."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)

    type: str = Field(
        description="`urn:fragua:problem:<slug>`; `about:blank` where the gateway refused."
    )
    title: str = Field(description="The kind of problem, always the same for a `type`.")
    status: int = Field(default_factory=int, ge=400, le=599, description="The HTTP status.")
    detail: str = Field("", description="What happened this time, and what to do.")
    instance: str = Field("", description="The address that was asked.")


class ProblemWithFaults(Problem):
    """The request is malformed; every fault is listed."""

    errors: list[Fault]


class ProblemWithMvsFaults(Problem):
    """The MVS has faults; at most 100 are listed."""

    errors: list[Fault]
    count: int = Field(description="How many faults there are.")


class ProblemOfSize(Problem):
    """More was sent than is read."""

    limit_bytes: int = Field(0, description="How much is read.")


class ProblemOfPermission(Problem):
    """The caller is known and may not do this."""

    permission: str = Field("", description="The permission that is missing.")


class ProblemOfPace(Problem):
    """Too many requests; the same one works after `Retry-After` seconds."""

    retry_after_s: int = Field(0, description="The same as the header `Retry-After`.")


class ProblemOfPlan(Problem):
    """The plan has no more of it at this moment."""

    limit: int = Field(0, description="How many the plan has.")
    used: int = Field(0, description="How many are used.")
    plan: Plan | None = Field(None, description="The plan.")
    next_plan: Plan | None = Field(None, description="The next plan up with more; null: none.")


class ProblemOfQuota(ProblemOfPlan):
    """The plan's quota of the period is used up, what is allowed beyond it too."""

    unit: Literal["generations", "tokens"] = Field("generations", description="Of what.")
    resets_at: datetime | None = Field(None, description="When they can be used again.")
    overage_max: int = Field(
        0, description="How many beyond the plan are allowed, of those in `limit`."
    )
    can_allow_overage: bool = Field(False, description="Whether more can be allowed beyond it.")


class ProblemOfPayment(Problem):
    """Something is to be paid first."""

    billing_state: BillingState = Field("read_only", description="How the organization stands.")
    page_url: str | None = Field(None, description="Where, when it is known.")


class ProblemOfDecline(Problem):
    """The payment was declined, or the bank wants it confirmed; nothing has changed."""

    reason: str | None = Field(
        None, description="The provider's word.", examples=["insufficient_funds"]
    )
    page_url: str | None = Field(None, description="Where a person confirms or pays it.")


PROBLEMS: Final[dict[type[PlatformError], type[Problem]]] = {
    InvalidRequest: ProblemWithFaults,
    InvalidMvs: ProblemWithMvsFaults,
    TooLarge: ProblemOfSize,
    HeadersTooLarge: ProblemOfSize,
    Forbidden: ProblemOfPermission,
    LimitReached: ProblemOfPace,
    QuotaReached: ProblemOfQuota,
    RunsReached: ProblemOfPlan,
    SeatsReached: ProblemOfPlan,
    PaymentRequired: ProblemOfPayment,
    PaymentDeclined: ProblemOfDecline,
}
"""The facts that an error carries; all others are plain `Problem`s."""
