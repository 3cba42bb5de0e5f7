"""The end of a run, as people hear of it: what came of it, where it runs, the first credentials.

In: a generation that was started. Out: a sentence or one JSON object; exit code 1 when it did not succeed. Callers:
`generate`, `demo`, `discover`. The surprise: credentials are given out once, so whoever followed the run gets them.
"""

from __future__ import annotations

import json
import time
from typing import Any, Final

import typer

from cli.api_types import Failure, GenerationShown
from cli.client import ApiProblem, Client
from cli.language import told
from cli.speaking import errors
from cli.watch import follow

CREDENTIALS: Final = "/v1/generations/{generation_id}/credentials"


def finish(client: Client, generation: GenerationShown, *, as_json: bool, began: float) -> None:
    closed = follow(client, generation["id"], console=errors)
    answer: dict[str, Any] = {
        "status": closed["status"],
        "url": closed.get("url"),
        **_first_credentials(client, closed),
        "app_id": closed["app_id"],
        "generation_id": closed["id"],
        "seconds": round(time.monotonic() - began, 1),
    }
    if closed["status"] != "succeeded":
        failure = closed["failure"] or Failure(stage="", error=None, reason="")
        answer["failure"] = closed["failure"] or {}
        if closed["status"] == "cancelled" and not failure["reason"]:
            errors.print(told("\nStopped before it was finished."), style="yellow")
        else:
            said = f"\n{told('failed')} {failure['stage']}: {failure['reason']}"
            errors.print(said, style="red")
        if closed["can_be_resumed"]:
            errors.print(told("Go on from there: `fragua resume {id}`", id=closed["id"]))
    else:
        _welcome(answer)
    if as_json:
        print(json.dumps(answer, ensure_ascii=False))
    if closed["status"] != "succeeded":
        raise typer.Exit(1)


def _first_credentials(client: Client, closed: GenerationShown) -> dict[str, Any]:
    """Given out once; a later version, or a second look, has none."""
    nothing = {"username": None, "password": None}
    if closed["status"] != "succeeded":
        return nothing
    try:
        given = client.post(CREDENTIALS, generation_id=closed["id"])
    except ApiProblem as problem:
        errors.print(str(problem), style="dim")
        return nothing
    return {"username": given["username"], "password": given["password"]}


def _welcome(answer: dict[str, Any]) -> None:
    errors.print(told("\nYour app runs: {url}", url=answer["url"]), style="bold green")
    if answer["password"]:
        errors.print(told("  sign in with  {username}", username=answer["username"]))
        text = "  password      {password}   (shown once; you will choose your own)"
        errors.print(told(text, password=answer["password"]))
