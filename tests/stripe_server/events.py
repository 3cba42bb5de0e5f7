"""What happened, as Stripe tells it: snapshot events with the whole object, thin ones with a reference; to whom they go.

In: an object as it is. Out: an event in the store, a delivery for each endpoint that wants it. Callers: every resource by way
of `account.tell`; `webhooks.py` sends. The surprise: an event belongs to the change that made it: what is taken back was never told.
"""

from __future__ import annotations

from datetime import UTC, datetime

from stripe._api_version import _ApiVersion

from tests.stripe_server.endpoints import who_wants
from tests.stripe_server.wire import page, shown

API_VERSION = _ApiVersion.CURRENT


def tell(account, kind, about, *, previous=None, of=None):
    """A snapshot: what is told stays as it was, whatever becomes of the object."""
    data = {"object": shown(about)}
    if previous is not None:
        data["previous_attributes"] = shown(previous)
    told = account.new(
        "event",
        "evt",
        of=of or about,
        api_version=API_VERSION,
        data=data,
        pending_webhooks=0,
        request=_request(account),
        type=kind,
    )
    _address(account, told)
    return told


def tell_thin(account, kind, related, data):
    """`related`: the object it refers to; `data` is only in what is fetched."""
    now = datetime.fromtimestamp(account.now(), UTC)
    told = account.store.add(
        {
            "id": account.store.new_id("evt_test" if not account.store.is_live else "evt", 40),
            "object": "v2.core.event",
            "type": kind,
            "created": now.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "livemode": account.store.is_live,
            "context": None,
            "reason": None,
            "changes": None,
            "snapshot_event": None,
            "related_object": related,
            "data": data,
        }
    )
    _address(account, told)
    return told


def notification(told):
    """What is sent of a thin event."""
    return {name: value for name, value in shown(told).items() if name not in ("data", "changes")}


def deliver(store, told, endpoint):
    return store.add(
        {
            "id": store.new_id("_delivery"),
            "object": "_delivery",
            "livemode": told["livemode"],
            "event": told["id"],
            "endpoint": endpoint["id"],
            "tries": 0,
            "due_at": 0.0,
        }
    )


def _request(account):
    asking = account.asking
    return {
        "id": getattr(asking, "request_id", None),
        "idempotency_key": getattr(asking, "idempotency_key", None),
    }


def _address(account, told):
    for endpoint in who_wants(account, told):
        deliver(account.store, told, endpoint)
        if told["object"] == "event":
            told["pending_webhooks"] += 1


def retrieve(account, params, id_):
    return account.store.get("event", id_)


def listed(account, params):
    found = account.store.all("event")
    kinds = params.get("types") or ([params["type"]] if "type" in params else None)
    if kinds:
        found = [each for each in found if each["type"] in kinds]
    return page(found, params, "/v1/events")


def retrieve_thin(account, params, id_):
    return account.store.get("v2.core.event", id_)


ROUTES = {
    ("GET", "/v1/events"): (listed, "EventListParams"),
    ("GET", "/v1/events/{id}"): (retrieve, "EventRetrieveParams"),
    ("GET", "/v2/core/events/{id}"): (retrieve_thin, "v2.core.EventRetrieveParams"),
}
