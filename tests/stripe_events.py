"""Events as Stripe writes them, for tests: as much of each object as anybody here reads, and some that nobody does.

Times are seconds, as Stripe's are. Prices are those of `tests/door.py`.
"""

from __future__ import annotations

import itertools
import time
from typing import Any

MONTH_S = 30 * 86400
NUMBERS = itertools.count(1)

Plain = dict[str, Any]


def event_of(kind: str, about: Plain, *, at: int | None = None, **more: Any) -> Plain:
    return {
        "id": f"evt_{next(NUMBERS):08}",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": int(time.time()) if at is None else at,
        "data": {"object": about},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
        **more,
    }


def subscription_of(customer_id: str, *, now: int, plan: str = "pro", **more: Any) -> Plain:
    item = {
        "id": "si_1",
        "object": "subscription_item",
        "current_period_start": now,
        "current_period_end": now + MONTH_S,
        "price": {"id": f"price_{plan}", "object": "price", "recurring": {"interval": "month"}},
        "quantity": 1,
    }
    metered = {**item, "id": "si_2", "price": {"id": "price_generations", "object": "price"}}
    return {
        "id": "sub_1",
        "object": "subscription",
        "cancel_at": None,
        "cancel_at_period_end": False,
        "currency": "usd",
        "customer": customer_id,
        "ended_at": None,
        "items": {"object": "list", "data": [metered, item], "has_more": False},
        "livemode": False,
        "metadata": {},
        "pause_collection": None,
        "schedule": None,
        "start_date": now,
        "status": "active",
        "trial_end": None,
        **more,
    }


def invoice_of(customer_id: str, *, now: int, status: str = "open", **more: Any) -> Plain:
    is_paid = status == "paid"
    return {
        "id": "in_1",
        "object": "invoice",
        "amount_due": 9900,
        "amount_paid": 9900 if is_paid else 0,
        "amount_remaining": 0 if is_paid else 9900,
        "attempt_count": 1 if is_paid else 0,
        "billing_reason": "subscription_cycle",
        "created": now,
        "currency": "usd",
        "customer": customer_id,
        "hosted_invoice_url": "https://invoice.stripe.com/i/1",
        "invoice_pdf": "https://pay.stripe.com/invoice/1/pdf",
        "livemode": False,
        "metadata": {},
        "next_payment_attempt": None,
        "number": "F-0001",
        "parent": {
            "type": "subscription_details",
            "quote_details": None,
            "subscription_details": {"subscription": "sub_1", "metadata": {}},
        },
        "period_start": now,
        "period_end": now,
        "status": status,
        "status_transitions": {
            "finalized_at": None if status == "draft" else now,
            "marked_uncollectible_at": None,
            "paid_at": now if is_paid else None,
            "voided_at": None,
        },
        "total": 9900,
        **more,
    }


def charge_of(customer_id: str, *, now: int, refunded: int = 0, **more: Any) -> Plain:
    return {
        "id": "ch_1",
        "object": "charge",
        "amount": 9900,
        "amount_refunded": refunded,
        "created": now,
        "currency": "usd",
        "customer": customer_id,
        "metadata": {},
        "payment_intent": "pi_1",
        **more,
    }
