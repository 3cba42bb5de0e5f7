"""Commands that the documents show exist, with the options that are shown."""

import re
from pathlib import Path

import pytest
import typer

from cli.main import app

DOCUMENTS = [
    Path("README.md"),
    Path("SECURITY.md"),
    *sorted(path for path in Path("docs").rglob("*.md")),
]
SHOWN = re.compile(r"(?:^ {4}|^\$ |`|\(|run: )(fragua [^`#\n)]*)", re.MULTILINE)


def shown():
    for path in DOCUMENTS:
        for line in SHOWN.findall(path.read_text()):
            if "·" not in line:
                yield pytest.param(line.split()[1:], id=f"{path.name}: {line.strip()[:60]}")


@pytest.mark.parametrize("words", list(shown()))
def test_a_command_that_a_document_shows_is_there(words):
    command, rest = typer.main.get_command(app), list(words)
    while rest and rest[0] in getattr(command, "commands", {}):
        command = command.commands[rest.pop(0)]
    assert command.name not in {None, "fragua"} or rest[:1] == []
    known = {text for each in command.params for text in each.opts} | {"--help"}
    assert {word for word in rest if word.startswith("--")} <= known
