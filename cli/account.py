"""Commands about oneself: sign up, sign in and out, who am I.

In: what a person types; passwords are asked for, or read from standard input, never taken as an argument. Out: tokens in
the wallet. Callers: `main.py`. The surprise: `login` with Google or GitHub listens on a loopback port for as long as the
browser takes.
"""

from __future__ import annotations

import os
import uuid
from typing import Annotated, Any, Literal

import typer

from cli.api_types import (
    MeShown,
    OrganizationShown,
    SecondFactorSent,
    SignedInShown,
    SignInWanted,
    SignUpWanted,
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
from cli.browser_sign_in import sign_in_with
from cli.client import (
    ApiProblem,
    Client,
    Credentials,
    find_api,
    find_credentials,
    kept_credentials,
)
from cli.language import language, told
from cli.signed_in import Tokens, Wallet, received
from cli.speaking import AsJson, errors, out, print_json, say, speaks_plainly

Email = Annotated[str, typer.Option("--email", help="Your address; asked for when left out.")]
Provider = Annotated[Literal["google", "github"] | None, typer.Option("--with", help="Sign in there, in the browser.")]  # fmt: skip


def register(app: typer.Typer) -> None:
    app.command("sign-up")(sign_up)
    app.command(context_settings=TAKES_TOKEN)(verify)
    app.command()(login)
    app.command()(logout)
    app.command()(whoami)


@speaks_plainly
def sign_up(
    *,
    email: Email = "",
    name: Annotated[str, typer.Option(help="Your name; asked for when left out.")] = "",
    organization: Annotated[
        str, typer.Option(help="Your organization's name; asked for when left out.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Make an account and an organization. A letter with a link follows."""
    body: SignUpWanted = {
        "email": email or ask("Email"),
        "name": name or ask("Your name"),
        "organization": organization or ask("Your organization"),
        "locale": language(),
    }
    answer = anybody().post("/v1/auth/sign-up", body, idempotency_key=str(uuid.uuid4()))
    print_json(answer) if as_json else out.print(answer["message"])
    errors.print(told("Then: `fragua verify TOKEN`"))
    if kept_credentials().get("mailbox_url"):
        errors.print(told("On this laptop `fragua outbox` shows the letter."))


@speaks_plainly
def verify(
    token: Annotated[str, typer.Argument(help="From the letter, or the link itself.")],
    password_stdin: PasswordStdin = False,
    as_json: AsJson = False,
) -> None:
    """Open an account with what the letter says, and choose a password; then you are signed in."""
    client, secret = anybody(), ask_password(password_stdin, confirm=True)
    known = client.post("/v1/auth/email/verify", {"token": token_in(token), "password": secret})
    sign_in(client, known["email"], secret, known["device"])
    shown = {**known, "device": None}
    say(as_json, shown, "Signed in as {email}.", email=known["email"])


@speaks_plainly
def login(
    email: Email = "",
    with_: Provider = None,
    password_stdin: PasswordStdin = False,
    code: Code = "",
    as_json: AsJson = False,
) -> None:
    """Sign in. Later commands act as you until `fragua logout`."""
    client, kept = anybody(), Wallet(find_api()).read()
    device = kept.device if kept else ""
    if with_:
        enter(client, lambda: sign_in_with(with_, client, device), "", device, code)
    else:
        email = email or ask("Email")
        sign_in(client, email, ask_password(password_stdin), device, code)
    who = me(Client(find_credentials_of(Wallet(find_api()))))
    say(as_json, who, "Signed in as {email}.", email=who["email"])
    if os.environ.get("FRAGUA_API_KEY"):
        errors.print(told("FRAGUA_API_KEY is set and comes first: unset it to act as yourself."))


@speaks_plainly
def logout(
    everywhere: Annotated[bool, typer.Option("--everywhere", help="On all devices.")] = False,
    as_json: AsJson = False,
) -> None:
    """Sign out here, or everywhere."""
    wallet = Wallet(find_api())
    if wallet.read() is None:
        say(as_json, {"signed_out": False}, "Nobody was signed in.")
        return
    try:
        end_session(wallet, everywhere)
    finally:
        wallet.forget()  # whatever the API answers: nobody is signed in here any more
    say(as_json, {"signed_out": True}, "Signed out everywhere." if everywhere else "Signed out.")
    if kept_credentials().get("api_key"):
        errors.print(told("Commands act with the key that `make up` left."), style="dim")


@speaks_plainly
def whoami(as_json: AsJson = False) -> None:
    """Show who commands act as, in which organization and as what."""
    credentials = find_credentials()
    client = Client(credentials)
    if credentials.api_key:
        organization = client.get("/v1/organization")
        found = {"api_key": credentials.api_key.split("_")[1], "organization": organization}
        text = "API key {key} of {name}, as {role}"
        names = {"name": organization["name"], "role": organization["role"]}
        say(as_json, found, text, key=found["api_key"], **names)
        return
    who = me(client)
    theirs = client.get("/v1/organization") if who["organization_id"] else None
    if as_json:
        print_json({"person": who, "organization": theirs})
    else:
        show_person(who, theirs)


def show_person(who: MeShown, theirs: OrganizationShown | None) -> None:
    factor = "second factor on" if who["has_second_factor"] else "second factor off"
    out.print(f"{who['name']} <{who['email']}>, {told(factor)}")
    if theirs:
        out.print(f"{theirs['name']}, {theirs['role']}")
    else:
        out.print(told("In no organization: `fragua orgs list`, `fragua orgs create NAME`"))


def sign_in(client: Client, email: str, secret: str, device: str, code: str = "") -> None:
    body: SignInWanted = {"email": email, "password": secret, "device": device or None}
    enter(client, lambda: client.post("/v1/auth/sign-in", body), email, device, code)


def enter(client: Client, first_step: Any, email: str, device: str, code: str) -> None:
    """Both steps of a sign-in, where there are two; the session that was kept here ends."""
    try:
        answer = first_step()
    except ApiProblem as problem:
        answer = with_second_factor(client, problem, device, code)
    wallet = Wallet(find_api())
    if wallet.read():
        end_session(wallet)
    given = {"refresh_token": "", "email": email, "device": device, **received(answer)}
    wallet.write(Tokens(**given))


def with_second_factor(
    client: Client, problem: ApiProblem, device: str, code: str
) -> SignedInShown:
    if not str(problem.body.get("type", "")).endswith(":second-factor-required"):
        raise problem
    challenge = str(problem.body["challenge"])
    proof = proof_of(code.strip() or ask(A_CODE))
    body: SecondFactorSent = {"challenge": challenge, "device": device or None, **proof}
    return client.post("/v1/auth/sign-in/second-factor", body)


def end_session(wallet: Wallet, everywhere: bool = False) -> None:
    """One that is over already is no fault."""
    client = Client(find_credentials_of(wallet))
    try:
        if everywhere:
            client.post("/v1/auth/sign-out-everywhere")
        else:
            client.post("/v1/auth/sign-out")
    except ApiProblem as problem:
        if problem.body.get("status") != 401:
            raise


def anybody() -> Client:
    """For what takes no credentials."""
    return Client(Credentials(api_url=find_api()))


def find_credentials_of(wallet: Wallet) -> Credentials:
    return Credentials(api_url=find_api(), tokens=wallet.read())


def me(client: Client) -> MeShown:
    return client.get("/v1/me")
