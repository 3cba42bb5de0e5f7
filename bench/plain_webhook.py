"""The peer: a Lambda that verifies a webhook's signature as Stripe's SDK does and keeps nothing.

In: an API Gateway event. Out: 200, or 400. Callers: the local AWS, beside ours; `bench/peer_api.py` puts it there.
"""

from __future__ import annotations

import base64
import os
from typing import Any

from stripe import SignatureVerificationError, Webhook


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    raw = event["body"].encode()
    if event.get("isBase64Encoded"):
        raw = base64.b64decode(raw)
    headers = {name.lower(): value for name, value in event["headers"].items()}
    try:
        Webhook.construct_event(raw, headers.get("stripe-signature"), os.environ["SECRET"])
    except (SignatureVerificationError, ValueError):
        return {"statusCode": 400, "headers": {}, "body": "{}"}
    return {"statusCode": 200, "headers": {}, "body": "{}"}
