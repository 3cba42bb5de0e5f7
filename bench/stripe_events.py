"""Events as Stripe would send them: made by the double once for each organization, then again and again with later times.

In: organizations, the id of a price that is sold. Out: `Sent`: an id, a signed body. Callers: `bench/billing.py`. The surprise:
each organization's events are three seconds apart in Stripe's time, so none of them is in doubt and nothing asks Stripe back.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from stripe import StripeClient

from tests.stripe_server.server import Server

APART_S, BEGAN_AGO_S = 3, 6 * 3600
PRODUCT = {"name": "Starter"}
PRICE = {"currency": "usd", "unit_amount": 2900, "recurring": {"interval": "month"}}


@dataclass(frozen=True)
class Subscriber:
    tenant_id: str
    customer_id: str
    about: dict[str, Any]
    """The subscription."""


@dataclass(frozen=True)
class Sent:
    id: str
    raw: bytes

    def signature(self, secret: str) -> str:
        """Of now: it counts for five minutes."""
        at = int(time.time())
        told = f"{at}.".encode() + self.raw
        return f"t={at},v1={hmac.new(secret.encode(), told, hashlib.sha256).hexdigest()}"


def subscribers(tenants: list[str], price_id: str) -> list[Subscriber]:
    """A customer with a subscription for each, begun a while ago, at a double of their own."""
    with Server(clock=lambda: time.time() - BEGAN_AGO_S) as server:
        addresses = {"api": server.url}
        client = StripeClient(server.key, base_addresses=addresses, max_network_retries=0).v1
        price = client.prices.create({**PRICE, "product": client.products.create(PRODUCT).id})
        return [subscriber(client, tenant_id, price.id, price_id) for tenant_id in tenants]


def subscriber(client: Any, tenant_id: str, price_id: str, sold_as: str) -> Subscriber:
    whose = {"organization_id": tenant_id}
    customer = client.customers.create({"metadata": whose})
    card = client.payment_methods.attach("pm_card_visa", {"customer": customer.id}).id
    wanted = {"customer": customer.id, "items": [{"price": price_id}], "metadata": whose}
    made = client.subscriptions.create({**wanted, "default_payment_method": card})
    about = json.loads(str(made).replace(price_id, sold_as))
    return Subscriber(tenant_id, customer.id, about)


def events(subscribed: list[Subscriber]) -> Iterator[Sent]:
    """In turn, for ever."""
    run, began = uuid.uuid4().hex, int(time.time()) - BEGAN_AGO_S
    number = 0
    while True:
        at = began + APART_S * (number + 1)
        for each in subscribed:
            yield event(each, f"evt_{run}{number:06}{each.customer_id[-6:]}", at)
        number += 1


def event(whose: Subscriber, id_: str, at: int) -> Sent:
    body = {
        "id": id_,
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": at,
        "data": {"object": whose.about, "previous_attributes": {"metadata": {}}},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": "customer.subscription.updated",
    }
    return Sent(id_, json.dumps(body, indent=2).encode())
