"""What others tell us by themselves: events of the payment provider.

In: signed bodies, byte for byte as they came. Out: what became of each. Callers: Stripe. The surprise: the signature is the
only admission, so nobody is counted and nothing is parsed before it is good; and whatever can be written down is answered
with 200, because anything else is sent again for three days.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from chalice.app import Blueprint

from chalicelib.errors import BadSignature, WrongMode
from chalicelib.http.call import Call
from chalicelib.http.endpoint import endpoint

routes = Blueprint(__name__)

EVENT_BYTES_MAX: Final = 1024 * 1024


@endpoint(
    routes,
    "/webhooks/stripe",
    method="POST",
    needs=None,
    gives="EventHeard",
    reads_raw=True,
    is_counted=False,
    body_bytes_max=EVENT_BYTES_MAX,
    refuses=(BadSignature, WrongMode),
)
def stripe(call: Call) -> dict[str, Any]:
    """Hear an event of Stripe. The header `Stripe-Signature` must be made with one of this endpoint's secrets, within the
    last five minutes. However often an event is sent, it changes something once."""
    from chalicelib.billing.receiving import receive

    signature = str(call.request.headers.get("stripe-signature", ""))
    event = call.wires.webhooks.event(call.raw, signature)
    outcome = receive(
        event,
        events=call.wires.stripe_events,
        jobs=call.wires.jobs,
        plan_of=call.wires.price_ids.plan_of,
        now=datetime.now(UTC),
    )
    return {"outcome": outcome}
