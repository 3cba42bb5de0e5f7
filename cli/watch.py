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
from cli.language import told

POLL_S = 0.3
POLL_S_MAX = 2.5
SLOWER_BY = 1.1
"""Each look waits longer than the one before: two reads a look, of a hundred a minute that the organization has."""
LAST_WORDS_S = 0.7
NOTES_SHOWN = 3
"""Of a step, on a terminal; the last ones."""
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
    spent = Spent()
    for generation, events in _updates(client, generation_id):
        for event in events:
            spent.add(event)
            if event["status"] != "started" or event["module"] is None:
                console.print(_line(event), soft_wrap=True)
        if generation["status"] in CLOSED:
            if said := spent.in_words():
                console.print(Text(said, style="dim"))
            return generation
    raise AssertionError("updates end with a closed generation")


def _follow_live(client: Client, generation_id: str, console: Console) -> GenerationShown:
    board = Board()
    with Live(console=console, refresh_per_second=8) as live:
        for generation, events in _updates(client, generation_id):
            for event in events:
                board.take(event)
            live.update(board.drawn())
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


class Board:
    """The last thing each step said, and what models have cost so far. Notes stand below the step they belong to."""

    def __init__(self) -> None:
        self.steps: dict[str, Event] = {}
        self.notes: dict[str, list[Event]] = {}
        self.spent = Spent()
        self.began = time.monotonic()

    def take(self, event: Event) -> None:
        self.spent.add(event)
        if event["status"] == "note":
            self.notes.setdefault(_name(event), []).append(event)
            self.steps.setdefault(_name(event), event)
        else:
            self.steps[_name(event)] = event

    def drawn(self) -> RenderableType:
        lines: list[RenderableType] = []
        for name, event in self.steps.items():
            if event["status"] == "started":
                lines.append(Spinner("dots", text=_line(event), style="yellow"))
            elif event["status"] != "note":
                lines.append(_line(event))
            lines += [_line(note) for note in self.notes.get(name, [])[-NOTES_SHOWN:]]
        seconds = time.monotonic() - self.began
        return Group(*lines, Text(f"{seconds:5.1f} s  {self.spent.in_words()}", style="dim"))


class Spent:
    """What the calls that were told of have cost."""

    def __init__(self) -> None:
        self.microdollars = 0
        self.calls = 0

    def add(self, event: Event) -> None:
        cost = event.get("cost_microdollars")
        if cost is not None:
            self.microdollars += cost
            self.calls += 1

    def in_words(self) -> str:
        """Empty when no model was asked."""
        if not self.calls:
            return ""
        cost = dollars(self.microdollars)
        return told("models: {cost} in {calls} calls", cost=cost, calls=self.calls)


def dollars(microdollars: int) -> str:
    """To the hundredth of a cent, because most calls cost less than a cent."""
    return f"${microdollars / 1_000_000:.4f}"


def _line(event: Event) -> Text:
    status = event["status"]
    line = Text(f"{MARKS[status]} ", style=STYLES[status])
    line.append(_name(event), style="bold" if event["module"] is None else "")
    if (ms := event["ms"]) is not None:
        line.append(f"  {ms / 1000:.1f} s", style="dim")
    if (cost := event.get("cost_microdollars")) is not None:
        line.append(f"  {dollars(cost)}", style="dim")
    if event["message"]:
        line.append(f"  {event['message']}", style="" if status == "failed" else "dim")
    return line


def _name(event: Event) -> str:
    name = str(event["stage"])
    if event["module"]:
        name = f"  {name} {event['module']}"
    return f"{name} (round {event['round']})" if event["round"] > 1 else name
