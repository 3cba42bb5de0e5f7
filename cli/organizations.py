"""Commands about the organization that one acts for, and about choosing it.

In: names or ids. Out: sentences, tables or JSON. Callers: `main.py`. The surprise: what can't be undone asks first, and
deleting asks for the name; `--yes` answers for scripts.
"""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import Annotated, Final

import httpx
import typer

from cli.api_types import AccessShown, ExportShown, OrganizationShown, QuotaShown
from cli.asking import Yes, ask, sure
from cli.client import ApiProblem, Client, find_api, find_credentials
from cli.language import told
from cli.naming import member_id, organization_id
from cli.signed_in import Wallet, renewed
from cli.speaking import AsJson, errors, moment, out, print_json, print_rows, say, speaks_plainly

EXPORT_LOOKS: Final = 60
EXPORT_PAUSE_S = 1.0
DOWNLOAD_TIMEOUT_S: Final = 60.0

Name = Annotated[str, typer.Argument(help="Its name.")]
Target = Annotated[Path | None, typer.Option("--to", help="Save the ZIP as this file.")]

orgs = typer.Typer(help="Your organizations: list, make, switch, export, delete.")


def register(app: typer.Typer) -> None:
    app.add_typer(orgs, name="orgs", no_args_is_help=True)


@orgs.command("list")
@speaks_plainly
def list_organizations(as_json: AsJson = False) -> None:
    """Show the organizations you are in."""
    items = client().get("/v1/me/organizations")["items"]
    if as_json:
        print_json(items)
        return
    print_rows(
        ("organization", "name", "role", "plan"),
        [(one["id"], one["name"], one["role"], one["plan"]) for one in items],
        nothing="None yet: `fragua orgs create NAME`",
    )


@orgs.command("show")
@speaks_plainly
def show_organization(as_json: AsJson = False) -> None:
    """Show the organization that commands act for, and what is left of its plan."""
    found = client().get("/v1/organization")
    if as_json:
        print_json(found)
        return
    out.print(f"{found['name']}  ({found['id']})")
    show_quota(found["quota"])
    if found["billing_state"] == "read_only":
        out.print(told("read-only: an invoice is long overdue, `fragua billing portal` pays it"))
    if found["deletion_due_at"]:
        show_due(found)


@orgs.command("create")
@speaks_plainly
def create_organization(name: Name, as_json: AsJson = False) -> None:
    """Make another organization; you own it."""
    made = client().post("/v1/organizations", {"name": name}, idempotency_key=new_key())
    text = "{id}\nActing for it: `fragua orgs switch {id}`"
    say(as_json, made, text, id=made["id"])


@orgs.command("switch")
@speaks_plainly
def switch(
    organization: Annotated[str, typer.Argument(help="Its name or id.")], as_json: AsJson = False
) -> None:
    """Act for another organization of yours from now on."""
    answer = act_for(organization_id(client(), organization))
    body = {"organization_id": answer["organization_id"], "role": answer["role"]}
    say(as_json, body, "Commands act for it now, as {role}.", role=answer["role"])


@orgs.command("rename")
@speaks_plainly
def rename(name: Name, as_json: AsJson = False) -> None:
    """Call it something else."""
    renamed_to = client().patch("/v1/organization", {"name": name})
    say(as_json, renamed_to, "It is called {name} now.", name=renamed_to["name"])


@orgs.command("leave")
@speaks_plainly
def leave(yes: Yes = False, as_json: AsJson = False) -> None:
    """Leave the organization. The last owner can't."""
    sure("Leave this organization?", yes)
    client().post("/v1/organization/leave")
    say(as_json, {}, "You left. `fragua orgs list` shows where you are still in.")


@orgs.command("transfer")
@speaks_plainly
def transfer(
    member: Annotated[str, typer.Argument(help="Address or id of the new owner.")],
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Make somebody else the owner; you become admin."""
    sure("Hand over ownership?", yes)
    asking = client()
    body = {"user_id": member_id(asking, member)}
    owner = asking.post("/v1/organization/transfer", {"user_id": body["user_id"]})
    say(as_json, owner, "{email} is the owner now; you are admin.", email=owner["email"])


@orgs.command("export")
@speaks_plainly
def export(
    export_id: Annotated[str, typer.Argument(help="To look after one begun before.")] = "",
    to: Target = None,
    as_json: AsJson = False,
) -> None:
    """Get a copy of everything the organization has here, as a ZIP."""
    one = finished(export_begun_before(export_id) if export_id else begin_export())
    if to and one["url"]:
        download(one["url"], to)
        say(as_json, one, "Saved as {path}.", path=to)
    elif one["url"]:
        say(as_json, one, "{url}", url=one["url"])
    else:
        text = "{status}. Look again with `fragua orgs export {id}`"
        say(as_json, one, text, status=one["status"], id=one["id"])


@orgs.command("delete")
@speaks_plainly
def delete_organization(yes: Yes = False, as_json: AsJson = False) -> None:
    """Delete the organization after a grace period, in which it can be restored."""
    asking = client()
    found = asking.get("/v1/organization")
    typed = found["name"]
    if not yes:
        errors.print(told("This deletes {name} and its apps. Type its name.", name=typed))
        typed = ask("Name")
    answer = asking.delete("/v1/organization", {"name": typed})
    print_json(answer) if as_json else show_due(answer)


@orgs.command("restore")
@speaks_plainly
def restore(as_json: AsJson = False) -> None:
    """Take the deletion back."""
    say(as_json, client().post("/v1/organization/restore"), "It stays.")


def show_quota(quota: QuotaShown) -> None:
    resets, beyond = moment(quota["resets_at"])[:10], quota["overage"]
    facts = {"plan": quota["plan"], "used": quota["used"], "limit": quota["limit"]}
    used = told(
        "plan {plan}: {used} of {limit} generations used until {resets}", resets=resets, **facts
    )
    out.print(used)
    if beyond["generations_max"] or beyond["generations_used"]:
        out.print(
            told("beyond the plan: {generations_used} of {generations_max} allowed", **beyond)
        )
    runs, seats = quota["running"], quota["seats"]
    numbers = {"runs": runs["used"], "runs_max": runs["limit"]}
    numbers |= {"seats": seats["used"], "seats_max": seats["limit"]}
    out.print(told("under way: {runs} of {runs_max}, seats: {seats} of {seats_max}", **numbers))


def show_due(found: OrganizationShown) -> None:
    due = moment(found["deletion_due_at"])
    out.print(told("Will be deleted on {due} UTC: `fragua orgs restore` stops it.", due=due))


def act_for(organization: str) -> AccessShown:
    """From now on commands act there."""
    wallet = Wallet(find_api())
    answer = client().post("/v1/auth/switch", {"organization_id": organization})
    if tokens := wallet.read():
        wallet.write(renewed(tokens, answer))
    return answer


def begin_export() -> ExportShown:
    return client().post("/v1/organization/export", idempotency_key=new_key())


def export_begun_before(export_id: str) -> ExportShown:
    return client().get("/v1/organization/exports/{export_id}", export_id=export_id)


def finished(one: ExportShown) -> ExportShown:
    """It takes seconds; who has more data than that asks again later."""
    for _ in range(EXPORT_LOOKS):
        if one["status"] != "pending":
            break
        time.sleep(EXPORT_PAUSE_S)
        one = export_begun_before(one["id"])
    return one


def download(url: str, path: Path) -> None:
    try:
        with (
            httpx.stream("GET", url, timeout=DOWNLOAD_TIMEOUT_S) as answer,
            path.open("wb") as file,
        ):
            answer.raise_for_status()
            for piece in answer.iter_bytes():
                file.write(piece)
    except (httpx.HTTPError, OSError) as error:
        raise ApiProblem({"title": "Not saved", "detail": f"{path}: {error}"}) from error


def client() -> Client:
    return Client(find_credentials())


def new_key() -> str:
    """One for each command: what the client repeats is the same request."""
    return str(uuid.uuid4())
