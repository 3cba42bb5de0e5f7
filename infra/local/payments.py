"""The stand-in for Stripe as a process of the local stack, with our products and prices in it.

In: a `Place`. Out: a server on `stripe_port` that keeps what it knows under `.fragua/`, and the prices to deploy with.
Callers: `stack`. The surprise: prices are made by the command that operators run against Stripe itself; only the address
differs.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from infra.local import daemons
from infra.local.place import PROJECT, CannotStart, Place, python, quiet_environment

NAME: Final = "payments"
SYNC: Final = ("-m", "infra.billing", "sync", "--json")
SOURCES: Final = (
    "infra/billing.py",
    "chalicelib/tenancy/plans.py",
    "chalicelib/billing/price_ids.py",
    "chalicelib/billing/rates.py",
    "chalicelib/billing/shelf.py",
    "chalicelib/billing/syncing.py",
    "chalicelib/adapters/stripe_catalogue.py",
)
"""Whatever says which products and prices there are: when one of these changes, they are made anew."""


def ensure(place: Place) -> str:
    """Starts it when it does not run; answers the prices. Nothing to do where a person's key is used."""
    if not place.till.is_played:
        return place.till.prices
    start(place)
    return prices(place)


def start(place: Place) -> None:
    command = [
        *(python(), "-m", "tests.stripe_server", "--port", str(place.stripe_port)),
        *("--state", str(place.home / "stripe.json")),
        *("--webhook", f"{place.front_url}/webhooks/stripe"),
        *("--webhook-secret", place.till.webhook_secrets[0], "--api-key", place.till.key),
    ]
    mark = f"{command}{digest((PROJECT / 'tests' / 'stripe_server').glob('*.py'))}"
    known = daemons.running(place, NAME)
    if known and known.fingerprint == mark and daemons.port_answers(place.stripe_port):
        return
    daemons.stop(place, NAME, patience_s=5)
    record = daemons.start(place, NAME, command, environment=quiet_environment(), fingerprint=mark)
    daemons.wait_until(
        lambda: daemons.port_answers(place.stripe_port),
        alive=lambda: daemons.process_of(record) is not None,
        within_s=20,
        what="the stand-in for Stripe",
        log=place.logs / f"{NAME}.log",
    )


def prices(place: Place) -> str:
    """As the template wants them; made once, and again when plans changed."""
    kept = place.run / "stripe_prices.json"
    mark = digest(PROJECT / name for name in SOURCES)
    known = json.loads(kept.read_text()) if kept.exists() else {}
    if known.get("mark") != mark or not (place.home / "stripe.json").exists():
        known = {"mark": mark, "prices": synced(place)}
        kept.write_text(json.dumps(known))
    return str(known["prices"])


def synced(place: Place) -> str:
    environment = quiet_environment(
        STRIPE_API_KEY=place.till.key, FRAGUA_STRIPE_BASE_URL=place.stripe_url
    )
    done = subprocess.run(
        [python(), *SYNC],
        env=environment,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CannotStart(f"The stand-in for Stripe took no prices:\n{done.stderr}")
    return str(json.loads(done.stdout)["prices"])


def digest(files: Iterable[Path]) -> str:
    """Of contents, in the order of names."""
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in sorted(files))).hexdigest()
