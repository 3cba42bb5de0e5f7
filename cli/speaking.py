"""How commands speak: answers to standard output, everything else to standard error, faults in a few plain lines.

In: what a command found or ran into. Out: text, or one JSON document with `--json`; exit codes 0, 1, 2. Callers: all
commands. The surprise: a refusal with `--json` prints the API's problem document as it came.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Annotated, Any, Literal, NoReturn, ParamSpec

import typer
from rich.console import Console
from rich.table import Table

from cli.client import ApiProblem, NotConfigured
from cli.mvs_file import UnreadableMvsFile

errors = Console(stderr=True, highlight=False, soft_wrap=True)
out = Console(highlight=False, soft_wrap=True)

AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]
Language = Annotated[Literal["en", "es"], typer.Option("--lang", help="Language of messages.")]

P = ParamSpec("P")


def speaks_plainly(command: Callable[P, None]) -> Callable[P, None]:
    """Turns what can go wrong into a few clear lines, or a problem document with `--json`."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        as_json = bool(kwargs.get("as_json"))
        try:
            command(*args, **kwargs)
        except ApiProblem as problem:
            _stop(problem.body, as_json)
        except UnreadableMvsFile as unreadable:
            _stop(unreadable.as_problem(str(kwargs.get("lang", "en"))), as_json)
        except NotConfigured as error:
            _stop({"title": "Not configured", "detail": str(error)}, as_json)
        except KeyboardInterrupt:
            follows = command.__name__ in ("demo", "generate", "status")
            goes_on = " watching; the generation goes on. `fragua status` shows it."
            errors.print("Stopped" + (goes_on if follows else "."))
            raise typer.Exit(130) from None

    return run


def print_json(body: object) -> None:
    print(json.dumps(body, ensure_ascii=False, indent=2))


def _stop(body: dict[str, Any], as_json: bool) -> NoReturn:
    if as_json:
        print_json(body)
    errors.print(f"{body.get('title', 'Refused')}: {body.get('detail', '')}", style="red")
    for fault in body.get("errors", []):
        errors.print(f"  {fault['path']}: {fault['message']}")
        errors.print(f"    {fault['cure']}", style="dim")
    raise typer.Exit(1)


def print_rows(columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    table = Table(*columns, box=None)
    for row in rows:
        table.add_row(*("–" if cell in (None, "") else str(cell) for cell in row))
    out.print(table)
