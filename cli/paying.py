"""Waiting while somebody pays on a page in their browser.

In: a client, a plan, the page. Out: how the organization's billing stands once the plan is there, or the page has expired.
Callers: `billing.py`. The surprise: everything here goes to standard error; standard output is kept for the answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import typer
from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner

from cli.api_types import CheckoutShown, SubscriptionShown
from cli.client import Client
from cli.language import told

POLL_S = 1.0
POLL_S_MAX = 5.0
SLOWER_BY = 1.15
"""Each look waits longer than the one before: an hour of them leaves most of the hundred reads a minute to others."""
SAID_EVERY_S: Final = 30.0
"""Where lines can't be written over."""
WAITING: Final = "Waiting for the payment…  {seconds} s"
STOPPED: Final = (
    "Stopped waiting; the page stays open. `fragua billing show` tells whether it was paid."
)


def wait(client: Client, page: CheckoutShown, *, console: Console) -> SubscriptionShown:
    """Blocks until the plan is there or the page is closed. Whoever stops it stops the waiting alone."""
    show = _show_live if console.is_terminal else _show_in_lines
    try:
        with show(console) as shown:
            return _looked_at(client, page, shown)
    except KeyboardInterrupt:
        console.print(told(STOPPED))
        raise typer.Exit(130) from None


def is_there(found: SubscriptionShown, page: CheckoutShown) -> bool:
    return found["plan"] == page["plan"] and found["subscription"] is not None


def _looked_at(
    client: Client, page: CheckoutShown, shown: Callable[[float], None]
) -> SubscriptionShown:
    began, pause = time.monotonic(), POLL_S
    while True:
        found = client.get("/v1/billing/subscription")
        if is_there(found, page) or _is_closed(found, page):
            return found
        shown(time.monotonic() - began)
        time.sleep(pause)
        pause = min(POLL_S_MAX, pause * SLOWER_BY)


@contextmanager
def _show_live(console: Console) -> Iterator[Callable[[float], None]]:
    with Live(console=console, refresh_per_second=8, transient=True) as live:
        yield lambda seconds: live.update(
            Spinner("dots", text=told(WAITING, seconds=round(seconds)))
        )


@contextmanager
def _show_in_lines(console: Console) -> Iterator[Callable[[float], None]]:
    last = -SAID_EVERY_S

    def show(seconds: float) -> None:
        nonlocal last
        if seconds - last >= SAID_EVERY_S:
            console.print(told(WAITING, seconds=round(seconds)), style="dim")
            last = seconds

    yield show


def _is_closed(found: SubscriptionShown, page: CheckoutShown) -> bool:
    """Expired, or somebody opened another one, which closed this."""
    last = found["checkout"]
    if last is None or last["status"] == "complete":
        return False
    return last["status"] == "expired" or last["expires_at"] != page["expires_at"]
