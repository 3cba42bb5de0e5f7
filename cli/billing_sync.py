"""`fragua billing sync`: for operators. Makes at Stripe what plans are sold by, from the checkout this command is part of.

In: STRIPE_API_KEY, options. Out: what `python -m infra.billing sync` says, and its exit code. Callers: `main.py`. The surprise:
it asks no API: what plans include stands in the source, and Stripe's key belongs to whoever deploys; so it hands its options
to the checkout's own program, and elsewhere says that it can't.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from cli.billing import billing
from cli.language import told
from cli.speaking import AsJson, errors, speaks_plainly

CHECKOUT: Final = Path(__file__).resolve().parent.parent
PROGRAM: Final = "infra.billing"
ELSEWHERE: Final = "This works in a checkout of Fragua only: who deploys it makes what is sold."

DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done; do nothing.")]
Currency = Annotated[str, typer.Option(help="ISO 4217; another than usd is said each time.")]
WebhookUrl = Annotated[str, typer.Option(help="Have events sent there: https://…/webhooks/stripe")]
ReturnUrl = Annotated[str, typer.Option(help="Where the customer portal leads back to.")]
Live = Annotated[bool, typer.Option("--live", help="A key of live mode is meant.")]


def register(_app: typer.Typer) -> None:
    billing.command("sync")(sync)


@speaks_plainly
def sync(
    *,
    dry_run: DryRun = False,
    currency: Currency = "usd",
    webhook_url: WebhookUrl = "",
    return_url: ReturnUrl = "",
    live: Live = False,
    as_json: AsJson = False,
) -> None:
    """For operators: make products, prices and meters in the Stripe account of STRIPE_API_KEY."""
    if not (CHECKOUT / "infra" / "billing.py").is_file():
        errors.print(told(ELSEWHERE))
        raise typer.Exit(1)
    texts = {"--currency": currency, "--webhook-url": webhook_url, "--return-url": return_url}
    flags = {"--dry-run": dry_run, "--live": live, "--json": as_json}
    command = [sys.executable, "-m", PROGRAM, "sync"]
    command += [f"{name}={value}" for name, value in texts.items() if value]
    command += [name for name, is_given in flags.items() if is_given]
    raise typer.Exit(subprocess.run(command, cwd=CHECKOUT, check=False).returncode)
