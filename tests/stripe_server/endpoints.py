"""Where events go: webhook endpoints (snapshots) and event destinations (snapshots or thin events).

In: parameters. Out: endpoints, with their secret once. Callers: `routes.py`; `events.py` asks who wants what.
The surprise: a secret is told only when an endpoint is made (or asked for with `include`), never again.
"""

from __future__ import annotations

from datetime import UTC, datetime

from tests.stripe_server.changes import change, merged
from tests.stripe_server.wire import page

SAME = ("url", "description", "enabled_events")


def who_wants(account, told):
    """The endpoints an event goes to."""
    is_thin = told["object"] == "v2.core.event"
    found = account.store.all("webhook_endpoint", status="enabled")
    chosen = [each for each in found if not is_thin or each.get("_takes_thin")]
    payload = "thin" if is_thin else "snapshot"
    chosen += account.store.all(
        "v2.core.event_destination", status="enabled", event_payload=payload
    )
    return [
        each
        for each in chosen
        if told["type"] in each["enabled_events"] or "*" in each["enabled_events"]
    ]


def url_of(endpoint):
    return endpoint["url"] if "url" in endpoint else endpoint["webhook_endpoint"]["url"]


def create(account, params):
    made = account.new(
        "webhook_endpoint",
        "we",
        api_version=params.get("api_version"),
        application=None,
        description=params.get("description") or None,
        enabled_events=params["enabled_events"],
        metadata=merged({}, params.get("metadata")),
        status="enabled",
        url=params["url"],
        _secrets=[account.store.new_id("whsec", 32)],
    )
    return {**made, "secret": made["_secrets"][0]}


def retrieve(account, params, id_):
    return account.store.get("webhook_endpoint", id_)


def update(account, params, id_):
    found = account.store.get("webhook_endpoint", id_)
    change(found, params, SAME)
    if "disabled" in params:
        found["status"] = "disabled" if params["disabled"] else "enabled"
    return found


def delete(account, params, id_):
    account.store.get("webhook_endpoint", id_)
    account.store.remove(id_)
    return {"id": id_, "object": "webhook_endpoint", "deleted": True}


def listed(account, params):
    return page(account.store.all("webhook_endpoint"), params, "/v1/webhook_endpoints")


def create_destination(account, params):
    now = _now(account)
    made = account.store.add(
        {
            "id": account.store.new_id("ed_test" if not account.store.is_live else "ed", 40),
            "object": "v2.core.event_destination",
            "created": now,
            "description": params.get("description", ""),
            "enabled_events": params["enabled_events"],
            "event_payload": params["event_payload"],
            "events_from": params.get("events_from", ["self"]),
            "livemode": account.store.is_live,
            "metadata": params.get("metadata", {}),
            "name": params["name"],
            "snapshot_api_version": params.get("snapshot_api_version"),
            "status": "enabled",
            "status_details": None,
            "type": params["type"],
            "updated": now,
            "webhook_endpoint": {"signing_secret": None, "url": params["webhook_endpoint"]["url"]},
            "_secrets": [account.store.new_id("whsec", 32)],
        }
    )
    return _destination(made, params)


def retrieve_destination(account, params, id_):
    return _destination(account.store.get("v2.core.event_destination", id_), params)


def update_destination(account, params, id_):
    found = account.store.get("v2.core.event_destination", id_)
    change(found, params, ("name", "description", "enabled_events"))
    if "webhook_endpoint" in params:
        found["webhook_endpoint"]["url"] = params["webhook_endpoint"]["url"]
    found["updated"] = _now(account)
    return _destination(found, params)


def switch(status):
    def switched(account, params, id_):
        found = account.store.get("v2.core.event_destination", id_)
        details = {"disabled": {"reason": "user"}} if status == "disabled" else None
        found.update(status=status, status_details=details, updated=_now(account))
        return _destination(found, params)

    return switched


def delete_destination(account, params, id_):
    account.store.get("v2.core.event_destination", id_)
    account.store.remove(id_)
    return {"id": id_, "object": "v2.core.event_destination"}


def list_destinations(account, params):
    found = account.store.all("v2.core.event_destination")[::-1]
    data = [_destination(each, params) for each in found]
    return {"data": data, "next_page_url": None, "previous_page_url": None}


def _destination(found, params):
    """Without what is only shown to who asks to include it."""
    wanted = params.get("include", [])
    seen = {
        "signing_secret": found["_secrets"][0]
        if "webhook_endpoint.signing_secret" in wanted
        else None,
        "url": found["webhook_endpoint"]["url"] if "webhook_endpoint.url" in wanted else None,
    }
    return {**found, "webhook_endpoint": seen}


def _now(account):
    return datetime.fromtimestamp(account.now(), UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


DESTINATIONS = "/v2/core/event_destinations"
ROUTES = {
    ("POST", "/v1/webhook_endpoints"): (create, "WebhookEndpointCreateParams"),
    ("GET", "/v1/webhook_endpoints"): (listed, "WebhookEndpointListParams"),
    ("GET", "/v1/webhook_endpoints/{id}"): (retrieve, "WebhookEndpointRetrieveParams"),
    ("POST", "/v1/webhook_endpoints/{id}"): (update, "WebhookEndpointUpdateParams"),
    ("DELETE", "/v1/webhook_endpoints/{id}"): (delete, "WebhookEndpointDeleteParams"),
    ("POST", DESTINATIONS): (create_destination, "v2.core.EventDestinationCreateParams"),
    ("GET", DESTINATIONS): (list_destinations, "v2.core.EventDestinationListParams"),
    ("GET", DESTINATIONS + "/{id}"): (
        retrieve_destination,
        "v2.core.EventDestinationRetrieveParams",
    ),
    ("POST", DESTINATIONS + "/{id}"): (update_destination, "v2.core.EventDestinationUpdateParams"),
    ("POST", DESTINATIONS + "/{id}/enable"): (
        switch("enabled"),
        "v2.core.EventDestinationEnableParams",
    ),
    ("POST", DESTINATIONS + "/{id}/disable"): (
        switch("disabled"),
        "v2.core.EventDestinationDisableParams",
    ),
    ("DELETE", DESTINATIONS + "/{id}"): (
        delete_destination,
        "v2.core.EventDestinationDeleteParams",
    ),
}
