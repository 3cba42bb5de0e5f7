"""Following a generation: a progress display on a terminal, plain lines elsewhere.

In: a client and a generation id. Out: the closed generation. Callers: `generate`, `demo`, `status --follow`.
The surprise: everything here goes to standard error; standard output is kept for the answer.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from cli.api_types import Event, GenerationShown
from cli.client import Client

POLL_S = 0.3
POLL_S_MAX = 2.5
SLOWER_BY = 1.1
"""Each look waits longer than the one before: two reads a look, of a hundred a minute that the organization has."""
LAST_WORDS_S = 0.7
CLOSED = ("succeeded", "failed", "cancelled")
MARKS = {"started": "…", "done": "✓", "failed": "✗", "note": "·"}
STYLES = {"started": "yellow", "done": "green", "failed": "red", "note": "dim"}

EVENTS: Final = "/v1/generations/{generation_id}/events"


def follow(client: Client, generation_id: str, *, console: Console) -> GenerationShown:
    """Blocks until the generation is closed and returns it."""
    if console.is_terminal:
        return _follow_live(client, generation_id, console)
    return _follow_in_lines(client, generation_id, console)


def _follow_in_lines(client: Client, generation_id: str, console: Console) -> GenerationShown:
    for generation, events in _updates(client, generation_id):
        for event in events:
            if event["status"] != "started" or event["module"] is None:
                console.print(_line(event), soft_wrap=True)
        if generation["status"] in CLOSED:
            return generation
    raise AssertionError("updates end with a closed generation")


def _follow_live(client: Client, generation_id: str, console: Console) -> GenerationShown:
    steps: dict[str, Event] = {}
    started = time.monotonic()
    with Live(console=console, refresh_per_second=8) as live:
        for generation, events in _updates(client, generation_id):
            for event in events:
                steps[_name(event)] = event
            live.update(_board(steps, time.monotonic() - started))
            if generation["status"] in CLOSED:
                return generation
    raise AssertionError("updates end with a closed generation")


def _updates(client: Client, generation_id: str) -> Iterator[tuple[GenerationShown, list[Event]]]:
    """Pairs of (generation, events since the last pair). The last generation is closed."""
    after, pause = "", POLL_S
    while True:
        # The generation is read first: events recorded before it closed are then all in what follows.
        generation = client.get("/v1/generations/{generation_id}", generation_id=generation_id)
        page = client.get(EVENTS, generation_id=generation_id, after=after)
        events = page["items"]
        if events:
            after = events[-1]["id"]
        if generation["status"] in CLOSED:
            yield generation, events + _last_words(client, generation_id, events)
            return
        yield generation, events
        time.sleep(pause)
        pause = min(POLL_S_MAX, pause * SLOWER_BY)


def _last_words(client: Client, generation_id: str, events: list[Event]) -> list[Event]:
    """The step that closes a generation says so a moment after it did."""
    if not events or events[-1]["status"] != "started":
        return []
    time.sleep(LAST_WORDS_S)
    return client.get(EVENTS, generation_id=generation_id, after=events[-1]["id"])["items"]


def _board(steps: dict[str, Event], seconds: float) -> RenderableType:
    lines: list[RenderableType] = []
    for event in steps.values():
        if event["status"] == "started":
            lines.append(Spinner("dots", text=_line(event), style="yellow"))
        else:
            lines.append(_line(event))
    return Group(*lines, Text(f"{seconds:5.1f} s", style="dim"))


def _line(event: Event) -> Text:
    status = event["status"]
    line = Text(f"{MARKS[status]} ", style=STYLES[status])
    line.append(_name(event), style="bold" if event["module"] is None else "")
    if (ms := event["ms"]) is not None:
        line.append(f"  {ms / 1000:.1f} s", style="dim")
    if event["message"]:
        line.append(f"  {event['message']}", style="" if status == "failed" else "dim")
    return line


def _name(event: Event) -> str:
    name = str(event["stage"])
    if event["module"]:
        name = f"  {name} {event['module']}"
    return f"{name} (round {event['round']})" if event["round"] > 1 else name
