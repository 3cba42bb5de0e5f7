"""Commands about what is paid: plans, buying, changing, ending one, invoices.

In: a plan. Out: tables, sentences or JSON. Callers: `main.py`. The surprise: nothing is paid here; `buy` and `portal` lead to
pages of Stripe's, and `buy` waits until the plan is there.
"""

from __future__ import annotations

import webbrowser
from typing import Annotated, Final, Literal

import typer

from cli.amounts import money, number
from cli.api_types import CheckoutShown, SubscriptionShown
from cli.asking import Yes, sure
from cli.billing_told import show_billing, show_change
from cli.client import ApiProblem
from cli.language import told
from cli.organizations import client, new_key
from cli.paying import is_there, wait
from cli.speaking import AsJson, errors, out, print_json, print_rows, say, speaks_plainly

Plan = Literal["free", "starter", "pro", "scale"]
PaidPlan = Literal["starter", "pro", "scale"]

INVOICE: Final = {
    "draft": "being made",
    "open": "to pay",
    "paid": "paid",
    "uncollectible": "never paid",
    "void": "taken back",
}
"""Stripe's words for how an invoice stands, in ours; one it adds some day is shown as it is."""

billing = typer.Typer(help="Plans, invoices and how they are paid.")

HOW_PAID: Final = {
    "none": "No way to pay is known.",
    "good": "Paid with {label}, good until {expires}.",
    "expires_soon": "Paid with {label}, which expires soon: {expires}. `fragua billing portal`",
    "expired": "{label} has expired ({expires}). `fragua billing portal`",
}
UP_TO: Final = {
    0: "Nothing goes beyond the plan.",
    1: "One generation beyond the plan in a period, on the next invoice.",
}
UP_TO_MORE: Final = (
    "Up to {number} generations beyond the plan in a period, each on the next invoice."
)
UNDATED: Final = "Paid with {label}."

Buyable = Annotated[PaidPlan, typer.Argument(metavar="PLAN", help="starter, pro or scale.")]
AnyPlan = Annotated[Plan, typer.Argument(metavar="PLAN", help="free, starter, pro or scale.")]
Browser = Annotated[bool, typer.Option(help="Open the page in the browser.")]


def register(app: typer.Typer) -> None:
    app.add_typer(billing, name="billing", no_args_is_help=True)


@billing.command("plans")
@speaks_plainly
def plans(as_json: AsJson = False) -> None:
    """Show the plans: what each includes in a period, and what it costs."""
    found = client().get("/v1/plans")
    if as_json:
        print_json(found)
        return
    print_rows(
        ("plan", "a month", "generations", "at a time", "seats", "tokens of models", "beyond it"),
        [
            (
                one["plan"],
                money(one["month_price"], found["currency"]),
                one["generations"],
                one["parallel_generations"],
                one["seats"],
                number(one["tokens"]),
                told("yes") if one["has_overage"] else told("no"),
            )
            for one in found["plans"]
        ],
    )
    if not found["is_for_sale"]:
        errors.print(told("Nothing is sold here."), style="dim")
    text = "Beyond a plan: {generation} for a generation, {tokens} for a million tokens."
    costs = {"generation": found["generation_price"], "tokens": found["million_tokens_price"]}
    told_costs = {name: money(cost, found["currency"]) for name, cost in costs.items()}
    errors.print(told(text, **told_costs), style="dim")


@billing.command("show")
@speaks_plainly
def show(as_json: AsJson = False) -> None:
    """Show the plan, what is used, what is owed, and what happens when."""
    found = client().get("/v1/billing/subscription")
    print_json(found) if as_json else show_billing(found)


@billing.command("buy")
@speaks_plainly
def buy(
    plan: Buyable,
    browser: Browser = True,
    waits: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until it is paid.")] = True,
    as_json: AsJson = False,
) -> None:
    """Buy a plan on a page of Stripe's; waits until the plan is there."""
    asking = client()
    wanted = {"plan": plan}
    page = asking.call("POST", "/v1/billing/checkout", wanted, {"idempotency_key": new_key()})
    _lead_to(page["page_url"], browser=browser, to_pay=True)
    if not waits:
        print_json(page) if as_json else out.print(page["page_url"])
        return
    _tell_of(wait(asking, page, console=errors), page, as_json)


@billing.command("portal")
@speaks_plainly
def portal(browser: Browser = True, as_json: AsJson = False) -> None:
    """Open a page of Stripe's for cards, addresses, tax numbers and invoices."""
    page = client().post("/v1/billing/portal")
    if as_json:
        print_json(page)
        return
    out.print(page["page_url"])
    _lead_to(page["page_url"], browser=browser, to_pay=False)


@billing.command("change")
@speaks_plainly
def change(plan: AnyPlan, yes: Yes = False, as_json: AsJson = False) -> None:
    """Have another plan: a higher one is paid now, a lower one begins when the period ends."""
    asking = client()
    if not yes:
        seen = asking.get("/v1/billing/plan-change", plan=plan)
        show_change(seen)
        if seen["happens"] != "never":
            sure("Change the plan?", yes)
    found = asking.put("/v1/billing/plan", {"plan": plan})
    print_json(found) if as_json else show_billing(found)


@billing.command("cancel")
@speaks_plainly
def cancel(yes: Yes = False, as_json: AsJson = False) -> None:
    """End the plan with the period that is paid; until then everything works."""
    sure("End the plan when the period that is paid is over?", yes)
    found = client().post("/v1/billing/cancel")
    print_json(found) if as_json else show_billing(found)


@billing.command("resume")
@speaks_plainly
def resume(as_json: AsJson = False) -> None:
    """Go on with the present plan: take back its end, or a lower one."""
    found = client().post("/v1/billing/resume")
    print_json(found) if as_json else show_billing(found)


@billing.command("overage")
@speaks_plainly
def overage(
    generations_max: Annotated[
        int,
        typer.Argument(metavar="GENERATIONS", min=0, help="Beyond the plan, in a period; 0: none."),
    ],
    as_json: AsJson = False,
) -> None:
    """Say how many generations beyond the plan a period may have; tokens go with them."""
    found = client().put("/v1/billing/overage", {"generations_max": generations_max})
    text = UP_TO.get(generations_max, UP_TO_MORE)
    say(as_json, found, text, number=found["overage_generations_max"])


@billing.command("invoices")
@speaks_plainly
def invoices(as_json: AsJson = False) -> None:
    """Show the invoices, the newest first, and where each is."""
    items = list(client().pages("/v1/billing/invoices"))
    if as_json:
        print_json(items)
        return
    print_rows(
        ("invoice", "date", "amount", "status", "page"),
        [
            (
                one["number"] or one["id"],
                one["made_at"][:10],
                money(one["total"], one["currency"]),
                told(INVOICE.get(one["status"], one["status"])),
                one["page_url"],
            )
            for one in items
        ],
        nothing="No invoices yet.",
    )


@billing.command("payment-method")
@speaks_plainly
def payment_method(as_json: AsJson = False) -> None:
    """Show how the next invoice would be paid."""
    found = client().get("/v1/billing/payment-method")
    text = HOW_PAID[found["state"]]
    if found["label"] and not found["expires"]:
        text = UNDATED
    say(as_json, found, text, label=found["label"], expires=found["expires"])


def _lead_to(url: str | None, *, browser: bool, to_pay: bool) -> None:
    if url is None:
        return
    if to_pay:
        errors.print(told("Pay here:\n  {url}", url=url))
    if browser and errors.is_terminal:
        webbrowser.open(url)


def _tell_of(found: SubscriptionShown, page: CheckoutShown, as_json: bool) -> None:
    if not is_there(found, page):
        detail = told(
            "The page was closed before anybody paid. `fragua billing buy` opens another."
        )
        raise ApiProblem({"title": "Not paid", "detail": detail})
    if as_json:
        print_json(found)
        return
    errors.print(told("Paid. Thank you."), style="bold green")
    show_billing(found)
