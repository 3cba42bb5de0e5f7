"""Whether one more generation may start, and what it is counted as.

In: the organization's plan as it stands, what counts in its period. Out: `Admission`, or a refusal that says what to do.
Callers: `adapters/plan_rows.py`, under the organization's lock, in the transaction that starts the run. The surprise: what is
included is filled before anything is billed: a run that fails makes room in the plan again, although others went beyond it
meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.billing.periods import Period
from chalicelib.errors import QuotaReached, RunsReached
from chalicelib.tenancy.arrears import refuse_unpaid
from chalicelib.tenancy.plans import TERMS, BillingState, Plan, Terms, plan_with_more


@dataclass(frozen=True, kw_only=True)
class OnPlan:
    """What an organization may use, as its row says."""

    plan: Plan
    billing_state: BillingState
    period_started_at: datetime | None
    """None for the calendar month, as the next."""
    period_ends_at: datetime | None
    overage_generations_max: int

    @property
    def terms(self) -> Terms:
        return TERMS[self.plan]

    @property
    def allows_overage(self) -> bool:
        """What is used beyond the plan is billed, tokens as well: those have no cap of their own."""
        return self.terms.has_overage and self.overage_generations_max > 0

    @property
    def beyond_max(self) -> int:
        """Generations beyond the plan that may start: as many as its people allow, none while they owe."""
        return self.overage_generations_max if self.allows_overage and self.is_paid else 0

    @property
    def is_paid(self) -> bool:
        return self.billing_state == "current"


@dataclass(frozen=True)
class Counted:
    """Generations that are charged to the period, and those of any period that are under way."""

    included: int
    beyond: int
    running: int


@dataclass(frozen=True, kw_only=True)
class Admission:
    """What a start is counted as."""

    period_started_at: datetime
    is_overage: bool = False
    has_spent: bool = False
    """It goes on from a run that models were paid for, and takes over its charge."""


def admitted(here: OnPlan, counted: Counted, period: Period) -> Admission:
    """Raises `PaymentRequired`, `QuotaReached`, `RunsReached`."""
    refuse_unpaid(here.billing_state)
    is_overage = counted.included >= here.terms.generations
    if is_overage and counted.beyond >= here.beyond_max:
        _refuse_generation(here, counted, period)
    refuse_one_more_run(here, counted.running)
    return Admission(period_started_at=period.started_at, is_overage=is_overage)


def handed_over(here: OnPlan, counted: Counted, taken: Admission) -> Admission:
    """For a run that takes over another's charge: nothing is charged anew. Raises `PaymentRequired`, `RunsReached`."""
    refuse_unpaid(here.billing_state)
    refuse_one_more_run(here, counted.running)
    return taken


def refuse_one_more_run(here: OnPlan, running: int) -> None:
    most = here.terms.parallel_generations
    if running >= most:
        more = plan_with_more(here.plan, lambda terms: terms.parallel_generations, most)
        change = (
            f", or change to {more} ({TERMS[more].parallel_generations} at a time)" if more else ""
        )
        raise RunsReached(
            f"{running} of at most {most} generations of the plan {here.plan} are under way. "
            f"Wait for one to end{change}.",
            limit=most,
            used=running,
            plan=here.plan,
            next_plan=more,
        )


def refuse_without_tokens(here: OnPlan, used: int, period: Period) -> None:
    """`used` in the period, of those that count. Raises `QuotaReached`."""
    most = here.terms.tokens
    if used < most or here.beyond_max:
        return
    more = plan_with_more(here.plan, lambda terms: terms.tokens, used)
    raise QuotaReached(
        f"All {most:,} tokens that the plan {here.plan} includes until {period.ends_at:%Y-%m-%d} are used. "
        + _ways(here, period, f"{more} ({TERMS[more].tokens:,})" if more else ""),
        unit="tokens",
        limit=most,
        used=used,
        **_facts(here, period, more),
    )


def _refuse_generation(here: OnPlan, counted: Counted, period: Period) -> None:
    included, beyond = here.terms.generations, here.beyond_max
    used = counted.included + counted.beyond
    more = plan_with_more(here.plan, lambda terms: terms.generations, used)
    allowed = f" and the {beyond} allowed beyond it" if beyond else ""
    raise QuotaReached(
        f"All {included} generations that the plan {here.plan} includes until {period.ends_at:%Y-%m-%d}"
        f"{allowed} are used. "
        + _ways(here, period, f"{more} ({TERMS[more].generations})" if more else ""),
        unit="generations",
        limit=included + beyond,
        used=used,
        **_facts(here, period, more),
    )


def _ways(here: OnPlan, period: Period, more: str) -> str:
    ways = [f"Wait until {period.ends_at:%Y-%m-%d %H:%M} UTC"]
    ways += [f"change to {more}"] if more else []
    if not here.is_paid:
        ways += ["pay what is open: POST /v1/billing/portal"]
    elif here.terms.has_overage:
        ways += ["allow more beyond the plan: PUT /v1/billing/overage"]
    return ", or ".join(ways) + "."


def _facts(here: OnPlan, period: Period, more: Plan | None) -> dict[str, object]:
    return {
        "plan": here.plan,
        "resets_at": period.ends_at.isoformat(),
        "next_plan": more,
        "overage_max": here.beyond_max,
        "can_allow_overage": here.terms.has_overage and here.is_paid,
    }
