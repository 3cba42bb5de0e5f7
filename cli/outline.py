"""An MVS and what changes in it, drawn in lines for a terminal.

In: what the API shows of a conversation. Out: lines of text. Callers: `talking.py`. The surprise: labels were written by
people, so nothing here is ever read as markup.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from rich.text import Text

from cli.api_types import Completeness, TurnShown
from cli.language import told

MARKS: Final = {"added": ("+", "green"), "changed": ("~", "yellow"), "removed": ("-", "red")}
DIFFERENCES_SHOWN: Final = 12
BAR_CHARACTERS: Final = 20


def differences(turn: TurnShown) -> Iterator[Text]:
    for one in turn["diff"][:DIFFERENCES_SHOWN]:
        mark, style = MARKS[one["kind"]]
        yield Text(f"  {mark} {one['words']}", style=style)
    if (more := len(turn["diff"]) - DIFFERENCES_SHOWN) > 0:
        yield Text("  " + told("… and {more} more: /mvs shows everything", more=more), style="dim")


def score_line(completeness: Completeness | None) -> Text:
    score = completeness["score"] if completeness else 0
    threshold = completeness["threshold"] if completeness else 100
    full = round(score * BAR_CHARACTERS / 100)
    line = Text("  ")
    line.append("█" * full, style="green" if score >= threshold else "yellow")
    line.append("░" * (BAR_CHARACTERS - full), style="dim")
    line.append(f" {score}/100", style="bold")
    if completeness and score >= threshold:
        line.append("  " + told("ready: /approve builds it"), style="green")
    return line


def outline(mvs: dict[str, Any]) -> Iterator[Text]:
    """The whole of it on a screen or two: who, what, with which fields, and what must hold."""
    yield Text(mvs["name"], style="bold")
    yield Text(mvs["summary"])
    yield Text(told("People: {names}", names=", ".join(one["label"] for one in mvs["roles"])))
    for entity in mvs["entities"]:
        yield Text(f"\n{entity['plural']}", style="bold")
        yield Text("  " + ", ".join(_field(field) for field in entity["fields"]))
        if workflow := entity.get("workflow"):
            field = next(one for one in entity["fields"] if one["key"] == workflow["field"])
            stages = " → ".join(one["label"] for one in field["options"])
            yield Text(f"  ◆ {stages}", style="cyan")
        for rule in entity.get("rules", ()):
            yield Text(f"  ! {rule['text']}", style="yellow")
    for board in mvs.get("dashboards", ()):
        tiles = ", ".join(tile["label"] for tile in board["tiles"])
        yield Text(f"\n▦ {board['label']}: {tiles}", style="cyan")


def _field(field: dict[str, Any]) -> str:
    return f"{field['label']}*" if field.get("required") else str(field["label"])
