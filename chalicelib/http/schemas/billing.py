"""Bodies of plans, what is bought, and what it costs. Money is whole minor units of `currency`."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field

from chalicelib.billing.records import BillingState
from chalicelib.http.schemas.billing_usage import ConsumptionShown
from chalicelib.http.schemas.organization import QuotaShown
from chalicelib.http.schemas.shape import PageOf, PageQuery, Sent, Shown
from chalicelib.tenancy.plans import PaidPlan, Plan

__all__ = [
    "BillingPageQuery",
    "ChangeShown",
    "CheckoutShown",
    "CheckoutWanted",
    "HowPaidShown",
    "InvoicePage",
    "OfferShown",
    "OverageWanted",
    "PageQuery",
    "PlanQuery",
    "PlanWanted",
    "PortalShown",
    "SubscriptionShown",
]

GENERATIONS_BEYOND_MAX = 10_000
MINOR = "In minor units of the currency: cents of a dollar."


class OfferedShown(Shown):
    plan: Plan
    generations: int = Field(description="In a period.")
    parallel_generations: int = Field(description="At the same time.")
    seats: int = Field(description="People, and invitations that wait for an answer.")
    tokens: int = Field(
        description="Of models, in a period; what they read from their cache is free."
    )
    has_overage: bool = Field(description="Whether its people may allow more than that.")
    month_price: int = Field(description=MINOR)


class OfferShown(Shown):
    is_for_sale: bool = Field(description="Whether plans are sold here.")
    currency: str = Field(description="ISO 4217, in lower case.", examples=["usd"])
    generation_price: int = Field(description=f"Of one beyond the plan. {MINOR}")
    million_tokens_price: int = Field(description=f"Of a million beyond the plan. {MINOR}")
    plans: list[OfferedShown] = Field(description="The smallest first.")


class CheckoutWanted(Sent):
    plan: PaidPlan


class CheckoutShown(Shown):
    plan: PaidPlan
    status: Literal["open", "complete", "expired"]
    page_url: str | None = Field(description="Where it is paid; null once the page is closed.")
    expires_at: datetime


class PortalShown(Shown):
    page_url: str = Field(description="Good for some minutes, for whoever has it.")


class PlanQuery(Sent):
    plan: Plan = Field(description="The one that would be.")


class PlanWanted(Sent):
    plan: Plan = Field(
        description="A higher one is paid and begins now; a lower one, or `free`, when the period ends. The present "
        "one takes back whatever was to happen then."
    )


class ChangeShown(Shown):
    plan_now: Plan
    plan: Plan
    happens: Literal["now", "at_period_end", "never"] = Field(
        description="`never`: it is so already, or will be."
    )
    happens_at: datetime | None = Field(description="Null for now and never.")
    amount_due: int = Field(description=f"What is paid at once. {MINOR}")
    currency: str | None = Field(description="Null for who has bought nothing.")


class OverageWanted(Sent):
    generations_max: int = Field(
        ge=0,
        le=GENERATIONS_BEYOND_MAX,
        description="How many generations beyond the plan may be begun in a period; tokens beyond it are allowed with "
        "them. 0 allows nothing beyond the plan.",
        examples=[5],
    )


class PeriodShown(Shown):
    started_at: datetime
    ends_at: datetime


class AheadShown(Shown):
    happens_at: datetime
    what: Literal[
        "renews",
        "changes_plan",
        "ends",
        "trial_ends",
        "tries_again",
        "grace",
        "read_only",
        "lapsed",
    ]
    plan: Plan | None = Field(description="From then on; null when it stays.")


class SubscribedShown(Shown):
    status: str = Field(description="As Stripe says.", examples=["active"])
    plan: Plan | None = Field(description="Null for a price by agreement.")
    currency: str
    began_at: datetime
    is_ending: bool = Field(description="Whether it was cancelled and goes on until its end.")
    ends_at: datetime | None
    trial_ends_at: datetime | None
    is_paused: bool
    pending_plan: Plan | None = Field(description="The plan from `pending_at` on.")
    pending_at: datetime | None


class InvoiceShown(Shown):
    id: str
    number: str | None
    status: str = Field(description="As Stripe says: open, paid, uncollectible, void.")
    reason: str | None = Field(description="As Stripe says.", examples=["subscription_cycle"])
    currency: str
    total: int = Field(description=f"{MINOR} So are the other amounts.")
    amount_due: int
    amount_paid: int
    amount_remaining: int
    made_at: datetime
    paid_at: datetime | None
    period_started_at: datetime
    period_ends_at: datetime
    next_attempt_at: datetime | None = Field(description="When the payment is tried again.")
    needs_action: bool = Field(description="Whether the bank wants a person to confirm it.")
    page_url: str | None = Field(description="Where it is seen and paid.")
    pdf_url: str | None


class InvoicePage(PageOf[InvoiceShown]):
    pass


class SubscriptionShown(Shown):
    plan: Plan = Field(description="What it may use now.")
    state: BillingState = Field(
        description="`current`; then, while something is owed, `past_due` and `grace` (all goes on), `read_only` "
        "(nothing new is begun), `lapsed` (free plan, apps rest)."
    )
    state_ends_at: datetime | None = Field(
        description="When the next state begins; null for never."
    )
    period: PeriodShown
    quota: QuotaShown
    usage: ConsumptionShown
    subscription: SubscribedShown | None = Field(description="Null for who bought nothing.")
    ahead: list[AheadShown] = Field(description="What happens unless somebody changes it.")
    overage_generations_max: int
    open_invoice: InvoiceShown | None = Field(description="What to pay first; null when nothing.")
    checkout: CheckoutShown | None = Field(description="The page that was asked for last.")


class HowPaidShown(Shown):
    state: Literal["none", "good", "expires_soon", "expired"]
    kind: str | None = Field(examples=["card"])
    label: str | None = Field(examples=["visa •••• 4242"])
    expires: str | None = Field(description="Year and month.", examples=["2027-04"])


class BillingPageQuery(Sent):
    """A person comes here, perhaps with what a mail program or a browser wrote into the address."""

    model_config = ConfigDict(extra="ignore")

    came: Literal["paid", "left", "back"] | None = Field(
        None, description="From where: after paying, without paying, from the portal."
    )
    lang: Literal["es", "en"] | None = Field(
        None, description="Language of the page; without it, that of `Accept-Language`."
    )
