"""Commands about an account's safety: the password, the second factor, where one is signed in.

In: what a person types. Out: sentences, tables or JSON. Callers: `main.py`. The surprise: a changed password ends every
session but this one, which goes on with the tokens that the answer brings.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from cli.account import Email, anybody
from cli.api_types import (
    ForgotPassword,
    PasswordChange,
    PasswordReset,
    RecoveryCodesShown,
    RemovalSent,
)
from cli.asking import (
    A_CODE,
    TAKES_TOKEN,
    Code,
    PasswordStdin,
    ask,
    ask_password,
    proof_of,
    token_in,
)
from cli.client import Client, find_api, find_credentials
from cli.language import told
from cli.signed_in import Wallet, received
from cli.speaking import AsJson, moment, out, print_json, print_rows, say, speaks_plainly

password_commands = typer.Typer(help="Change your password, or get back in without it.")
second_factor = typer.Typer(help="A code from your phone besides the password.")
sessions = typer.Typer(help="Where you are signed in.")


def register(app: typer.Typer) -> None:
    app.add_typer(password_commands, name="password", no_args_is_help=True)
    app.add_typer(second_factor, name="second-factor", no_args_is_help=True)
    app.add_typer(sessions, name="sessions", no_args_is_help=True)


@password_commands.command("forgot")
@speaks_plainly
def forgot(email: Email = "", as_json: AsJson = False) -> None:
    """Get a letter with a link to choose another password."""
    body: ForgotPassword = {"email": email or ask("Email")}
    answer = anybody().post("/v1/auth/password/forgot", body)
    print_json(answer) if as_json else out.print(answer["message"])


@password_commands.command("reset", context_settings=TAKES_TOKEN)
@speaks_plainly
def reset(
    token: Annotated[str, typer.Argument(help="From the letter, or the link itself.")],
    password_stdin: PasswordStdin = False,
    as_json: AsJson = False,
) -> None:
    """Choose another password with what the letter says."""
    secret = ask_password(password_stdin, confirm=True, what="New password")
    body: PasswordReset = {"token": token_in(token), "password": secret}
    answer = anybody().post("/v1/auth/password/reset", body)
    say(as_json, answer, "Done. You are signed out everywhere; now: `fragua login`")


@password_commands.command("change")
@speaks_plainly
def change(as_json: AsJson = False) -> None:
    """Choose another password; other sessions end, this one goes on with new tokens."""
    body: PasswordChange = {
        "current_password": ask_password(what="Current password"),
        "new_password": ask_password(confirm=True, what="New password"),
    }
    wallet = Wallet(find_api())
    answer = Client(find_credentials()).post("/v1/auth/password/change", body)
    if kept := wallet.read():
        wallet.write(replace(kept, **received(answer)))
    say(as_json, {}, "Changed. You are signed out everywhere else.")


@second_factor.command("on")
@speaks_plainly
def second_factor_on(as_json: AsJson = False) -> None:
    """Set it up: give the secret to your authenticator app, then one code back."""
    client = Client(find_credentials())
    begun = client.post("/v1/me/second-factor", {"password": ask_password()})
    shown = told("Add this to your authenticator app:")
    typer.echo(f"{shown}\n  {begun['uri']}\n  {told('or type')} {begun['secret']}", err=True)
    done = client.post("/v1/me/second-factor/confirm", {"code": ask("Code it shows")})
    show_codes(done, as_json, "On. Keep these recovery codes somewhere safe; each works once:")


@second_factor.command("off")
@speaks_plainly
def second_factor_off(code: Code = "", as_json: AsJson = False) -> None:
    """Do without it again."""
    password = ask_password()
    body: RemovalSent = {"password": password, **proof_of(code.strip() or ask(A_CODE))}
    Client(find_credentials()).delete("/v1/me/second-factor", body)
    say(as_json, {}, "Off.")


@second_factor.command("codes")
@speaks_plainly
def new_recovery_codes(code: Code = "", as_json: AsJson = False) -> None:
    """Get new recovery codes; the old ones stop working."""
    client = Client(find_credentials())
    proof = proof_of(code.strip() or ask(A_CODE))
    done = client.post("/v1/me/second-factor/recovery-codes", proof)
    show_codes(done, as_json, "Keep these recovery codes somewhere safe; each works once:")


def show_codes(done: RecoveryCodesShown, as_json: bool, text: str) -> None:
    say(as_json, done, text)
    for code in () if as_json else done["recovery_codes"]:
        out.print(f"  {code}")


@sessions.command("list")
@speaks_plainly
def list_sessions(as_json: AsJson = False) -> None:
    """Show where you are signed in."""
    items = Client(find_credentials()).get("/v1/auth/sessions")["items"]
    if as_json:
        print_json(items)
        return
    print_rows(
        ("session", "last used (UTC)", "from", "program", ""),
        [
            (
                one["id"],
                moment(one["last_used_at"]),
                one["ip"],
                one["user_agent"],
                told("this one") if one["is_current"] else " ",
            )
            for one in items
        ],
    )


@sessions.command("end")
@speaks_plainly
def end_session(
    session_id: Annotated[str, typer.Argument(help="As `fragua sessions list` shows it.")],
    as_json: AsJson = False,
) -> None:
    """End one of them; `fragua logout --everywhere` ends all."""
    Client(find_credentials()).delete("/v1/auth/sessions/{session_id}", session_id=session_id)
    say(as_json, {}, "Ended.")
