"""`fragua outbox`: the letters a laptop's cloud was given to send, instead of a mailbox.

In: the address of the local AWS's own list, which `make up` writes into credentials.json as `mailbox_url`. Out: letters,
newest first, with their links. Callers: `cli.main`. The surprise: this is the one command that does not speak to the API.
Letters hold the keys to accounts, so no API gives them out; in the cloud they are in people's mailboxes and nowhere else.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import httpx
import typer

from cli.client import UNREACHABLE, ApiProblem, NotConfigured, find_api, kept_credentials
from cli.language import told
from cli.speaking import AsJson, errors, out, print_json, speaks_plainly

TIMEOUT_S = 10.0
POLL_S = 1.0
LINK = re.compile(r"https?://\S+")

NO_OUTBOX = "Letters can be read here on a laptop only (`make up`). In the cloud they are in the mailbox they were sent to."

outbox = typer.Typer(help="Read the letters that were sent, on a laptop.")
Follow = Annotated[bool, typer.Option("--follow", help="Stay, and show letters as they are sent.")]
Number = Annotated[int, typer.Argument(min=1, metavar="N", help="1 is the newest.")]


def register(app: typer.Typer) -> None:
    app.add_typer(outbox, name="outbox")


@outbox.callback(invoke_without_command=True)
@speaks_plainly
def show(context: typer.Context, follow: Follow = False, as_json: AsJson = False) -> None:
    """List the letters, newest first; `read N` shows one."""
    if context.invoked_subcommand:
        return
    found = letters()
    if as_json:
        print_json([summary(number, each) for number, each in enumerate(found, 1)])
    elif not found:
        out.print(told("No letters yet. `fragua sign-up` makes one be sent."))
    for number, each in enumerate([] if as_json else found, 1):
        show_line(number, each)
    if found and not as_json and not follow:
        errors.print(told("`fragua outbox read N` shows a whole letter."), style="dim")
    if follow:
        for each in arriving(known=len(found)):
            print_json(summary(1, each)) if as_json else show_line(1, each)


@outbox.command()
@speaks_plainly
def read(number: Number = 1, as_json: AsJson = False) -> None:
    """Show a whole letter: its text, or with `--json` its HTML as well."""
    found = letters()
    if number > len(found):
        detail = told(
            "There is no letter {number}; letters here: {count}.", number=number, count=len(found)
        )
        raise ApiProblem({"title": "No such letter", "detail": detail})
    letter = found[number - 1]
    if as_json:
        print_json({**summary(number, letter), "html": letter.get("BodyHtml")})
        return
    for name, value in (("To", ", ".join(letter["To"])), ("Subject", letter["Subject"])):
        out.print(f"{name}: {value}")
    out.print(f"Date: {sent_at(letter):%Y-%m-%d %H:%M:%S} UTC\n")
    out.print(text_of(letter))


def letters() -> list[dict[str, Any]]:
    """Newest first."""
    url = mailbox()
    try:
        answer = httpx.get(url, timeout=TIMEOUT_S)
        answer.raise_for_status()
        accounts: dict[str, list[dict[str, Any]]] = answer.json()["messages"]
    except (httpx.HTTPError, ValueError, KeyError) as error:
        detail = told(UNREACHABLE, url=url, error=error)
        raise ApiProblem({"title": "The outbox can't be read", "detail": detail}) from error
    found = [letter for kept in accounts.values() for letter in kept]
    return sorted(found, key=lambda letter: float(letter["Timestamp"]), reverse=True)


def mailbox() -> str:
    kept = kept_credentials()
    if find_api() == kept.get("api_url") and (url := kept.get("mailbox_url")):
        return url
    raise NotConfigured(told(NO_OUTBOX))


def arriving(*, known: int) -> Iterator[dict[str, Any]]:
    """Oldest first, for ever."""
    errors.print(told("Waiting for letters; Ctrl+C ends it."), style="dim")
    while True:
        time.sleep(POLL_S)
        found = letters()
        yield from reversed(found[: max(0, len(found) - known)])
        known = len(found)


def summary(number: int, letter: dict[str, Any]) -> dict[str, Any]:
    return {
        "number": number,
        "sent_at": sent_at(letter).isoformat(),
        "to": letter["To"],
        "subject": letter["Subject"],
        "links": LINK.findall(text_of(letter)),
        "text": text_of(letter),
    }


def show_line(number: int, letter: dict[str, Any]) -> None:
    when = f"{sent_at(letter):%H:%M:%S}"
    head = f"{number:>3}  {when}  {', '.join(letter['To'])}  {letter['Subject']}"
    out.print(head)
    for link in LINK.findall(text_of(letter)):
        out.print(f"     {link}", style="dim")


def sent_at(letter: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(float(letter["Timestamp"]), UTC)


def text_of(letter: dict[str, Any]) -> str:
    return str(letter.get("BodyText") or "").replace("\r\n", "\n")
