"""Questions to whoever types: on standard error, so that answers can go into pipes; passwords are never shown.

In: a question. Out: the answer. Callers: commands. The surprise: passwords may also come as the first line of standard
input (`--password-stdin`), and never as an argument, which other people of the computer could read.
"""

from __future__ import annotations

import sys
import warnings
from getpass import GetPassWarning
from typing import Annotated, Final

import typer

from cli.api_types import ProofSent
from cli.language import told

PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]
Code = Annotated[str, typer.Option("--code", help="Of your authenticator app, or a recovery code; asked for when left out.")]  # fmt: skip
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
TAKES_TOKEN: Final = {"ignore_unknown_options": True}
"""A token may begin with a dash, and is no option for that."""

SO_BE_IT: Final = ("y", "yes", "s", "si", "sí")
A_CODE: Final = "Code from your authenticator app (or a recovery code)"
CODE_CHARACTERS: Final = 6


def ask(question: str) -> str:
    answer: str = typer.prompt(told(question), err=True)
    return answer.strip()


def ask_password(from_stdin: bool = False, *, confirm: bool = False, what: str = "Password") -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    with warnings.catch_warnings():
        # Without a terminal there is nobody to see an echo.
        warnings.simplefilter("ignore", GetPassWarning)
        answer: str = typer.prompt(
            told(what),
            hide_input=True,
            confirmation_prompt=told("The same again") if confirm else False,
            err=True,
        )
    return answer


def sure(question: str, yes: bool) -> None:
    """Nothing said is no; `s` and `sí` are as good as `y`, whichever language asks."""
    if yes:
        return
    text = f"{told(question)} {told('[y/N]')}"
    answer: str = typer.prompt(text, default="", show_default=False, err=True)
    if answer.strip().lower() not in SO_BE_IT:
        typer.echo(told("Stopped."), err=True)
        raise typer.Exit(1)


def token_in(text: str) -> str:
    """People paste the link as often as the token."""
    return text.rpartition("token=")[2].partition("&")[0].strip()


def proof_of(code: str) -> ProofSent:
    """Authenticator apps show six digits, some with a gap; recovery codes are longer."""
    if len(code.replace(" ", "")) <= CODE_CHARACTERS:
        return {"code": code}
    return {"recovery_code": code}
