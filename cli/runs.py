"""Commands about a run that is there already: go on with one that stopped, show what proves its requirements.

In: a generation. Out: the end of the new run; a table or JSON. Callers: `main.py`. The surprise: resuming makes a new
generation, because a closed one never changes.
"""

from __future__ import annotations

import time
from typing import Annotated, Any, Final

import typer

from cli.api_types import RequirementTraced
from cli.finishing import finish
from cli.language import told
from cli.organizations import client, new_key
from cli.speaking import AsJson, errors, out, print_json, print_rows, speaks_plainly

GenerationId = Annotated[str, typer.Argument(metavar="GENERATION")]
Everything = Annotated[bool, typer.Option("--all", help="Those that are proved as well.")]
PROOFS: Final = {
    "tests": "tests",
    "checks": "checks",
    "in_words": "in words only",
    "none": "not proved",
}


def register(app: typer.Typer) -> None:
    app.command()(resume)
    app.command()(trace)


@speaks_plainly
def resume(
    generation_id: GenerationId,
    wait: Annotated[bool, typer.Option(help="Follow the run until it is closed.")] = True,
    as_json: AsJson = False,
) -> None:
    """Go on where a run stopped; what it had finished is not asked of a model again."""
    began, api = time.monotonic(), client()
    generation = api.post(
        "/v1/generations/{generation_id}/resume",
        {},
        generation_id=generation_id,
        idempotency_key=new_key(),
    )
    errors.print(f"generation {generation['id']}", style="dim")
    if not wait:
        print_json(generation) if as_json else out.print(generation["id"])
        return
    finish(api, generation, as_json=as_json, began=began)


@speaks_plainly
def trace(
    generation_id: GenerationId, everything: Everything = False, as_json: AsJson = False
) -> None:
    """Show what proves each requirement, and name those that nothing proves."""
    found = client().get("/v1/generations/{generation_id}/trace", generation_id=generation_id)
    if as_json:
        print_json(found)
        return
    counts = found["counts"]
    text = "{requirements} requirements: {by_tests} proved by tests, {by_checks} by checks, {in_words} in words only, {unproved} not proved"
    out.print(told(text, **counts))
    wanted = [
        each for each in found["requirements"] if everything or each["id"] in found["unproved"]
    ]
    if wanted:
        print_rows(("", "proof", "where", "requirement"), [_row(each) for each in wanted])


def _row(line: RequirementTraced) -> tuple[Any, ...]:
    where = line["rule"] or line["entity"] or ""
    return line["id"], told(PROOFS[line["proof"]]), where, line["text"]
