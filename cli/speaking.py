"""How commands speak: answers to standard output, everything else to standard error, faults in a few plain lines.

In: what a command found or ran into. Out: text, or one JSON document with `--json`; exit codes 0, 1, 2. Callers: all
commands. The surprise: every command gets `--lang` here, without having it in its signature; a refusal with `--json`
prints the API's problem document as it came.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Annotated, Any, NoReturn, ParamSpec

import typer
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from cli.client import ApiProblem, NotConfigured
from cli.hints import hint
from cli.language import Language, language, speak, told
from cli.mvs_file import UnreadableMvsFile
from cli.refusals import said

UNTYPED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What a terminal obeys instead of showing it. Some of what is shown here was written by others, or by a model."""


class Speaker(Console):
    """Shows every text as a text."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield (
                segment
                if segment.control
                else segment._replace(text=UNTYPED.sub("\ufffd", segment.text))
            )


errors = Speaker(stderr=True, highlight=False, soft_wrap=True, markup=False)
out = Speaker(highlight=False, soft_wrap=True, markup=False)

AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]
Lang = Annotated[Language | None, typer.Option("--lang", help="Language of messages and letters; otherwise FRAGUA_LANG or the terminal's.")]  # fmt: skip

P = ParamSpec("P")


def speaks_plainly(command: Callable[P, None]) -> Callable[P, None]:
    """Turns what can go wrong into a few clear lines, or a problem document with `--json`."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        as_json = bool(kwargs.get("as_json"))
        if lang := kwargs.pop("lang", None):
            speak("es" if lang == "es" else "en")
        try:
            command(*args, **kwargs)
        except ApiProblem as problem:
            _stop(problem.body, as_json)
        except UnreadableMvsFile as unreadable:
            _stop(unreadable.as_problem(language()), as_json)
        except NotConfigured as error:
            _stop({"title": "Not configured", "detail": str(error)}, as_json)
        except typer.Abort:
            _stop_asking()
        except KeyboardInterrupt:
            follows = command.__name__ in ("demo", "generate", "status")
            errors.print(told(WATCHED if follows else "Stopped."))
            raise typer.Exit(130) from None

    return _with_language(run, command)


WATCHED = "Stopped watching; the generation goes on. `fragua status` shows it."


def _with_language(run: Callable[P, None], command: Callable[P, None]) -> Callable[P, None]:
    lang = inspect.Parameter("lang", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Lang)
    known = inspect.signature(command, eval_str=True)
    both = known.replace(parameters=[*known.parameters.values(), lang])
    vars(run)["__signature__"] = both
    run.__annotations__ = {name: each.annotation for name, each in both.parameters.items()}
    return run


def print_json(body: object) -> None:
    print(json.dumps(body, ensure_ascii=False, indent=2))


def say(as_json: bool, body: object, text: str, **facts: Any) -> None:
    """The end of a command that did something: a sentence, or what the API answered."""
    print_json(body or {}) if as_json else out.print(told(text, **facts))


def print_rows(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, nothing: str = "") -> None:
    """Columns as wide as what is in them, whatever the terminal: an id that is cut short is of no use."""
    lines = [[_cell(cell) for cell in row] for row in rows]
    if not lines and nothing:
        out.print(told(nothing))
        return
    table = [[told(name) if name else "" for name in columns], *lines]
    widths = [max(map(cell_len, column)) for column in zip(*table, strict=True)]
    for number, line in enumerate(table):
        spaced = (
            text + " " * (width - cell_len(text)) for text, width in zip(line, widths, strict=True)
        )
        out.print("  ".join(spaced).rstrip(), style="bold" if number == 0 else None)


def moment(text: str | None) -> str:
    """`2026-11-30T09:30:00.123Z` as people read it; always UTC."""
    return f"{text[:10]} {text[11:16]}" if text else ""


def _cell(value: object) -> str:
    return "–" if value is None or value == "" else str(value)


def _stop(body: dict[str, Any], as_json: bool) -> NoReturn:
    if as_json:
        print_json(body)
    faults = body.get("errors", [])
    if not faults:
        known = said(body) or body.get("detail") or body.get("title")
        errors.print(str(known or "Refused"), style="red")
    for fault in faults:
        errors.print(f"{fault['path'].removeprefix('body.')}: {fault['message']}", style="red")
        errors.print(f"  {fault['cure']}", style="dim")
    for more in hint(body).splitlines():
        errors.print(f"→ {more}", style="dim")
    raise typer.Exit(1)


def _stop_asking() -> NoReturn:
    if sys.stdin.isatty():
        errors.print(told("Stopped."))
    else:
        errors.print(
            told("\nA question had no answer. In scripts say it with options: see --help.")
        )
    raise typer.Exit(1)
