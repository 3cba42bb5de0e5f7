"""Commands about oneself: sign up, sign in and out, who am I, password, second factor, sessions.

In: what a person types; passwords are asked for, or read from standard input, never taken as an argument. Out: tokens in
the wallet. Callers: `main.py`. The surprise: `login` with Google or GitHub listens on a loopback port for as long as the
browser takes.
"""

from __future__ import annotations

import sys
import uuid
from dataclasses import replace
from typing import Annotated, Final

import typer

from cli.api_types import (
    ForgotPassword,
    MeShown,
    PasswordChange,
    PasswordReset,
    ProofSent,
    RemovalSent,
    SecondFactorSent,
    SignedInShown,
    SignInWanted,
    SignUpWanted,
)
from cli.browser_sign_in import sign_in_with
from cli.client import ApiProblem, Client, Credentials, find_api, find_credentials
from cli.signed_in import Tokens, Wallet, received
from cli.speaking import AsJson, Language, errors, out, print_json, print_rows, speaks_plainly

Email = Annotated[str, typer.Option("--email", help="Your address; asked for when left out.")]
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]

A_CODE: Final = "Code from your authenticator app (or a recovery code)"
CODE_CHARACTERS: Final = 6

password_commands = typer.Typer(help="Change your password, or get back in without it.")
second_factor = typer.Typer(help="A code from your phone besides the password.")
sessions = typer.Typer(help="Where you are signed in.")


def register(app: typer.Typer) -> None:
    app.command("sign-up")(sign_up)
    app.command()(verify)
    app.command()(login)
    app.command()(logout)
    app.command()(whoami)
    app.add_typer(password_commands, name="password", no_args_is_help=True)
    app.add_typer(second_factor, name="second-factor", no_args_is_help=True)
    app.add_typer(sessions, name="sessions", no_args_is_help=True)


@speaks_plainly
def sign_up(
    *,
    email: Email = "",
    name: Annotated[str, typer.Option(help="Your name.")] = "",
    organization: Annotated[str, typer.Option(help="Your organization's name.")] = "",
    password_stdin: PasswordStdin = False,
    as_json: AsJson = False,
    lang: Language = "en",
) -> None:
    """Make an account and an organization. A letter with a link follows."""
    body: SignUpWanted = {
        "email": email or typer.prompt("Email", err=True),
        "name": name or typer.prompt("Your name", err=True),
        "organization": organization or typer.prompt("Organization", err=True),
        "password": ask_password(password_stdin, confirm=True),
        "locale": lang,
    }
    answer = anybody(lang).post("/v1/auth/sign-up", body, idempotency_key=str(uuid.uuid4()))
    print_json(answer) if as_json else out.print(answer["message"])
    errors.print("Then: `fragua verify TOKEN` (on a laptop `fragua outbox` shows the letter).")


@speaks_plainly
def verify(
    token: Annotated[str, typer.Argument(help="From the letter, or the link itself.")],
    password_stdin: PasswordStdin = False,
    as_json: AsJson = False,
    lang: Language = "en",
) -> None:
    """Prove your address with what the letter says and the password you chose; then you are signed in."""
    client, secret = anybody(lang), ask_password(password_stdin)
    known = client.post("/v1/auth/email/verify", {"token": token_in(token), "password": secret})
    body: SignInWanted = {
        "email": known["email"],
        "password": secret,
        "device": known["device"],
    }
    Wallet(find_api()).write(
        Tokens(email=known["email"], **received(client.post("/v1/auth/sign-in", body)))
    )
    print_json(known) if as_json else out.print(f"Signed in as {known['email']}.")


@speaks_plainly
def login(
    email: Email = "",
    with_: Annotated[str, typer.Option("--with", help="google or github.")] = "",
    password_stdin: PasswordStdin = False,
    as_json: AsJson = False,
    lang: Language = "en",
) -> None:
    """Sign in. Later commands act as you until `fragua logout`."""
    client, wallet = anybody(lang), Wallet(find_api())
    kept = wallet.read()
    device = kept.device if kept else ""
    try:
        if with_:
            answer = sign_in_with(with_, client, device)
        else:
            email = email or typer.prompt("Email", err=True)
            secret = ask_password(password_stdin)
            body: SignInWanted = {"email": email, "password": secret, "device": device or None}
            answer = client.post("/v1/auth/sign-in", body)
    except ApiProblem as problem:
        answer = with_second_factor(client, problem, device)
    given = {"refresh_token": "", "email": email, "device": device, **received(answer)}
    wallet.write(Tokens(**given))
    who = me(Client(find_credentials_of(wallet), language=lang))
    print_json(who) if as_json else out.print(f"Signed in as {who['email']}.")


@speaks_plainly
def logout(
    everywhere: Annotated[bool, typer.Option("--everywhere", help="On all devices.")] = False,
) -> None:
    """Sign out here, or everywhere."""
    wallet = Wallet(find_api())
    tokens = wallet.read()
    if tokens is None:
        out.print("Nobody was signed in.")
        return
    client = Client(find_credentials_of(wallet))
    try:
        if everywhere:
            client.post("/v1/auth/sign-out-everywhere")
        else:
            client.post("/v1/auth/sign-out")
    except ApiProblem as problem:
        if problem.body.get("status") != 401:
            raise
    wallet.forget()
    out.print("Signed out everywhere." if everywhere else "Signed out.")


@speaks_plainly
def whoami(as_json: AsJson = False) -> None:
    """Show who commands act as, in which organization and as what."""
    credentials = find_credentials()
    client = Client(credentials)
    organization = client.get("/v1/organization")
    if credentials.api_key:
        found = {"api_key": credentials.api_key.split("_")[1], "organization": organization}
        print_json(found) if as_json else out.print(
            f"API key {found['api_key']} of {organization['name']}"
        )
        return
    who = me(client)
    if as_json:
        print_json({"person": who, "organization": organization})
        return
    out.print(f"{who['name']} <{who['email']}>")
    out.print(f"{organization['name']}, {organization['role']}")


@password_commands.command("forgot")
@speaks_plainly
def forgot(email: Email = "", lang: Language = "en") -> None:
    """Get a letter with a link to choose another password."""
    body: ForgotPassword = {"email": email or typer.prompt("Email", err=True)}
    answer = anybody(lang).post("/v1/auth/password/forgot", body)
    out.print(answer["message"])


@password_commands.command("reset")
@speaks_plainly
def reset(token: str, password_stdin: PasswordStdin = False, lang: Language = "en") -> None:
    """Choose another password with what the letter says."""
    body: PasswordReset = {
        "token": token_in(token),
        "password": ask_password(password_stdin, confirm=True),
    }
    anybody(lang).post("/v1/auth/password/reset", body)
    out.print("Done. You are signed out everywhere; now: `fragua login`")


@password_commands.command("change")
@speaks_plainly
def change() -> None:
    """Choose another password; other sessions end, this one goes on with new tokens."""
    body: PasswordChange = {
        "current_password": typer.prompt("Current password", hide_input=True, err=True),
        "new_password": ask_password(False, confirm=True, what="New password"),
    }
    wallet = Wallet(find_api())
    answer = Client(find_credentials_of(wallet)).post("/v1/auth/password/change", body)
    if kept := wallet.read():
        wallet.write(replace(kept, **received(answer)))
    out.print("Changed.")


@second_factor.command("on")
@speaks_plainly
def second_factor_on() -> None:
    """Set it up: scan or type the secret, then one code."""
    client = Client(find_credentials())
    password = typer.prompt("Password", hide_input=True, err=True)
    begun = client.post("/v1/me/second-factor", {"password": password})
    out.print(f"Add this to your authenticator app:\n  {begun['uri']}\n  secret {begun['secret']}")
    code = typer.prompt("Code it shows", err=True)
    done = client.post("/v1/me/second-factor/confirm", {"code": code})
    out.print("On. Keep these recovery codes somewhere safe; each works once:")
    for recovery_code in done["recovery_codes"]:
        out.print(f"  {recovery_code}")


@second_factor.command("off")
@speaks_plainly
def second_factor_off() -> None:
    """Do without it again."""
    password = typer.prompt("Password", hide_input=True, err=True)
    code = typer.prompt(A_CODE, err=True).strip()
    body: RemovalSent = {"password": password, **proof_of(code)}
    Client(find_credentials()).delete("/v1/me/second-factor", body)
    out.print("Off.")


@sessions.command("list")
@speaks_plainly
def list_sessions(as_json: AsJson = False) -> None:
    """Show where you are signed in."""
    items = Client(find_credentials()).get("/v1/auth/sessions")["items"]
    if as_json:
        print_json(items)
        return
    print_rows(
        ("session", "last used", "from", "program", ""),
        (
            (
                one["id"],
                one["last_used_at"],
                one["ip"],
                one["user_agent"],
                "this one" if one["is_current"] else " ",
            )
            for one in items
        ),
    )


@sessions.command("end")
@speaks_plainly
def end_session(session_id: str) -> None:
    """End one of them."""
    Client(find_credentials()).delete("/v1/auth/sessions/{session_id}", session_id=session_id)
    out.print("Ended.")


def anybody(language: str) -> Client:
    """For what takes no credentials."""
    return Client(Credentials(api_url=find_api()), language=language)


def find_credentials_of(wallet: Wallet) -> Credentials:
    return Credentials(api_url=find_api(), tokens=wallet.read())


def me(client: Client) -> MeShown:
    return client.get("/v1/me")


def ask_password(from_stdin: bool, *, confirm: bool = False, what: str = "Password") -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    answer: str = typer.prompt(what, hide_input=True, confirmation_prompt=confirm, err=True)
    return answer


def token_in(text: str) -> str:
    """People paste the link as often as the token."""
    return text.rpartition("token=")[2].partition("&")[0].strip()


def with_second_factor(client: Client, problem: ApiProblem, device: str) -> SignedInShown:
    if not str(problem.body.get("type", "")).endswith(":second-factor-required"):
        raise problem
    code = typer.prompt(A_CODE, err=True).strip()
    challenge = str(problem.body["challenge"])
    body: SecondFactorSent = {"challenge": challenge, "device": device or None, **proof_of(code)}
    return client.post("/v1/auth/sign-in/second-factor", body)


def proof_of(code: str) -> ProofSent:
    """Authenticator apps show six digits, some with a gap; recovery codes are longer."""
    if len(code.replace(" ", "")) <= CODE_CHARACTERS:
        return {"code": code}
    return {"recovery_code": code}
