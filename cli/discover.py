"""From a conversation to a running app: `fragua discover`, and the list of conversations.

In: a brief, a blueprint, or a conversation to go on with. Out: the talk on standard error; on standard output what came of
it. Callers: `main.py`. The surprise: stopping loses nothing; the last line says how to go on.
"""

from __future__ import annotations

import time
import uuid
from typing import Annotated

import typer

from cli.api_types import Approved, DiscoveryBegun, DiscoveryShown
from cli.client import Client
from cli.finishing import finish
from cli.language import told
from cli.organizations import client
from cli.speaking import AsJson, errors, moment, out, print_json, print_rows, speaks_plainly
from cli.talking import Talk, say_how


def register(app: typer.Typer) -> None:
    app.command()(discover)
    app.command()(discoveries)


@speaks_plainly
def discover(  # noqa: PLR0917 (typer reads options from the signature)
    brief: Annotated[str, typer.Argument(help="What the business does, in your own words; asked for when left out.")] = "",
    blueprint: Annotated[str, typer.Option(help="Start from this one: `fragua blueprints`.")] = "",
    industry: Annotated[str, typer.Option(help="Lay this industry over it: `fragua overlays`.")] = "",
    go_on: Annotated[str, typer.Option("--continue", metavar="DISCOVERY", help="Go on with this one: `fragua discoveries`.")] = "",
    offline: Annotated[bool, typer.Option("--offline", help="Ask by rules alone, even where there is a model.")] = False,
    wait: Annotated[bool, typer.Option(help="Follow the run until it is closed.")] = True,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Talk about a business until there is an app: answer, approve, use it."""
    api, began = client(), time.monotonic()
    discovery_id = go_on or _begun(api, brief, blueprint, industry, offline=offline)["id"]
    say_how()
    talk = Talk(api, discovery_id)
    made = talk.run()
    if made is None:
        _stopped(talk.read(), as_json=as_json)
        return
    _built(api, made, wait=wait, as_json=as_json, began=began)


@speaks_plainly
def discoveries(as_json: AsJson = False) -> None:
    """List your conversations, the newest first."""
    items = list(client().pages("/v1/discoveries"))
    if as_json:
        print_json(items)
        return
    print_rows(
        ("conversation", "status", "about", "last change (UTC)"),
        [(one["id"], one["status"], one["title"], moment(one["updated_at"])) for one in items],
        nothing="No conversations yet. `fragua discover` begins one.",
    )


def _begun(
    api: Client, brief: str, blueprint: str, industry: str, *, offline: bool
) -> DiscoveryShown:
    sent: DiscoveryBegun = {}
    if brief:
        sent["brief"] = brief
    if blueprint:
        sent["blueprint"] = blueprint
    if industry:
        sent["industry"] = industry
    if offline:
        sent["engine"] = "offline"
    return api.post("/v1/discoveries", sent, idempotency_key=str(uuid.uuid4()))


def _stopped(discovery: DiscoveryShown, *, as_json: bool) -> None:
    if as_json:
        print_json(discovery)
        return
    errors.print(told("\nNothing is lost. Go on with: fragua discover --continue {id}", id=discovery["id"]), style="dim")  # fmt: skip


def _built(api: Client, made: Approved, *, wait: bool, as_json: bool, began: float) -> None:
    generation = made["generation"]
    assert generation is not None  # a start was asked for
    errors.print(f"app {made['app']['id']}\ngeneration {generation['id']}", style="dim")
    if not wait:
        print_json(made) if as_json else out.print(generation["id"])
        return
    finish(api, generation, as_json=as_json, began=began)
