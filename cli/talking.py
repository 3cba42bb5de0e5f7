"""A conversation in the terminal: what is typed goes to the API, what comes back is shown as it grows.

In: a client, a discovery. Out: what an approval made, or None when somebody stops for now. Callers: `discover.py`. The
surprise: nothing is kept here; whoever leaves in the middle goes on days later with `--continue`.
"""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Final

import typer
import yaml
from rich.live import Live
from rich.text import Text

from cli.api_types import Approval, Approved, DiscoveryShown, TurnShown
from cli.client import ApiProblem, Client
from cli.language import told
from cli.outline import differences, outline, score_line
from cli.speaking import errors

HERE: Final = "/v1/discoveries/{discovery_id}"
TURNS: Final = "/v1/discoveries/{discovery_id}/turns"
TURN: Final = "/v1/discoveries/{discovery_id}/turns/{number}"
RETRY: Final = "/v1/discoveries/{discovery_id}/turns/{number}/retry"
MESSAGES: Final = "/v1/discoveries/{discovery_id}/messages"
UNDO: Final = "/v1/discoveries/{discovery_id}/undo"
APPROVE: Final = "/v1/discoveries/{discovery_id}/approve"
POLL_S = 0.4
POLL_S_MAX = 1.2
SLOWER_BY = 1.05
"""A hundred reads a minute are the organization's, and others look too."""
TURNS_SHOWN: Final = 100
APPROVING: Final = frozenset({"approve", "approve it", "build it", "aprobar", "apruebo", "apruébalo", "apruébala", "constrúyela", "constrúyelo", "aprobado"})  # fmt: skip
HELP: Final = "/mvs shows what will be built, /undo takes the last change back, /save FILE writes it down, /approve builds it, /quit stops for now."


class Talk:
    def __init__(self, client: Client, discovery_id: str) -> None:
        self._client, self._id = client, discovery_id
        self._seen = 0
        self._commands: dict[str, Callable[[str], Approved | None]] = {
            "/mvs": self._show,
            "/undo": self._undo, "/deshacer": self._undo,
            "/save": self._save, "/guardar": self._save,
            "/approve": self._approve, "/aprobar": self._approve,
            "/help": self._help, "/ayuda": self._help,
        }  # fmt: skip

    def run(self) -> Approved | None:
        """None when they stop, or when nothing more is typed."""
        self._catch_up()
        while (line := _typed()) is not None:
            try:
                if made := self._take(line):
                    return made
            except ApiProblem as problem:
                errors.print(Text(str(problem), style="red"))
        return None

    def read(self) -> DiscoveryShown:
        return self._client.get(HERE, discovery_id=self._id)

    def _take(self, line: str) -> Approved | None:
        word, _, rest = line.partition(" ")
        if word in self._commands:
            return self._commands[word](rest.strip())
        if line.lower().strip(" .!") in APPROVING:
            return self._approve("")
        if line.startswith("/") or not line:
            say_how()
            return None
        self._answered(
            self._client.post(
                MESSAGES,
                {"text": line},
                discovery_id=self._id,
                idempotency_key=str(uuid.uuid4()),
            )
        )
        return None

    def _catch_up(self) -> None:
        """What was said before somebody sat down here; of a long conversation, the end."""
        turns = self._client.get(TURNS, discovery_id=self._id, limit=TURNS_SHOWN)["items"]
        for turn in turns[-2:-1]:
            errors.print(Text(turn["reply"], style="dim"))
        for turn in turns[-1:]:
            self._answered(turn)

    def _answered(self, turn: TurnShown) -> None:
        turn = self._awaited(turn)
        while turn["status"] == "failed":
            errors.print(Text(turn["failure"]["reason"] if turn["failure"] else "", style="red"))
            if not typer.confirm(told("Try again?"), default=True, err=True):
                return
            turn = self._awaited(
                self._client.post(RETRY, discovery_id=self._id, number=str(turn["number"]))
            )
        errors.print()
        for line in differences(turn):
            errors.print(line)
        if turn["diff"]:
            errors.print(score_line(self.read()["completeness"]))
            errors.print()
        errors.print(Text(turn["reply"]))

    def _awaited(self, turn: TurnShown) -> TurnShown:
        """A model's words are shown while they are written, where there is a terminal to show them on."""
        if turn["status"] != "running":
            return turn
        pause = POLL_S
        with Live(Text("…"), console=errors, transient=True, auto_refresh=False) as live:
            while turn["status"] == "running":
                time.sleep(pause)
                pause = min(POLL_S_MAX, pause * SLOWER_BY)
                turn = self._client.get(TURN, discovery_id=self._id, number=str(turn["number"]))
                if errors.is_terminal:
                    live.update(Text(turn["partial"] or "…"), refresh=True)
        return turn

    def _show(self, _: str) -> None:
        shown = self.read()
        for line in outline(shown["mvs"]) if shown["mvs"] else ():
            errors.print(line)
        errors.print(score_line(shown["completeness"]))
        for missing in shown["completeness"]["missing"] if shown["completeness"] else ():
            errors.print(Text(f"  ? {missing['question']}", style="dim"))

    def _undo(self, _: str) -> None:
        self._answered(self._client.post(UNDO, discovery_id=self._id))

    def _save(self, name: str) -> None:
        mvs = self.read()["mvs"]
        if not name or mvs is None:
            self._help("")
            return
        try:
            text = yaml.safe_dump(mvs, allow_unicode=True, sort_keys=False, width=120)
            Path(name).write_text(text, encoding="utf-8")
        except OSError as error:
            errors.print(Text(f"{name}: {error.strerror}", style="red"))
            return
        errors.print(told("Written to {name}.", name=name), style="dim")

    def _help(self, _: str) -> None:
        say_how()

    def _approve(self, _: str) -> Approved | None:
        version = self.read()["mvs_version"]
        try:
            return self._approved(version, anyway=False)
        except ApiProblem as problem:
            missing = problem.body.get("missing")
            if not missing:
                raise
            errors.print(Text(str(problem), style="yellow"))
            for one in missing:
                errors.print(Text(f"  ? {one['question']}", style="dim"))
            if typer.confirm(told("Build it anyway?"), default=False, err=True):
                return self._approved(version, anyway=True)
        return None

    def _approved(self, version: int, *, anyway: bool) -> Approved:
        sent: Approval = {"version": version, "anyway": anyway}
        return self._client.post(APPROVE, sent, discovery_id=self._id)


def say_how() -> None:
    errors.print(told(HELP), style="dim")


def _typed() -> str | None:
    """None at the end: /quit, or nothing more comes."""
    try:
        line: str = typer.prompt("\n›", default="", show_default=False, prompt_suffix=" ", err=True)
    except typer.Abort:
        if sys.stdin.isatty():
            errors.print()
        return None
    return None if line.strip() in ("/quit", "/salir", "/exit") else line.strip()
