"""Following a run: what it says of models and their price."""

from __future__ import annotations

import io

from rich.console import Console

from cli.watch import Board, dollars
from tests.cli.conftest import EXAMPLE

CALL = {
    "id": "3",
    "at": "2026-11-30T09:30:00Z",
    "stage": "GenerateModule",
    "module": "patient",
    "round": 2,
    "status": "note",
    "message": "codegen, sonnet: 1,200 tokens in, 300 out",
    "ms": 900,
    "cost_microdollars": 5_400,
    "attempt": 1,
}
FINDING = {**CALL, "id": "4", "message": "attack: saw a row", "ms": None, "cost_microdollars": None}


def drawn(*events):
    board = Board()
    for event in events:
        board.take(event)
    console = Console(record=True, width=100, file=io.StringIO())
    console.print(board.drawn())
    return console.export_text()


def test_each_call_shows_its_price_and_the_end_shows_the_sum(fragua, ends):
    ends("succeed", told=[CALL, {**CALL, "id": "4"}], url="http://localhost:8101")
    said = fragua("generate", EXAMPLE)
    assert "$0.0054  codegen, sonnet: 1,200 tokens in, 300 out" in said.err
    assert "models: $0.0108 in 2 calls" in said.err


def test_a_run_without_models_says_nothing_of_money(fragua, ends):
    ends("succeed", url="http://localhost:8101")
    assert "$" not in fragua("generate", EXAMPLE).err


def test_on_a_terminal_notes_stand_below_their_step_and_do_not_replace_it():
    begun = {**CALL, "id": "2", "status": "started", "message": "", "cost_microdollars": None}
    text = drawn(begun, CALL, FINDING)
    assert text.index("GenerateModule patient") < text.index("codegen") < text.index("saw a row")
    assert "models: $0.0054 in 1 calls" in text


def test_on_a_terminal_only_the_last_notes_of_a_step_are_shown():
    text = drawn(*({**CALL, "id": str(n), "message": f"call {n}"} for n in range(9)))
    assert "call 5" not in text
    assert "call 6" in text


def test_prices_below_a_cent_are_not_rounded_away():
    assert dollars(120) == "$0.0001"
