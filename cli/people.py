"""Commands about the people of an organization: members, invitations, joining.

In: addresses or ids. Out: sentences, tables or JSON. Callers: `main.py`. The surprise: `join` serves people with and
without an account; an invitation's link proves the address, so no other letter is needed.
"""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from cli.account import anybody, sign_in
from cli.api_types import InvitationWanted, JoinedShown, NewcomersAcceptance
from cli.asking import TAKES_TOKEN, PasswordStdin, Yes, ask, ask_password, sure, token_in
from cli.client import find_api
from cli.language import language, told
from cli.naming import invitation_id, member_id
from cli.organizations import act_for, client, new_key
from cli.signed_in import Wallet
from cli.speaking import AsJson, errors, moment, print_json, print_rows, say, speaks_plainly

Role = Literal["owner", "admin", "builder", "viewer"]
RoleOption = Annotated[Role, typer.Option("--role", help="What they may do.")]
Member = Annotated[str, typer.Argument(help="Their address or id.")]
Invited = Annotated[str, typer.Argument(help="The invited address, or the invitation's id.")]

members = typer.Typer(help="The people of your organization.")
invitations = typer.Typer(help="Who was asked to join.")


def register(app: typer.Typer) -> None:
    app.command()(invite)
    app.command(context_settings=TAKES_TOKEN)(join)
    app.add_typer(members, name="members", no_args_is_help=True)
    app.add_typer(invitations, name="invitations", no_args_is_help=True)


@members.command("list")
@speaks_plainly
def list_members(as_json: AsJson = False) -> None:
    """Show who is in the organization, and as what."""
    items = client().get("/v1/members")["items"]
    if as_json:
        print_json(items)
        return
    factor = {True: told("yes"), False: told("no"), None: None}
    print_rows(
        ("email", "name", "role", "second factor", "person"),
        [
            (
                one["email"],
                one["name"],
                one["role"],
                factor[one["has_second_factor"]],
                one["user_id"],
            )
            for one in items
        ],
    )


@members.command("role")
@speaks_plainly
def change_role(
    member: Member,
    role: Annotated[Role, typer.Argument(help="What they may do from now on.")],
    as_json: AsJson = False,
) -> None:
    """Give somebody another role; it counts at once."""
    asking = client()
    user = member_id(asking, member)
    changed = asking.patch("/v1/members/{user_id}", {"role": role}, user_id=user)
    say(as_json, changed, "{email} is {role} now.", email=changed["email"], role=changed["role"])


@members.command("remove")
@speaks_plainly
def remove(member: Member, yes: Yes = False, as_json: AsJson = False) -> None:
    """Take somebody out of the organization; it counts at once."""
    asking = client()
    user = member_id(asking, member)
    sure("Remove this person?", yes)
    asking.delete("/v1/members/{user_id}", user_id=user)
    say(as_json, {}, "Removed.")


@speaks_plainly
def invite(
    email: Annotated[str, typer.Argument(help="Whom to ask; the letter goes there.")],
    role: RoleOption = "builder",
    as_json: AsJson = False,
) -> None:
    """Ask somebody to join, by letter; `--lang` is the letter's language."""
    body: InvitationWanted = {"email": email, "role": role, "locale": language()}
    made = client().post("/v1/invitations", body, idempotency_key=new_key())
    say(as_json, made, "Invited {email} as {role}.", email=made["email"], role=made["role"])


@speaks_plainly
def join(
    token: Annotated[str, typer.Argument(help="From the letter, or the link itself.")],
    name: Annotated[str, typer.Option(help="Your name, if you have no account yet.")] = "",
    password_stdin: PasswordStdin = False,
    as_json: AsJson = False,
) -> None:
    """Accept an invitation, as who is signed in; without an account one is made."""
    if Wallet(find_api()).read():
        joined = client().post("/v1/invitations/accept", {"token": token_in(token)})
        act_for(joined["organization_id"])
    else:
        joined = join_as_new(token_in(token), name, password_stdin)
    text = "You joined {organization} as {role}. Commands act for it now."
    say(as_json, joined, text, organization=joined["organization_name"], role=joined["role"])


def join_as_new(token: str, name: str, password_stdin: bool) -> JoinedShown:
    asking = anybody()
    seen = asking.post("/v1/invitations/preview", {"token": token})
    text = "{organization_name} invites {email}. Have an account? `fragua login` first."
    errors.print(told(text, **seen))
    secret, email = "", seen["email"]
    body: NewcomersAcceptance = {
        "token": token,
        "name": name or ask("Your name"),
        "password": (secret := ask_password(password_stdin, confirm=True, what="New password")),
        "locale": language(),
    }
    joined = asking.post("/v1/invitations/accept-as-new", body)
    sign_in(asking, email, secret, "")
    return joined


@invitations.command("list")
@speaks_plainly
def list_invitations(as_json: AsJson = False) -> None:
    """Show open and past invitations."""
    items = list(client().pages("/v1/invitations"))
    if as_json:
        print_json(items)
        return
    print_rows(
        ("email", "role", "status", "expires (UTC)", "invitation"),
        [
            (one["email"], one["role"], one["status"], moment(one["expires_at"]), one["id"])
            for one in items
        ],
        nothing="Nobody was invited yet: `fragua invite ADDRESS`",
    )


@invitations.command("resend")
@speaks_plainly
def resend(invited: Invited, as_json: AsJson = False) -> None:
    """Send the letter again; the earlier link stops working."""
    asking = client()
    one = invitation_id(asking, invited)
    sent = asking.post("/v1/invitations/{invitation_id}/resend", invitation_id=one)
    say(as_json, sent, "Sent again.")


@invitations.command("revoke")
@speaks_plainly
def revoke_invitation(invited: Invited, as_json: AsJson = False) -> None:
    """Take it back."""
    asking = client()
    one = invitation_id(asking, invited)
    asking.delete("/v1/invitations/{invitation_id}", invitation_id=one)
    say(as_json, {}, "Taken back.")
