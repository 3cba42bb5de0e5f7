"""Products, meters, prices and what else we sell by, at Stripe: read whole, changed one by one.

In: actions of `billing/syncing.py`. Out: what there is, as plain data; secrets of endpoints, which Stripe tells only once.
Callers: `infra/billing.py`. The surprise: an action names things that are made before it, so ids are filled in at the last
moment; and Stripe lists whatever is switched off too, which is how a thing is found again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from stripe import StripeClient

from chalicelib.adapters.stripe_client import PAGE, StripeApi, plain
from chalicelib.billing.shelf import KINDS, Kind, Of
from chalicelib.billing.syncing import Action, There, Thing

SHOWN: Final = "webhook_endpoint.url"
TOLD_ONCE: Final = "webhook_endpoint.signing_secret"
ABOUT_EVENTS: Final[frozenset[Kind]] = frozenset({"endpoint", "destination"})

Service = Any
"""One of the SDK's: each has `list`, `create` and `update`, with parameters of a class of its own."""

SERVICES: Final[Mapping[Kind, Callable[[StripeClient], Service]]] = {
    "product": lambda stripe: stripe.v1.products,
    "meter": lambda stripe: stripe.v1.billing.meters,
    "price": lambda stripe: stripe.v1.prices,
    "portal": lambda stripe: stripe.v1.billing_portal.configurations,
    "endpoint": lambda stripe: stripe.v1.webhook_endpoints,
    "destination": lambda stripe: stripe.v2.core.event_destinations,
}


class StripeCatalogue:
    def __init__(self, api: StripeApi) -> None:
        self._api = api

    def there(self, *, is_about_events: bool) -> There:
        """All of it, ours and others', the newest first. Where events go takes more rights, so only who asks is told."""
        return {
            kind: self._all(kind) if is_about_events or kind not in ABOUT_EVENTS else []
            for kind in KINDS
        }

    def carry_out(self, planned: list[Action]) -> list[str]:
        """The secrets of what was made. Safe to say again after it broke off: what is done is not planned then."""
        made: dict[tuple[Kind, str], str] = {}
        secrets = []
        for action in planned:
            done = self._done(action, _filled(action.fields, made))
            made[action.kind, action.name] = str(done["id"])
            secrets += _secret(done)
        return secrets

    def _all(self, kind: Kind) -> list[Thing]:
        """In pages, by whichever of Stripe's two ways this kind has."""
        params = {"include": [SHOWN]} if kind == "destination" else {"limit": PAGE}
        with self._api.speaking() as stripe:
            found = SERVICES[kind](stripe).list(params)
            return [plain(one) for one in found.auto_paging_iter()]

    def _done(self, action: Action, fields: dict[str, Any]) -> dict[str, Any]:
        with self._api.speaking() as stripe:
            service = SERVICES[action.kind](stripe)
            if action.verb == "reactivate":
                return plain(service.reactivate(action.id))
            if action.verb != "create":
                return plain(service.update(action.id, fields))
            if action.kind == "destination":
                fields["include"] = [SHOWN, TOLD_ONCE]
            return plain(service.create(fields))


def _filled(value: Any, made: Mapping[tuple[Kind, str], str]) -> Any:
    if isinstance(value, Of):
        return made[value.kind, value.name]
    if isinstance(value, Mapping):
        return {name: _filled(one, made) for name, one in value.items()}
    return value


def _secret(done: Mapping[str, Any]) -> list[str]:
    told = done.get("secret") or (done.get("webhook_endpoint") or {}).get("signing_secret")
    return [str(told)] if told else []
