"""Commands about what to start from: blueprints and industry overlays.

In: a key, an industry. Out: tables, an MVS file as YAML, or JSON. Callers: `main.py`. The surprise: the MVS goes to standard
output alone, so that `fragua blueprints bookings > my.yaml` is a file `fragua generate` takes.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer
import yaml

from cli.language import language
from cli.organizations import client
from cli.speaking import AsJson, print_json, print_rows, speaks_plainly


def register(app: typer.Typer) -> None:
    app.command()(blueprints)
    app.command()(overlays)


@speaks_plainly
def blueprints(
    key: Annotated[str, typer.Argument(help="Show the MVS of this one.")] = "",
    industry: Annotated[str, typer.Option(help="Lay this industry over it.")] = "",
    name: Annotated[str, typer.Option(help="What the app will be called.")] = "",
    as_json: AsJson = False,
) -> None:
    """List kinds of business to start from, or show the MVS of one."""
    if key:
        show(key, industry, name, as_json=as_json)
        return
    items = client().get("/v1/blueprints", locale=language())["items"]
    if as_json:
        print_json(items)
        return
    rows = [(one["key"], one["name"], ", ".join(one["entities"])) for one in items]
    print_rows(("blueprint", "name", "keeps track of"), rows)


def show(key: str, industry: str, name: str, *, as_json: bool) -> None:
    wanted: Any = {"industry": industry, "name": name, "locale": language()}
    given = {member: value for member, value in wanted.items() if value}
    found = client().get("/v1/blueprints/{key}", key=key, **given)
    if as_json:
        print_json(found)
        return
    text = yaml.safe_dump(found["mvs"], allow_unicode=True, sort_keys=False, width=120)
    print(text, end="")


@speaks_plainly
def overlays(as_json: AsJson = False) -> None:
    """List industries: what each adds to a blueprint."""
    items = client().get("/v1/industry-overlays", locale=language())["items"]
    if as_json:
        print_json(items)
        return
    rows = [
        (one["industry"], one["name"], ", ".join([*one["adds"], *one["roles"]])) for one in items
    ]
    print_rows(("industry", "name", "adds"), rows)
