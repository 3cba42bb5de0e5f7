"""Changing and ending what an organization subscribed to.

In: a subscription's id, a plan, a key of ours. Out: the subscription as it is then. Implements
`billing.ports.Subscriptions`. Callers: wiring. The surprise: an upgrade that the bank wants confirmed can't be refused like a
card without money, because a person can still say yes: Stripe then keeps it as a pending update, and the error says on which
page to confirm; until somebody does, nothing is changed, and after a day Stripe forgets it.
"""

from __future__ import annotations

from typing import Any, Final, cast

from stripe import CardError, InvalidRequestError, StripeClient
from stripe.params import (
    SubscriptionScheduleUpdateParamsPhase,
    SubscriptionScheduleUpdateParamsPhaseItem,
    SubscriptionUpdateParams,
)

from chalicelib.adapters.stripe_client import StripeApi, plain
from chalicelib.adapters.stripe_faults import NEEDS_PERSON, reason_of
from chalicelib.adapters.stripe_fetched import WITH_SCHEDULE, fetched_one
from chalicelib.billing.ports import ChangePreview, Fetched
from chalicelib.billing.price_ids import PriceIds
from chalicelib.billing.statuses import ENDED
from chalicelib.errors import Conflict, PaymentDeclined
from chalicelib.tenancy.plans import PaidPlan

CONFIRM: Final = "The bank wants this payment to be confirmed. Confirm it on the invoice's page; until then nothing changes."
OF_ANOTHER: Final = "This subscription has no item of any plan of ours; it is changed at Stripe."


class StripeSubscriptions:
    def __init__(self, api: StripeApi, prices: PriceIds) -> None:
        self._api, self._prices = api, prices

    def preview(self, subscription_id: str, plan: PaidPlan) -> ChangePreview:
        with self._api.speaking() as stripe:
            found = plain(stripe.v1.subscriptions.retrieve(subscription_id))
            seen = stripe.v1.invoices.create_preview(
                {
                    "customer": found["customer"],
                    "subscription": subscription_id,
                    "subscription_details": {
                        "items": [{"id": self._plan_item(found)["id"], "price": self._price(plan)}],
                        "proration_behavior": "always_invoice",
                    },
                }
            )
        return ChangePreview(amount_due=seen.amount_due, currency=seen.currency)

    def change_now(self, subscription_id: str, plan: PaidPlan, *, key: str) -> Fetched:
        with self._api.speaking() as stripe:
            found = plain(stripe.v1.subscriptions.retrieve(subscription_id))
            wanted: SubscriptionUpdateParams = {
                "items": [{"id": self._plan_item(found)["id"], "price": self._price(plan)}],
                "proration_behavior": "always_invoice",
                "payment_behavior": "error_if_incomplete",
                "expand": WITH_SCHEDULE,
            }
            try:
                done = stripe.v1.subscriptions.update(
                    subscription_id, wanted, {"idempotency_key": key}
                )
            except CardError as error:
                if reason_of(error) not in NEEDS_PERSON:
                    raise
                return self._to_be_confirmed(stripe, subscription_id, wanted, f"{key}-confirm")
            return fetched_one(stripe, done, self._prices)

    def change_at_period_end(self, subscription_id: str, plan: PaidPlan, *, key: str) -> Fetched:
        with self._api.speaking() as stripe:
            found = plain(
                stripe.v1.subscriptions.retrieve(subscription_id, {"expand": WITH_SCHEDULE})
            )
            schedule = found.get("schedule") or plain(
                stripe.v1.subscription_schedules.create(
                    {"from_subscription": subscription_id}, {"idempotency_key": f"{key}-schedule"}
                )
            )
            own = self._plan_item(found)
            later = _items(found["items"]["data"], of=own["id"], price=self._price(plan))
            stripe.v1.subscription_schedules.update(
                schedule["id"],
                {
                    "end_behavior": "release",
                    "proration_behavior": "none",
                    "phases": [
                        _present(found, schedule, own["current_period_end"]),
                        {
                            "items": later,
                            "duration": {"interval": "month", "interval_count": 1},
                            "proration_behavior": "none",
                        },
                    ],
                },
                {"idempotency_key": key},
            )
            return self._now(stripe, subscription_id)

    def end_at_period_end(self, subscription_id: str, *, key: str) -> Fetched:
        return self._ending(subscription_id, is_to_end=True, key=key)

    def go_on(self, subscription_id: str, *, key: str) -> Fetched:
        return self._ending(subscription_id, is_to_end=False, key=key)

    def end_now(self, subscription_id: str, *, key: str) -> Fetched:
        with self._api.speaking() as stripe:
            try:
                stripe.v1.subscriptions.cancel(
                    subscription_id,
                    {"invoice_now": False, "prorate": False},
                    {"idempotency_key": key},
                )
            except InvalidRequestError:
                if self._now(stripe, subscription_id).subscription.status not in ENDED:
                    raise
            return self._now(stripe, subscription_id)

    def _ending(self, subscription_id: str, *, is_to_end: bool, key: str) -> Fetched:
        """A schedule says what happens at the period's end, so it goes first."""
        with self._api.speaking() as stripe:
            found = stripe.v1.subscriptions.retrieve(subscription_id)
            if found.schedule:
                stripe.v1.subscription_schedules.release(
                    plain(found)["schedule"], {}, {"idempotency_key": f"{key}-release"}
                )
            if found.cancel_at_period_end == is_to_end:
                return self._now(stripe, subscription_id)
            done = stripe.v1.subscriptions.update(
                subscription_id,
                {"cancel_at_period_end": is_to_end, "expand": WITH_SCHEDULE},
                {"idempotency_key": key},
            )
            return fetched_one(stripe, done, self._prices)

    def _to_be_confirmed(
        self,
        stripe: StripeClient,
        subscription_id: str,
        wanted: SubscriptionUpdateParams,
        key: str,
    ) -> Fetched:
        """Raises `PaymentDeclined` with the page, unless the bank thought better of it."""
        asked: SubscriptionUpdateParams = {
            **wanted,
            "payment_behavior": "pending_if_incomplete",
            "expand": [*WITH_SCHEDULE, "latest_invoice"],
        }
        done = stripe.v1.subscriptions.update(subscription_id, asked, {"idempotency_key": key})
        if done.pending_update is None:
            return fetched_one(stripe, done, self._prices)
        invoice = plain(done)["latest_invoice"] or {}
        raise PaymentDeclined(
            CONFIRM,
            reason="authentication_required",
            page_url=cast("str | None", invoice.get("hosted_invoice_url")),
        )

    def _now(self, stripe: StripeClient, subscription_id: str) -> Fetched:
        found = stripe.v1.subscriptions.retrieve(subscription_id, {"expand": WITH_SCHEDULE})
        return fetched_one(stripe, found, self._prices)

    def _price(self, plan: PaidPlan) -> str:
        return self._prices.price_of(plan)

    def _plan_item(self, found: dict[str, Any]) -> dict[str, Any]:
        for item in found["items"]["data"]:
            if self._prices.plan_of(item["price"]["id"]):
                return cast(dict[str, Any], item)
        raise Conflict(OF_ANOTHER)


def _present(
    found: dict[str, Any], schedule: dict[str, Any], ends: int
) -> SubscriptionScheduleUpdateParamsPhase:
    """As it is until then. A phase that says nothing of a trial would end it, and charge at once."""
    phase: SubscriptionScheduleUpdateParamsPhase = {
        "start_date": schedule["current_phase"]["start_date"],
        "end_date": ends,
        "items": _items(found["items"]["data"]),
        "proration_behavior": "none",
    }
    if found["status"] == "trialing":
        phase["trial_end"] = found["trial_end"]
    return phase


def _items(
    items: list[dict[str, Any]], *, of: str = "", price: str = ""
) -> list[SubscriptionScheduleUpdateParamsPhaseItem]:
    """As they are, but for one that has another price. What is metered has no quantity."""
    told: list[SubscriptionScheduleUpdateParamsPhaseItem] = []
    for item in items:
        one: SubscriptionScheduleUpdateParamsPhaseItem = {
            "price": price if item["id"] == of else item["price"]["id"]
        }
        if item["price"]["recurring"]["usage_type"] != "metered":
            one["quantity"] = item.get("quantity", 1)
        told.append(one)
    return told
