"""The commands. Answers go to standard output, everything else to standard error; `--json` makes answers JSON.

Exit codes: 0 done, 1 refused or failed, 2 wrong usage.
"""

from __future__ import annotations

import json
import time
import uuid
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from cli import (
    account,
    billing,
    billing_sync,
    billing_usage,
    catalogue,
    discover,
    keys,
    money,
    organizations,
    outbox,
    people,
    runs,
    safety,
    spreadsheets,
)
from cli.api_types import AppShown, GenerationShown, GenerationWanted, Verdict
from cli.client import ApiProblem, Client, find_credentials, own_version
from cli.finishing import finish
from cli.language import speak, told
from cli.mvs_file import load_mvs_file
from cli.speaking import AsJson, Lang, errors, out, print_json, print_rows, speaks_plainly
from cli.watch import follow

app = typer.Typer(
    help="Describe a business, get a running multi-tenant app that you own.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

GENERATION: Final = "/v1/generations/{generation_id}"


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"fragua {own_version()}")
        raise typer.Exit


@app.callback()
def begin(
    lang: Lang = None,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_say_version, is_eager=True, help="Say it, and exit."),
    ] = False,
) -> None:
    """Describe a business, get a running multi-tenant app that you own."""
    speak(lang)


MvsFile = Annotated[Path, typer.Argument(help="An MVS as YAML or JSON.", metavar="FILE")]
Budget = Annotated[
    float | None,
    typer.Option(metavar="DOLLARS", min=0.25, help="The most that models may cost it."),
]
GenerationId = Annotated[str, typer.Argument(metavar="GENERATION")]


@app.command()
@speaks_plainly
def validate(file: MvsFile, as_json: AsJson = False) -> None:
    """Check an MVS: every fault with its path and cure, and how complete it is."""
    verdict = _client().post("/v1/mvs/validate", {"mvs": load_mvs_file(file)})
    if as_json:
        print_json(verdict)
    else:
        _show_verdict(verdict)
    if not verdict["valid"]:
        raise typer.Exit(1)


@app.command()
@speaks_plainly
def generate(
    file: MvsFile,
    app_id: Annotated[str, typer.Option("--app", help="A new version of this app.")] = "",
    budget: Budget = None,
    wait: Annotated[bool, typer.Option(help="Follow the run until it is closed.")] = True,
    as_json: AsJson = False,
) -> None:
    """Turn an MVS into a running app."""
    client = _client()
    mvs = load_mvs_file(file)
    generation = _start(client, mvs, app_id, budget)
    if not wait:
        print_json(generation) if as_json else out.print(generation["id"])
        return
    finish(client, generation, as_json=as_json, began=time.monotonic())


@app.command()
@speaks_plainly
def demo(file: MvsFile) -> None:
    """Run the main job with an example; the last line of the output is one JSON object."""
    began = time.monotonic()
    try:
        client = _client()
        generation = _start(client, load_mvs_file(file), "")
    except Exception as error:
        print(json.dumps({"status": "refused", "detail": str(error)}, ensure_ascii=False))
        raise
    finish(client, generation, as_json=True, began=began)


@app.command()
@speaks_plainly
def status(
    generation_id: GenerationId, as_json: AsJson = False, follow_it: Annotated[
        bool, typer.Option("--follow", help="Stay until it is closed.")
    ] = False,
) -> None:  # fmt: skip
    """Show a generation: where it is, or why it ended."""
    client = _client()
    generation = (
        follow(client, generation_id, console=errors)
        if follow_it
        else client.get(GENERATION, generation_id=generation_id)
    )
    if as_json:
        print_json(generation)
        return
    out.print(told("{status}  app {app_id}  version {version}", **generation))
    if failure := generation["failure"]:
        out.print(told("failed in {stage}: {reason} ({error})", **failure))
    if generation.get("url"):
        out.print(generation["url"])


@app.command()
@speaks_plainly
def apps(as_json: AsJson = False) -> None:
    """List your apps."""
    items = list(_client().pages("/v1/apps"))
    if as_json:
        print_json(items)
        return
    print_rows(
        ("app", "name", "url"),
        [(item["id"], item["name"], item["url"]) for item in items],
        nothing="No apps yet. `fragua generate examples/clinica-dental.yaml` makes the first.",
    )


@app.command()
@speaks_plainly
def cancel(generation_id: GenerationId, as_json: AsJson = False) -> None:
    """Stop a generation; its place in the quota is given back unless models were paid for."""
    generation = _client().post(
        "/v1/generations/{generation_id}/cancel", generation_id=generation_id
    )
    if as_json:
        print_json(generation)
        return
    out.print(generation["status"])
    if generation["is_charged"]:
        out.print(
            told(
                "Models were paid for, so it counts against the plan. Going on from it does not: `fragua resume {id}`",
                id=generation_id,
            )
        )


@app.command("open")
@speaks_plainly
def open_app(
    what: Annotated[str, typer.Argument(metavar="FILE-OR-ID", help="An app, a generation, or the MVS file it came from.")],
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Open an app in the browser."""
    url = _address(_client(), what)
    if as_json:
        print_json({"url": url})
        return
    out.print(url)
    webbrowser.open(url)


for commands in (
    account,
    people,
    organizations,
    safety,
    keys,
    money,
    billing,
    billing_sync,
    billing_usage,
    runs,
    catalogue,
    discover,
    spreadsheets,
    outbox,
):
    commands.register(app)


def _client() -> Client:
    return Client(find_credentials())


KEPT: Final = "The app is kept; once it may begin: `fragua generate FILE --app {app_id}`"


def _start(client: Client, mvs: Any, app_id: str, budget: float | None = None) -> GenerationShown:
    """Creates the app, or gives an existing one the new MVS, then starts a generation."""
    if app_id:
        client.put("/v1/apps/{app_id}/mvs", {"mvs": mvs}, app_id=app_id)
    else:
        app_id = client.post("/v1/apps", {"mvs": mvs}, idempotency_key=str(uuid.uuid4()))["id"]
    wanted: GenerationWanted = (
        {} if budget is None else {"budget_microdollars": round(budget * 1_000_000)}
    )
    try:
        started = client.post(
            "/v1/apps/{app_id}/generations",
            wanted,
            app_id=app_id,
            idempotency_key=str(uuid.uuid4()),
        )
    except ApiProblem:
        errors.print(told(KEPT, app_id=app_id), style="dim")
        raise
    errors.print(f"app {app_id}\ngeneration {started['id']}", style="dim")
    return started


def _address(client: Client, what: str) -> str:
    path = Path(what)
    if path.is_file():
        name = load_mvs_file(path).get("name")
        found = [item for item in client.pages("/v1/apps") if item["name"] == name and item["url"]]
        if found:
            return str(found[0]["url"])
        raise ApiProblem(
            {
                "title": "Not running",
                "detail": told("No running app is called {name!r}.", name=name),
            }
        )
    readers: tuple[Callable[[], AppShown | GenerationShown], ...] = (
        lambda: client.get("/v1/apps/{app_id}", app_id=what),
        lambda: client.get(GENERATION, generation_id=what),
    )
    for read in readers:
        try:
            url = read()["url"]
        except ApiProblem as problem:
            if problem.body.get("status") != 404:
                raise
            continue
        if url:
            return str(url)
    raise ApiProblem(
        {"title": "Not running", "detail": told("Nothing with id {what!r} has a URL.", what=what)}
    )


def _show_verdict(verdict: Verdict) -> None:
    for fault in verdict["errors"]:
        out.print(f"✗ {fault['path']}: {fault['message']}", style="red")
        out.print(f"    {fault['cure']}", style="dim")
    if score := verdict["completeness"]:
        out.print(told("✓ valid, {score} of 100 (ready from {threshold})", **score), style="green")
        for missing in score["missing"]:
            out.print(f"  ? {missing['question']}")
