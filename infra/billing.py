"""`python -m infra.billing sync`: makes at Stripe what we sell our plans by, or says what it would make.

In: STRIPE_API_KEY, FRAGUA_STRIPE_BASE_URL where a stand-in answers. Out: each action on standard error, the line for the
parameter StripePrices on standard output. Callers: operators (also as `fragua billing sync`), `infra/local/payments.py`. The
surprise: said twice it does nothing more; a key of live mode does nothing at all without `--live`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from chalicelib.adapters.stripe_catalogue import StripeCatalogue
from chalicelib.adapters.stripe_client import API_VERSION, StripeApi
from chalicelib.adapters.stripe_secret import LIVE_KEYS, TEST_KEYS, StripeSecret
from chalicelib.billing.handlers import FOR_ANYBODY, OF_A_CUSTOMER
from chalicelib.billing.shelf import Addresses, wanted
from chalicelib.billing.syncing import Action, actions, line
from chalicelib.errors import PlatformError

OPERATION_S: Final = 60.0
"""For one list or one change: nobody's request waits for it."""
NO_KEY: Final = (
    "Give a key of your Stripe account in STRIPE_API_KEY: sk_test_… or rk_test_… to try it."
)
LIVE: Final = "STRIPE_API_KEY is of Stripe's live mode. Look with --dry-run first, then say --live."
CURRENCY: Final = re.compile(r"[a-z]{3}")


class CannotSync(Exception):
    """Said to the operator, who changes something."""


@dataclass(frozen=True)
class Synced:
    done: tuple[Action, ...]
    """Or to be done, after `--dry-run`."""
    prices: str
    """The parameter StripePrices; what it is now, after `--dry-run`."""
    secrets: tuple[str, ...] = ()
    """Of endpoints that were made: Stripe tells them once."""


@dataclass(frozen=True)
class Key:
    api_key: str

    def current(self) -> StripeSecret:
        return StripeSecret(self.api_key, ())

    def __repr__(self) -> str:
        return "Key(…)"


def sync(
    catalogue: StripeCatalogue, currency: str, addresses: Addresses, *, is_dry: bool = False
) -> Synced:
    has_webhook = bool(addresses.webhook_url)
    there = catalogue.there(is_about_events=has_webhook)
    planned = actions(wanted(currency, addresses), there)
    if is_dry or not planned:
        return Synced(tuple(planned), line(there))
    secrets = catalogue.carry_out(planned)
    return Synced(tuple(planned), line(catalogue.there(is_about_events=False)), tuple(secrets))


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    try:
        catalogue = StripeCatalogue(_api(is_live=asked.live or asked.dry_run))
        synced = sync(catalogue, _currency(asked.currency), _addresses(asked), is_dry=asked.dry_run)
    except (CannotSync, PlatformError) as fault:
        _say(fault)
        return 1
    _tell(synced, is_dry=asked.dry_run, is_json=asked.json)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.billing")
    command = parser.add_subparsers(dest="command", required=True).add_parser(
        "sync",
        help="make products, prices and meters at Stripe as chalicelib/tenancy/plans.py says",
    )
    command.add_argument(
        "--dry-run", action="store_true", help="say what would be done, do nothing"
    )
    command.add_argument("--currency", default="usd", help="ISO 4217 (usd)")
    command.add_argument(
        "--webhook-url", default="", help="have events sent there: https://…/webhooks/stripe"
    )
    command.add_argument("--return-url", default="", help="where the customer portal leads back to")
    command.add_argument("--live", action="store_true", help="a key of live mode is meant")
    command.add_argument("--json", action="store_true", help="one JSON object on standard output")
    return parser


def _api(*, is_live: bool) -> StripeApi:
    key = os.environ.get("STRIPE_API_KEY", "")
    if not key.startswith((*TEST_KEYS, *LIVE_KEYS)):
        raise CannotSync(NO_KEY)
    if key.startswith(LIVE_KEYS) and not is_live:
        raise CannotSync(LIVE)
    base_url = os.environ.get("FRAGUA_STRIPE_BASE_URL", "")
    return StripeApi(Key(key), base_url, operation_s=OPERATION_S)


def _currency(given: str) -> str:
    if not CURRENCY.fullmatch(given.lower()):
        raise CannotSync(f"{given!r} is no currency; give three letters of ISO 4217.")
    return given.lower()


def _addresses(asked: argparse.Namespace) -> Addresses:
    return Addresses(
        portal_return_url=asked.return_url,
        webhook_url=asked.webhook_url,
        kinds=tuple(sorted({*OF_A_CUSTOMER, *FOR_ANYBODY})),
        api_version=API_VERSION,
    )


def _tell(synced: Synced, *, is_dry: bool, is_json: bool) -> None:
    if is_json:
        done = [
            {"verb": one.verb, "kind": one.kind, "name": one.name, "why": one.why}
            for one in synced.done
        ]
        told = {"prices": synced.prices, "actions": done, "webhook_secrets": [*synced.secrets]}
        sys.stdout.write(f"{json.dumps(told)}\n")
        return
    _say(*synced.done, *(() if synced.done else ("Everything is there; nothing to do.",)))
    if is_dry:
        return
    if synced.secrets:
        _say("Shown once; put them into Stripe's secret, as webhook_secrets:", *synced.secrets)
    sys.stdout.write(f"StripePrices={synced.prices}\n")


def _say(*lines: object) -> None:
    for told in lines:
        sys.stderr.write(f"{told}\n")


if __name__ == "__main__":
    sys.exit(main())
