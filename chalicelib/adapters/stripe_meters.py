"""What goes beyond the plan, told to Stripe's meters.

In: a customer, a meter event of ours. Out: nothing, or what Stripe counted. Implements `billing.ports.Meters`. Callers:
wiring. The surprise: Stripe refuses an event whose identifier it knows instead of taking it again; that refusal is the proof
that it was told, so it counts as done. It has no code of its own, only words. So each try has an `Idempotency-Key` of its own:
by the same one Stripe would repeat an error of its own for a day, and the next invoice might be closed by then.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import stripe as sdk

from chalicelib.adapters.stripe_client import PAGE, StripeApi
from chalicelib.adapters.stripe_faults import our_error
from chalicelib.billing.metering import MINUTE, minute_of
from chalicelib.billing.price_ids import OUR_NAME, Meter, PriceIds
from chalicelib.billing.records import MeterEvent
from chalicelib.errors import Conflict, PaymentsAccountRefused

KNOWN_CODES: Final = ("duplicate_meter_event", "resource_already_exists")
KNOWN_WORDS: Final = "already exists with identifier"
SMALLEST: Final = timedelta.resolution


class StripeMeters:
    def __init__(self, api: StripeApi, prices: PriceIds) -> None:
        self._api, self._prices = api, prices
        self._ids: dict[str, str] = {}

    def report(self, customer_id: str, event: MeterEvent) -> None:
        """Raises `Conflict` for what Stripe will never take: too old, or a customer it does not know."""
        with self._api.speaking() as stripe:
            try:
                stripe.v1.billing.meter_events.create(
                    {
                        "event_name": OUR_NAME.format(name=event.meter),
                        "identifier": str(event.id),
                        "timestamp": int(event.happened_at.timestamp()),
                        "payload": {
                            "stripe_customer_id": customer_id,
                            "value": str(event.quantity),
                        },
                    }
                )
            except sdk.InvalidRequestError as error:
                if not _is_known(error):
                    raise _refusal(error) from None

    def total(self, customer_id: str, meter: Meter, since: datetime, until: datetime) -> int:
        """From the minute `since` is in to the last one that begins before `until`."""
        with self._api.speaking() as stripe:
            summaries = stripe.v1.billing.meters.event_summaries.list(
                self._meter_id(stripe, meter),
                {
                    "customer": customer_id,
                    "start_time": int(minute_of(since).timestamp()),
                    "end_time": int(minute_of(until + MINUTE - SMALLEST).timestamp()),
                    "limit": PAGE,
                },
            )
            return round(sum(one.aggregated_value for one in summaries.auto_paging_iter()))

    def _meter_id(self, stripe: sdk.StripeClient, meter: Meter) -> str:
        """The one its price counts by."""
        if meter not in self._ids:
            price = stripe.v1.prices.retrieve(self._prices.price_of(meter))
            if not price.recurring or not price.recurring.meter:
                raise PaymentsAccountRefused(
                    f"The price for {meter!r} counts by no meter. `fragua billing sync` makes one."
                )
            self._ids[meter] = price.recurring.meter
        return self._ids[meter]


def _is_known(error: sdk.InvalidRequestError) -> bool:
    return error.code in KNOWN_CODES or KNOWN_WORDS in (error.user_message or "")


def _refusal(error: sdk.InvalidRequestError) -> Exception:
    """What is wrong with this event stays wrong; what is wrong with the meter, somebody mends."""
    ours = our_error(error)
    if error.param in ("event_name", None) or not isinstance(ours, PaymentsAccountRefused):
        return ours
    return Conflict(f"Stripe refuses this meter event ({error.param}).", reason=error.param)
