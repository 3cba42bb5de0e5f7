"""Commands about what models cost: a quote, what a run or a month came to, a key of one's own.

In: an app, a run, a month. Out: tables, sentences or JSON. Callers: `main.py`. The surprise: a key is typed or read from
standard input, never an argument, which other people of the computer could read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from cli.amounts import number
from cli.api_types import QuoteShown, Total
from cli.asking import Yes, ask_password, sure
from cli.language import told
from cli.naming import app_id
from cli.organizations import client
from cli.speaking import AsJson, errors, moment, out, print_json, print_rows, say, speaks_plainly
from cli.watch import dollars

model_key = typer.Typer(help="Your own key for the models: bring it, look at it, take it back.")

Month = Annotated[str, typer.Option("--month", metavar="YYYY-MM", help="Another month than this one.")]  # fmt: skip
Run = Annotated[str, typer.Argument(metavar="[GENERATION]", help="One run; without it, the month.")]
KeyStdin = Annotated[bool, typer.Option("--key-stdin", help="Read the key from standard input.")]


def register(app: typer.Typer) -> None:
    app.command()(quote)
    app.command()(usage)
    app.add_typer(model_key, name="model-key", no_args_is_help=True)


@speaks_plainly
def quote(
    app: Annotated[str, typer.Argument(metavar="APP", help="Its name or id.")],
    as_json: AsJson = False,
) -> None:
    """Show what a run of an app would cost and take, before it is started."""
    asking = client()
    found = asking.get("/v1/apps/{app_id}/quote", app_id=app_id(asking, app))
    if as_json:
        print_json(found)
        return
    _show_quote(found)


@speaks_plainly
def usage(generation: Run = "", month: Month = "", as_json: AsJson = False) -> None:
    """Show what models cost: a run, also while it goes on, or a month."""
    asking = client()
    found: Any = (
        asking.get("/v1/generations/{generation_id}/usage", generation_id=generation)
        if generation
        else asking.get("/v1/usage", **({"month": month} if month else {}))
    )
    if as_json:
        print_json(found)
        return
    _show_totals(found["totals"])
    text = "{spent} spent, {reserved} reserved, {left} left of {budget}"
    sums = ("spent", "reserved", "left", "budget")
    out.print(told(text, **{name: dollars(found[f"{name}_microdollars"]) for name in sums}))


@model_key.command("set")
@speaks_plainly
def set_key(key_stdin: KeyStdin = False, as_json: AsJson = False) -> None:
    """Have models asked with your own key; it can't be read again."""
    key = ask_password(key_stdin, what="Key")
    brought = client().put("/v1/organization/model-key", {"key": key.strip()})
    say(as_json, brought, "From the next call on, your key …{last_four} is used.", **brought)


@model_key.command("show")
@speaks_plainly
def show_key(as_json: AsJson = False) -> None:
    """Show whether your own key is used, how it ends, since when."""
    found = client().get("/v1/organization/model-key")
    since = moment(found["since"])
    say(as_json, found, "…{last_four}, since {since} UTC", **{**found, "since": since})


@model_key.command("remove")
@speaks_plainly
def remove_key(yes: Yes = False, as_json: AsJson = False) -> None:
    """Have models asked with the platform's key again."""
    sure("Take your key back?", yes)
    client().delete("/v1/organization/model-key")
    say(as_json, {}, "Taken back.")


def _show_quote(found: QuoteShown) -> None:
    price, minutes = found["microdollars"], found["minutes"]
    if found["roles"]:
        print_rows(
            ("role", "model", "calls", "tokens in", "tokens out", "expected"),
            [
                (
                    one["role"],
                    one["model"],
                    one["calls"]["expected"],
                    number(
                        one["input_tokens"] + one["cache_read_tokens"] + one["cache_write_tokens"]
                    ),
                    number(one["output_tokens"]),
                    dollars(one["microdollars"]["expected"]),
                )
                for one in found["roles"]
            ],
        )
    sums = {name: dollars(price[name]) for name in ("low", "expected", "most")}
    out.print(told("{expected} expected, at least {low}, never more than {most}", **sums))
    out.print(told("{low} to {most} minutes, {expected} expected", **minutes))
    for line in found["basis"]:
        errors.print(line, style="dim")
    text = "Prices: {prices_source}, read {prices_read_at}"
    errors.print(
        told(text, **{k: v for k, v in found.items() if k.startswith("prices")}), style="dim"
    )


def _show_totals(totals: Iterable[Total]) -> None:
    print_rows(
        ("role", "model", "calls", "read", "from cache", "written", "cost"),
        [
            (
                one["role"],
                one["model"],
                one["calls"],
                number(one["input_tokens"] + one["cache_write_tokens"]),
                number(one["cache_read_tokens"]),
                number(one["output_tokens"]),
                dollars(one["cost_microdollars"]),
            )
            for one in totals
        ],
        nothing="No model was called.",
    )
