"""Stripe's objects as plain data → records: what we need of them, and nothing of what we don't know.

In: the object of an event, or of an answer, as plain data. Out: records, or `Unreadable` when what we need is missing or of
the wrong kind. Callers: `handlers.py`, `adapters/stripe_*.py`. The surprise: members and words that Stripe adds one day change
nothing here; a subscription's period is its item's, and an invoice knows its subscription by way of its parent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeVar

from chalicelib.billing.records import Dispute, Invoice, Payment, Price, Subscription
from chalicelib.tenancy.plans import LADDER, PaidPlan

About = Mapping[str, object]
Thing = TypeVar("Thing")
PlanOf = Callable[[str], PaidPlan | None]
"""The plan of a price; None for one that is none of ours: `PriceIds.plan_of`."""

ID: Final = re.compile(r"[a-z]{2,8}_[A-Za-z0-9_]{1,200}")
CURRENCY: Final = re.compile(r"[a-z]{3}")
TEXT_CHARACTERS_MAX: Final = 2000
NUMBER_MAX: Final = 2**63 - 1
NO_PLAN: Final = -1


class Unreadable(ValueError):
    """Stripe told of something in a way we can't follow; the truth is to be fetched. Our turn, so it is logged as an error."""


def read_subscription(about: About, plan_of: PlanOf) -> Subscription:
    """Of several items, the one of the highest plan of ours; of none of ours, the first."""
    item = _plans_item(about, plan_of)
    price_id = _needed_id(item, "price")
    cancel_at = _time(about, "cancel_at")
    period_started_at, period_ends_at = _period(item)
    is_ending = about.get("cancel_at_period_end") is True or cancel_at is not None
    return Subscription(
        id=_needed_id(about, "id", "sub_"),
        status=_needed_text(about, "status"),
        price_id=price_id,
        plan=plan_of(price_id),
        currency=_currency(about),
        period_started_at=period_started_at,
        period_ends_at=period_ends_at,
        is_ending=is_ending,
        ends_at=(cancel_at or period_ends_at) if is_ending else None,
        ended_at=_time(about, "ended_at"),
        trial_ends_at=_time(about, "trial_end"),
        is_paused=bool(about.get("pause_collection")) or about.get("status") == "paused",
        schedule_id=id_of(about.get("schedule")),
        began_at=_needed_time(about, "start_date"),
    )


def read_invoice(about: About, *, needs_action: bool = False) -> Invoice:
    """That the bank asks a person is told by the kind of event alone."""
    times = _inside(about, "status_transitions")
    made_at = _needed_time(about, "created")
    return Invoice(
        id=_needed_id(about, "id", "in_"),
        subscription_id=_subscription_of(about),
        number=_text(about, "number"),
        status=_text(about, "status") or "draft",
        reason=_text(about, "billing_reason"),
        currency=_currency(about),
        total=_number(about, "total"),
        amount_due=_number(about, "amount_due"),
        amount_paid=_number(about, "amount_paid"),
        amount_remaining=_number(about, "amount_remaining"),
        attempts=_number(about, "attempt_count"),
        next_attempt_at=_time(about, "next_payment_attempt"),
        made_at=made_at,
        finalized_at=_time(times, "finalized_at"),
        paid_at=_time(times, "paid_at"),
        period_started_at=_time(about, "period_start") or made_at,
        period_ends_at=_time(about, "period_end") or made_at,
        needs_action=needs_action,
        page_url=_text(about, "hosted_invoice_url"),
        pdf_url=_text(about, "invoice_pdf"),
    )


def read_payment(about: About) -> Payment:
    """Of a charge. Nothing of the card is read."""
    return Payment(
        id=_needed_id(about, "id"),
        payment_intent_id=id_of(about.get("payment_intent")),
        currency=_currency(about),
        amount=_number(about, "amount"),
        amount_refunded=_number(about, "amount_refunded"),
        made_at=_needed_time(about, "created"),
    )


def read_dispute(about: About) -> Dispute:
    return Dispute(
        id=_needed_id(about, "id"),
        payment_id=_needed_id(about, "charge"),
        payment_intent_id=id_of(about.get("payment_intent")),
        status=_needed_text(about, "status"),
        reason=_text(about, "reason") or "",
        currency=_currency(about),
        amount=_number(about, "amount"),
        opened_at=_needed_time(about, "created"),
    )


def read_price(about: About) -> Price:
    """One that was deleted can't be bought any more."""
    return Price(
        id=_needed_id(about, "id"),
        product_id=_needed_id(about, "product"),
        is_active=about.get("active") is True and about.get("deleted") is not True,
        currency=_currency(about),
        unit_amount_decimal=_decimal(about, "unit_amount_decimal", "unit_amount"),
        interval=_text(_inside(about, "recurring"), "interval"),
    )


def id_of(thing: object) -> str | None:
    """Of what is named by its id, or given whole."""
    found = thing.get("id") if isinstance(thing, Mapping) else thing
    return found if isinstance(found, str) and ID.fullmatch(found) else None


def named_organization(about: About) -> str | None:
    """Which organization the object says it belongs to, where it does: we write that on whatever we make."""
    details = _inside(_inside(about, "parent"), "subscription_details")
    for holder in (about, details):
        if named := _text(_inside(holder, "metadata"), "organization_id"):
            return named
    return None


def _plans_item(about: About, plan_of: PlanOf) -> About:
    items = _inside(about, "items").get("data")
    found = [one for one in items if isinstance(one, Mapping)] if isinstance(items, list) else []
    if not found:
        raise Unreadable(f"{about.get('id')!r} has no items")

    def height(item: About) -> int:
        plan = plan_of(id_of(item.get("price")) or "")
        return LADDER.index(plan) if plan else NO_PLAN

    return max(found, key=height)


def _period(item: About) -> tuple[datetime, datetime]:
    started_at = _needed_time(item, "current_period_start")
    ends_at = _needed_time(item, "current_period_end")
    if ends_at <= started_at:
        raise Unreadable(f"{item.get('id')!r} ends before it begins")
    return started_at, ends_at


def _subscription_of(about: About) -> str | None:
    details = _inside(_inside(about, "parent"), "subscription_details")
    return id_of(details.get("subscription")) or id_of(about.get("subscription"))


def _inside(about: About, name: str) -> About:
    found: Any = about.get(name)
    return found if isinstance(found, Mapping) else {}


def _needed_id(about: About, name: str, begins: str = "") -> str:
    found = id_of(about.get(name))
    return _there(found if found and found.startswith(begins) else None, about, name)


def _text(about: About, name: str) -> str | None:
    """With nothing in it that a database can't keep."""
    found = about.get(name)
    if not isinstance(found, str) or not found:
        return None
    return found[:TEXT_CHARACTERS_MAX].encode("utf-8", "replace").decode().replace("\0", "")


def _needed_text(about: About, name: str) -> str:
    return _there(_text(about, name), about, name)


def _currency(about: About) -> str:
    found = _needed_text(about, "currency")
    return _there(found if CURRENCY.fullmatch(found) else None, about, "currency")


def _number(about: About, name: str) -> int:
    found = about.get(name)
    is_whole = isinstance(found, int) and not isinstance(found, bool) and abs(found) <= NUMBER_MAX
    return _there(found if is_whole and isinstance(found, int) else None, about, name)


def _decimal(about: About, *names: str) -> Decimal | None:
    for name in names:
        try:
            if (found := about.get(name)) is not None:
                return Decimal(str(found))
        except InvalidOperation:
            raise Unreadable(f"{about.get('id')!r} has no readable {name!r}") from None
    return None


def _time(about: About, name: str) -> datetime | None:
    found = about.get(name)
    if not isinstance(found, int) or isinstance(found, bool):
        return None
    try:
        return datetime.fromtimestamp(found, UTC)
    except (ValueError, OverflowError, OSError):
        raise Unreadable(f"{about.get('id')!r} has no readable {name!r}") from None


def _needed_time(about: About, name: str) -> datetime:
    return _there(_time(about, name), about, name)


def _there(found: Thing | None, about: About, name: str) -> Thing:
    if found is None:
        raise Unreadable(f"{about.get('id')!r} has no readable {name!r}")
    return found
