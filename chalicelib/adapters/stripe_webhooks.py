"""Events that Stripe sends: whether they are its own and fresh, and what they say.

In: the body as it came, byte by byte, and the header `Stripe-Signature`. Out: `Event`; `BadSignature`, `WrongMode`,
`InvalidRequest`. Implements `billing.ports.Webhooks`. Callers: wiring. The surprise: the SDK's errors carry the whole body, so
none of them goes on as a cause; and an event of the newer kind (`v2.core.event`) holds no object, only what it is about.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from stripe import SignatureVerificationError, WebhookSignature

from chalicelib.adapters.stripe_secret import StripeSecret
from chalicelib.billing.records import Event
from chalicelib.errors import BadSignature, InvalidRequest, WrongMode

TOLERANCE_S: Final = 300
NOT_OURS: Final = (
    "None of this endpoint's secrets has signed this body, or not within the last five minutes."
)
NO_EVENT: Final = "The body was signed, but is no event of Stripe's."
THIN: Final = "v2.core.event"


class Secret(Protocol):
    def current(self) -> StripeSecret: ...

    def newer(self) -> StripeSecret: ...


class StripeWebhooks:
    def __init__(self, secret: Secret) -> None:
        self._secret = secret

    def event(self, raw: bytes, signature: str) -> Event:
        known = self._secret.current()
        if not _is_signed(raw, signature, known):
            known = self._secret.newer()
            if not _is_signed(raw, signature, known):
                raise BadSignature(NOT_OURS)
        event = _read(raw)
        if event.is_live != known.is_live:
            raise WrongMode(
                f"This is an event of Stripe's {_mode(event.is_live)} mode; "
                f"the key here is of its {_mode(known.is_live)} mode."
            )
        return event


def _is_signed(raw: bytes, signature: str, secret: StripeSecret) -> bool:
    return any(_is_signed_by(raw, signature, one) for one in secret.webhook_secrets)


def _is_signed_by(raw: bytes, signature: str, secret: str) -> bool:
    try:
        return bool(WebhookSignature.verify_header(raw, signature, secret, TOLERANCE_S))
    except (SignatureVerificationError, ValueError, TypeError):
        # The last two: a body that is no UTF-8, a header with characters that no digest has.
        return False


def _read(raw: bytes) -> Event:
    try:
        said: Any = json.loads(raw)
        return _event(said)
    except (ValueError, LookupError, TypeError, OverflowError, RecursionError):
        raise InvalidRequest(NO_EVENT) from None


def _event(said: dict[str, Any]) -> Event:
    is_thin = said["object"] == THIN
    about = said if is_thin else said["data"]["object"]
    if not is_thin and said["object"] != "event":
        raise ValueError("something else")
    if not isinstance(about, dict) or not isinstance(said["livemode"], bool):
        raise TypeError("malformed")
    return Event(
        id=_text(said["id"]),
        kind=_text(said["type"]),
        happened_at=_moment(said["created"]),
        is_live=said["livemode"],
        about=about,
        customer_id=None if is_thin else _customer(about),
    )


def _customer(about: dict[str, Any]) -> str | None:
    whose = about.get("id") if about.get("object") == "customer" else about.get("customer")
    if isinstance(whose, dict):
        whose = whose.get("id")
    return whose if isinstance(whose, str) and whose else None


def _text(value: object) -> str:
    if not isinstance(value, str) or not value or len(value) > 255 or not value.isprintable():
        raise ValueError("malformed")
    return value


def _moment(value: object) -> datetime:
    """Seconds since 1970; the newer kind writes ISO 8601."""
    if isinstance(value, str):
        at = datetime.fromisoformat(value)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("malformed")
    return datetime.fromtimestamp(value, UTC)


def _mode(is_live: bool) -> str:
    return "live" if is_live else "test"
