"""Commands about an organization: its people, invitations, API keys, audit log.

In: ids and addresses. Out: tables or JSON. Callers: `main.py`. The surprise: what can't be undone asks first; `--yes`
answers for scripts.
"""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Literal, cast

import typer

from cli.account import token_in
from cli.api_types import ExportShown, InvitationWanted, KeyWanted
from cli.client import Client, find_api, find_credentials
from cli.signed_in import Wallet, renewed
from cli.speaking import AsJson, Language, errors, out, print_json, print_rows, speaks_plainly

orgs = typer.Typer(help="Your organizations: list, make, switch, export, delete.")
members = typer.Typer(help="The people of your organization.")
invitations = typer.Typer(help="Who was asked to join.")
keys = typer.Typer(help="API keys, for programs.")

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Role = Literal["owner", "admin", "builder", "viewer"]
RoleOption = Annotated[Role, typer.Option("--role", help="What they may do.")]


def register(app: typer.Typer) -> None:
    app.add_typer(orgs, name="orgs", no_args_is_help=True)
    app.add_typer(members, name="members", no_args_is_help=True)
    app.add_typer(invitations, name="invitations", no_args_is_help=True)
    app.add_typer(keys, name="keys", no_args_is_help=True)
    app.command()(invite)
    app.command()(join)
    app.command()(audit)


# organizations


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
        ((one["id"], one["name"], one["role"], one["plan"]) for one in items),
    )


@orgs.command("show")
@speaks_plainly
def show_organization(as_json: AsJson = False) -> None:
    """Show the organization that commands act for."""
    found = client().get("/v1/organization")
    if as_json:
        print_json(found)
        return
    out.print(f"{found['name']}  ({found['id']})")
    quota = found["quota"]
    out.print(f"plan {found['plan']}: {quota['used']} of {quota['limit']} generations used")
    if found["deletion_due_at"]:
        out.print(f"Will be deleted at {found['deletion_due_at']}: `fragua orgs restore` stops it.")


@orgs.command("create")
@speaks_plainly
def create_organization(name: str, as_json: AsJson = False) -> None:
    """Make another organization; you own it."""
    made = client().post("/v1/organizations", {"name": name}, idempotency_key=new_key())
    print_json(made) if as_json else out.print(
        f"{made['id']}\nNow: `fragua orgs switch {made['id']}`"
    )


@orgs.command("switch")
@speaks_plainly
def switch(organization_id: str) -> None:
    """Act for another organization of yours from now on."""
    wallet = Wallet(find_api())
    answer = client().post("/v1/auth/switch", {"organization_id": organization_id})
    tokens = wallet.read()
    if tokens:
        wallet.write(renewed(tokens, answer))
    out.print("Switched.")


@orgs.command("rename")
@speaks_plainly
def rename(name: str) -> None:
    """Call it something else."""
    out.print(client().patch("/v1/organization", {"name": name})["name"])


@orgs.command("leave")
@speaks_plainly
def leave(yes: Yes = False) -> None:
    """Leave the organization. The last owner can't."""
    sure("Leave this organization?", yes)
    client().post("/v1/organization/leave")
    out.print("You left.")


@orgs.command("transfer")
@speaks_plainly
def transfer(user_id: str, yes: Yes = False) -> None:
    """Make somebody else the owner; you become admin."""
    sure("Hand over ownership?", yes)
    client().post("/v1/organization/transfer", {"user_id": user_id})
    out.print("Handed over.")


@orgs.command("export")
@speaks_plainly
def export(
    export_id: Annotated[str, typer.Argument(help="To look after one begun before.")] = "",
    as_json: AsJson = False,
) -> None:
    """Get a copy of everything the organization has here."""
    one = export_begun_before(export_id) if export_id else begin_export()
    if as_json:
        print_json(one)
    elif one["url"]:
        out.print(one["url"])
    else:
        out.print(f"{one['status']}. Look again with `fragua orgs export {one['id']}`")


@orgs.command("delete")
@speaks_plainly
def delete_organization(yes: Yes = False) -> None:
    """Delete the organization after a grace period."""
    found = client().get("/v1/organization")
    typed = found["name"] if yes else typer.prompt(f"Type {found['name']!r} to delete it", err=True)
    answer = client().delete("/v1/organization", {"name": typed})
    out.print(f"Will be deleted at {answer['deletion_due_at']}: `fragua orgs restore` stops it.")


@orgs.command("restore")
@speaks_plainly
def restore() -> None:
    """Take the deletion back."""
    client().post("/v1/organization/restore")
    out.print("It stays.")


# people


@members.command("list")
@speaks_plainly
def list_members(as_json: AsJson = False) -> None:
    """Show who is in the organization, and as what."""
    items = client().get("/v1/members")["items"]
    if as_json:
        print_json(items)
        return
    print_rows(
        ("person", "name", "email", "role", "second factor"),
        (
            (
                one["user_id"],
                one["name"],
                one["email"],
                one["role"],
                "yes" if one["has_second_factor"] else "no",
            )
            for one in items
        ),
    )


@members.command("role")
@speaks_plainly
def change_role(user_id: str, role: Role) -> None:
    """Give somebody another role; it counts at once."""
    client().patch("/v1/members/{user_id}", {"role": role}, user_id=user_id)
    out.print(role)


@members.command("remove")
@speaks_plainly
def remove(user_id: str, yes: Yes = False) -> None:
    """Take somebody out of the organization; it counts at once."""
    sure("Remove this person?", yes)
    client().delete("/v1/members/{user_id}", user_id=user_id)
    out.print("Removed.")


@speaks_plainly
def invite(
    email: str, role: RoleOption = "builder", as_json: AsJson = False, lang: Language = "en"
) -> None:
    """Ask somebody to join, by letter."""
    body: InvitationWanted = {"email": email, "role": role, "locale": lang}
    made = client(lang).post("/v1/invitations", body, idempotency_key=new_key())
    print_json(made) if as_json else out.print(f"Invited {made['email']} as {made['role']}.")


@speaks_plainly
def join(token: Annotated[str, typer.Argument(help="From the letter.")]) -> None:
    """Accept an invitation, signed in with the invited address."""
    joined = client().post("/v1/invitations/accept", {"token": token_in(token)})
    out.print(f"You joined {joined['organization_name']} as {joined['role']}.")


@invitations.command("list")
@speaks_plainly
def list_invitations(as_json: AsJson = False) -> None:
    """Show open and past invitations."""
    items = list(client().pages("/v1/invitations"))
    if as_json:
        print_json(items)
        return
    print_rows(
        ("invitation", "email", "role", "status", "expires"),
        ((one["id"], one["email"], one["role"], one["status"], one["expires_at"]) for one in items),
    )


@invitations.command("resend")
@speaks_plainly
def resend(invitation_id: str) -> None:
    """Send the letter again; the earlier link stops working."""
    client().post("/v1/invitations/{invitation_id}/resend", invitation_id=invitation_id)
    out.print("Sent again.")


@invitations.command("revoke")
@speaks_plainly
def revoke_invitation(invitation_id: str) -> None:
    """Take it back."""
    client().delete("/v1/invitations/{invitation_id}", invitation_id=invitation_id)
    out.print("Taken back.")


# keys and the audit log


@keys.command("list")
@speaks_plainly
def list_keys(as_json: AsJson = False) -> None:
    """Show API keys and when they were last used."""
    items = list(client().pages("/v1/api-keys"))
    if as_json:
        print_json(items)
        return
    print_rows(
        ("key", "name", "begins with", "role", "last used", "state"),
        (
            (one["id"], one["name"], one["prefix"], one["role"], one["last_used_at"], one["state"])
            for one in items
        ),
    )


@keys.command("create")
@speaks_plainly
def create_key(
    name: str,
    role: RoleOption = "builder",
    scope: Annotated[
        list[str] | None, typer.Option(help="Only this permission; repeat it.")
    ] = None,
    expires_at: Annotated[str, typer.Option(help="E.g. 2027-01-31T00:00:00Z.")] = "",
    as_json: AsJson = False,
) -> None:
    """Make an API key. It is shown once."""
    body: KeyWanted = {"name": name, "role": role, "scopes": cast("Any", scope or [])}
    if expires_at:
        body["expires_at"] = expires_at
    made = client().post("/v1/api-keys", body, idempotency_key=new_key())
    if as_json:
        print_json(made)
        return
    out.print(made["key"])
    errors.print("Keep it now: it is not shown again.")


@keys.command("revoke")
@speaks_plainly
def revoke_key(key_id: str, yes: Yes = False) -> None:
    """Stop a key; it counts at once."""
    sure("Stop this key?", yes)
    client().delete("/v1/api-keys/{key_id}", key_id=key_id)
    out.print("Stopped.")


@speaks_plainly
def audit(
    actor: Annotated[str, typer.Option(help="user:<id> or api_key:<id>.")] = "",
    action: Annotated[str, typer.Option(help="E.g. member.role_changed.")] = "",
    most: Annotated[int, typer.Option("--limit", min=1, max=100)] = 20,
    csv: Annotated[bool, typer.Option("--csv", help="As a spreadsheet reads it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show who did what, the newest first."""
    asked = {name: value for name, value in (("actor", actor), ("action", action)) if value}
    if csv:
        print(client().get("/v1/audit.csv", **asked), end="")
        return
    items = client().get("/v1/audit", limit=most, **asked)["items"]
    if as_json:
        print_json(items)
        return
    print_rows(
        ("when", "who", "what", "subject", "from"),
        (
            (
                one["recorded_at"],
                one["actor_name"] or one["actor"],
                one["action"],
                one["subject_id"],
                one["source_ip"],
            )
            for one in items
        ),
    )


def client(language: str = "en") -> Client:
    return Client(find_credentials(), language=language)


def begin_export() -> ExportShown:
    return client().post("/v1/organization/export", idempotency_key=new_key())


def export_begun_before(export_id: str) -> ExportShown:
    return client().get("/v1/organization/exports/{export_id}", export_id=export_id)


def new_key() -> str:
    """One for each command: what the client repeats is the same request."""
    return str(uuid.uuid4())


def sure(question: str, yes: bool) -> None:
    if not yes:
        typer.confirm(question, abort=True, err=True)
