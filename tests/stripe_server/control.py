"""What tests and people tell the double itself, beside what Stripe's API has: `/_double/…`, without a key.

In: JSON. Out: JSON. Callers: `handler.py`. `GET requests`, `POST faults`, `POST webhooks` (how they are delivered),
`POST webhooks/secrets {"secrets": […]}`, `POST events/resend {"id": …}`, `POST settings`, `POST reset`.
"""

from __future__ import annotations

import json

from tests.stripe_server.wire import Refused


def answered(stripe, method, path, raw):
    act = ACTS.get((method, path.removeprefix("/_double/")))
    if act is None:
        return 404, {"error": {"message": f"The double knows no {method} {path}."}}
    try:
        said = act(stripe, json.loads(raw) if raw else {})
    except Refused as refused:
        return refused.status, refused.body
    stripe.deliveries.look()
    return 200, said or {}


def _requests(stripe, said):
    return {"requests": stripe.requests}


def _faults(stripe, said):
    stripe.faults.add(said)


def _webhooks(stripe, said):
    stripe.deliveries.choose(**said)


def _resend(stripe, said):
    stripe.deliveries.resend(said["id"])


def _secrets(stripe, said):
    """Both sign while a secret is rolled: `{"secrets": ["whsec_new", "whsec_old"]}`, of all endpoints or of one `url`."""
    store = stripe.account.store
    with store.changing():
        for endpoint in store.all("webhook_endpoint"):
            if said.get("url", endpoint["url"]) == endpoint["url"]:
                endpoint["_secrets"] = list(said["secrets"])


def _settings(stripe, said):
    stripe.account.settings.update(said)
    return stripe.account.settings


def _reset(stripe, said):
    stripe.reset()


ACTS = {
    ("GET", "requests"): _requests,
    ("POST", "faults"): _faults,
    ("POST", "webhooks"): _webhooks,
    ("POST", "webhooks/secrets"): _secrets,
    ("POST", "events/resend"): _resend,
    ("POST", "settings"): _settings,
    ("POST", "reset"): _reset,
}
