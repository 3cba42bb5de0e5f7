"""Another plan, the end of one, and taking that back.

In: an organization, a plan. Out: nothing; what Stripe answered is kept, so that whoever looks next sees it. Callers:
`http/billing.py`. The surprise: each of these says how it should be, not what to do, so saying it twice does nothing more;
asking for the plan one has takes back whatever was to happen at the period's end. Up is paid at once or not done at all,
down and free wait for the period's end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal
from uuid import UUID, uuid4

from chalicelib.billing.ledger import Known, Ledger, present
from chalicelib.billing.ports import Fetched, Subscriptions
from chalicelib.errors import Conflict, PaymentRequired, PaymentsBusy
from chalicelib.tenancy.audit import Action
from chalicelib.tenancy.plans import LADDER, TERMS, PaidPlan, Plan

NOT_BOUGHT: Final = "It has bought no plan, so there is none to change. Buy one."
BY_AGREEMENT: Final = "Its price is by agreement; who made the agreement changes it."


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a change would do, and when."""

    plan_now: Plan
    plan: Plan
    happens: Literal["now", "at_period_end", "never"]
    """`never`: it is so already."""
    happens_at: datetime | None = None
    """None for now."""
    amount_due: int = 0
    """At once, in minor units."""
    currency: str | None = None
    """None for who has bought nothing."""


@dataclass(frozen=True, kw_only=True)
class Changer:
    """Who changes, for whom, and with what."""

    tenant_id: UUID
    actor: str
    ledger: Ledger
    subscriptions: Subscriptions


def preview(wanted: Plan, *, who: Changer) -> Change:
    """Asks Stripe only for what is paid at once."""
    has, plan = _changeable(who.ledger.known(who.tenant_id), wanted)
    if has is None:
        return Change(plan_now=plan, plan=wanted, happens="never")
    one = has.subscription
    told = Change(plan_now=plan, plan=wanted, happens="now", currency=one.currency)
    if _is_so(has, wanted):
        return replace(told, happens="never")
    if wanted == "free" or _is_down(plan, wanted):
        return replace(told, happens="at_period_end", happens_at=one.period_ends_at)
    if wanted == plan:
        return told
    seen = who.subscriptions.preview(one.id, wanted)
    return replace(told, amount_due=seen.amount_due, currency=seen.currency)


def change(wanted: Plan, *, who: Changer) -> None:
    """Raises `PaymentDeclined`, and then nothing has changed."""
    known = who.ledger.known(who.tenant_id)
    has, plan = _changeable(known, wanted)
    if has is None or _is_so(has, wanted):
        return
    if wanted == "free":
        _end(has, who)
    elif wanted == plan:
        _go_on(has, who)
    elif _is_down(plan, wanted):
        _change_later(has, wanted, who)
    else:
        _refuse_whoever_owes(known)
        _change_now(has, wanted, who)


def cancel(*, who: Changer) -> None:
    """The plan goes on until the end of what is paid. Twice is once."""
    has = present(who.ledger.known(who.tenant_id))
    if has is None:
        raise Conflict("It has bought no plan, so there is none to cancel.")
    if not has.subscription.is_ending:
        _end(has, who)


def resume(*, who: Changer) -> None:
    """Whatever was to happen at the period's end, a lower plan too, does not happen. Twice is once."""
    has = present(who.ledger.known(who.tenant_id))
    if has is None:
        raise Conflict("It has no plan that goes on: what ended is bought anew.")
    if _is_to_change(has):
        _go_on(has, who)


# ---- what is asked of Stripe ----


def _change_now(has: Fetched, wanted: PaidPlan, who: Changer) -> None:
    """First what may be refused, then taking back what was to happen: declined, everything stays as it was."""
    one = has.subscription.id
    done = _asked(who, lambda: who.subscriptions.change_now(one, wanted, key=_key()))
    _keep(who, done)
    if _is_to_change(done) or _is_to_change(has):
        _go_on(done, who)


def _change_later(has: Fetched, wanted: PaidPlan, who: Changer) -> None:
    one = has.subscription.id
    if _is_to_change(has):
        _go_on(has, who)
    done = _asked(who, lambda: who.subscriptions.change_at_period_end(one, wanted, key=_key()))
    _keep(who, done, "billing.plan_change_scheduled")


def _end(has: Fetched, who: Changer) -> None:
    one = has.subscription.id
    if has.pending_plan:
        _go_on(has, who)
    done = _asked(who, lambda: who.subscriptions.end_at_period_end(one, key=_key()))
    _keep(who, done, "billing.cancelled")


def _go_on(has: Fetched, who: Changer) -> None:
    one = has.subscription.id
    done = _asked(who, lambda: who.subscriptions.go_on(one, key=_key()))
    _keep(who, done, "billing.resumed")


def _asked(who: Changer, ask: Callable[[], Fetched]) -> Fetched:
    """An answer that got lost may be of something that was done: the next step looks."""
    try:
        return ask()
    except PaymentsBusy:
        who.ledger.look_again(who.tenant_id)
        raise


def _keep(who: Changer, done: Fetched, action: Action | None = None) -> None:
    """Another plan has its line in the audit log anyway."""
    who.ledger.hear(who.tenant_id, [done], by=who.actor, action=action)


def _key() -> str:
    """A new one each time: Stripe would repeat a refusal to whoever comes back with another card."""
    return uuid4().hex


# ---- what is decided ----


def _changeable(known: Known, wanted: Plan) -> tuple[Fetched | None, Plan]:
    """None for who has nothing and wants nothing."""
    has = present(known)
    if has is None:
        if wanted == known.standing.plan:
            return None, wanted
        raise Conflict(NOT_BOUGHT)
    plan = has.subscription.plan
    if plan is None and wanted != "free":
        raise Conflict(BY_AGREEMENT)
    return has, plan or known.standing.plan


def _is_so(has: Fetched, wanted: Plan) -> bool:
    """Already, or already decided on."""
    one = has.subscription
    if wanted == "free":
        return one.is_ending
    if one.is_ending:
        return False
    return wanted == (has.pending_plan or one.plan)


def _is_to_change(has: Fetched) -> bool:
    return has.subscription.is_ending or has.pending_plan is not None


def _is_down(plan: Plan, wanted: Plan) -> bool:
    return LADDER.index(wanted) < LADDER.index(plan)


def _refuse_whoever_owes(known: Known) -> None:
    if known.owed:
        raise PaymentRequired(
            "There is an invoice to pay before a higher plan can begin.",
            billing_state=known.standing.state,
            page_url=known.owed[0].page_url,
        )


# ---- overage ----


def allow_overage(tenant_id: UUID, generations_max: int, *, by: str, ledger: Ledger) -> None:
    """How many generations beyond the plan may be begun in a period; 0 is none, and no tokens either."""
    known = ledger.known(tenant_id)
    has = present(known)
    if generations_max and (has is None or not TERMS[known.standing.plan].has_overage):
        raise Conflict("Only a plan that was bought goes beyond itself. Buy one.")
    if generations_max != known.overage_generations_max:
        ledger.allow_overage(tenant_id, generations_max, by=by)
