"""Whose payment a bank disputes: an event names the payment alone, so Stripe is asked whose it was, and it is heard again.

In: an event of a dispute. Out: the facts of a job, and the same event with its customer. Callers: `receiving.py`, the job
`dispute`. The surprise: the second hearing has an id of its own, made from the event's, so it too happens once; of what the
bank tells, what the queue gets is no more than what is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from chalicelib.billing.ports import Books
from chalicelib.billing.records import Event

READ: Final = ("id", "object", "charge", "payment_intent", "status", "reason", "currency", "amount", "created")  # fmt: skip
NAMED: Final = "{event_id}:named"


def is_nobodys_dispute(event: Event) -> bool:
    return event.kind.startswith("charge.dispute.") and event.customer_id is None


def asked_about(event: Event) -> dict[str, Any]:
    """What the job needs."""
    return {
        "event_id": event.id,
        "kind": event.kind,
        "happened_at": event.happened_at.isoformat(),
        "is_live": event.is_live,
        "about": {name: event.about[name] for name in READ if name in event.about},
    }


def named(facts: Mapping[str, Any], *, books: Books) -> Event | None:
    """The event with its customer; None for a payment that was nobody's. Raises `PaymentsBusy`."""
    about = facts["about"]
    customer_id = books.payer_of(str(about["charge"]))
    if customer_id is None:
        return None
    return Event(
        id=NAMED.format(event_id=facts["event_id"]),
        kind=str(facts["kind"]),
        happened_at=datetime.fromisoformat(facts["happened_at"]),
        is_live=bool(facts["is_live"]),
        about={**about, "customer": customer_id},
        customer_id=customer_id,
    )
