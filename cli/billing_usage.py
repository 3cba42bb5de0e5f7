"""`fragua billing usage`: what was used in a period, what of it is billed, row by row, and what it will come to.

In: how to group, a period. Out: a table, sentences, or JSON. Callers: `main.py`. The surprise: a row's amount is what it adds to
the bill, which is rounded once for all of them; so the column adds up to the invoice.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import typer

from cli.amounts import money, number
from cli.api_types import BillShown, ForecastShown, LineShown, RowShown
from cli.billing import billing
from cli.language import told
from cli.organizations import client
from cli.speaking import AsJson, errors, out, print_json, print_rows, speaks_plainly

USAGE: Final = "/v1/billing/usage"

GroupBy = Literal["generation", "day", "model"]

LINES: Final = {
    "generations": "{used} of {included} generations, {beyond} billed beyond the plan: {amount}",
    "tokens": "{used} of {included} tokens of models, {beyond} billed beyond the plan: {amount}",
}

By = Annotated[GroupBy, typer.Option("--by", help="One row for each.")]
Period = Annotated[
    str,
    typer.Option(metavar="BEGINNING", help="An earlier period, by its beginning as --json tells."),
]


def register(_app: typer.Typer) -> None:
    billing.command("usage")(usage)


@speaks_plainly
def usage(by: By = "generation", period: Period = "", as_json: AsJson = False) -> None:
    """Show what was used in a period, and where each cent of its bill comes from."""
    asking = client()
    found = (
        asking.get(USAGE, group_by=by, period=period) if period else asking.get(USAGE, group_by=by)
    )
    if as_json:
        print_json(found)
        return
    _show_rows(found, by)
    for line in found["lines"]:
        out.print(_said(line, found["currency"]))
    total = money(found["amount"], found["currency"])
    out.print(told("Beyond the plan, without taxes: {amount}", amount=total), style="bold")
    if found["forecast"]:
        _show_forecast(found["forecast"], found["currency"])
    _show_untold(found)


def _show_rows(found: BillShown, by: GroupBy) -> None:
    columns = (by, "generations", "tokens of models", "beyond it", "tokens beyond it", "amount")
    print_rows(
        columns,
        [
            (
                _cause(row, by),
                row["generations"],
                number(row["tokens"]),
                row["beyond_generations"],
                number(row["beyond_tokens"]),
                money(row["amount"], found["currency"]),
            )
            for row in found["rows"]
        ],
        nothing="Nothing was used in this period.",
    )


def _cause(row: RowShown, by: GroupBy) -> str:
    if by == "day":
        return row["day"] or ""
    if by == "model":
        return row["model"] or told("generations")
    return row["generation_id"] or told("conversation {id}", id=row["discovery_id"])


def _said(line: LineShown, currency: str) -> str:
    numbers = {name: number(line[name]) for name in ("used", "included", "beyond")}
    return told(LINES[line["meter"]], amount=money(line["amount"], currency), **numbers)


def _show_forecast(forecast: ForecastShown, currency: str) -> None:
    text = "If it goes on like this: {generations} generations, {tokens} tokens, {amount} at the period's end."
    numbers = {name: number(forecast[name]) for name in ("generations", "tokens")}
    errors.print(told(text, amount=money(forecast["amount"], currency), **numbers), style="dim")


def _show_untold(found: BillShown) -> None:
    """What is not at Stripe, and why."""
    for event in found["meter_events"]:
        if event["state"] == "refused":
            text = "Not billed: {quantity} {meter} ({why})"
            told_of = {"quantity": event["quantity"], "meter": told(event["meter"])}
            errors.print(told(text, why=event["refused_reason"], **told_of), style="dim")
