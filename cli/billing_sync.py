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
AS_THEY_ARE: Final = {"allow_extra_args": True, "ignore_unknown_options": True}
ELSEWHERE: Final = "This works in a checkout of Fragua only: who deploys it makes what is sold."

Options = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="OPTION",
        help="--dry-run, --currency usd, --webhook-url URL, --return-url URL, --live",
    ),
]


def register(_app: typer.Typer) -> None:
    billing.command("sync", context_settings=AS_THEY_ARE)(sync)


@speaks_plainly
def sync(options: Options = None, as_json: AsJson = False) -> None:
    """For operators: make products, prices and meters in the Stripe account of STRIPE_API_KEY."""
    if not (CHECKOUT / "infra" / "billing.py").is_file():
        errors.print(told(ELSEWHERE))
        raise typer.Exit(1)
    command = [sys.executable, "-m", PROGRAM, "sync", *(options or ())]
    command += ["--json"] if as_json else []
    raise typer.Exit(subprocess.run(command, cwd=CHECKOUT, check=False).returncode)
