"""What every writer of an app's modules is told first: the same bytes for each, kept by the provider after the first call.

In: the design. Out: two blocks: what holds for every app, then this app. Callers: codegen; a test proves the bytes.
The surprise: nothing of one module alone may stand here, however handy; a byte that differs makes every call pay in full.
"""

from __future__ import annotations

from functools import cache

from chalicelib.agents.mending import kept
from chalicelib.agents.ports import Block
from chalicelib.agents.prompting import prompt
from chalicelib.generation import scaffold
from chalicelib.generation.app_design import AppDesign
from chalicelib.generation.design_document import design_document
from chalicelib.generation.whole_app import RUNTIME

CONTRACT = RUNTIME / "docs" / "business-layer.md"


def prefix(design: AppDesign) -> tuple[Block, ...]:
    """The first block is the same for every app of a language, so apps share it too."""
    models = "\n".join(f"# {path}\n\n{text}" for path, text in scaffold.models(design).items())
    app = prompt("codegen", "app", design=design_document(design), models=models)
    return (_contract(design.language), kept(app))


@cache
def _contract(language: str) -> Block:
    contract = CONTRACT.read_text(encoding="utf-8")
    return kept(prompt("codegen", "system", language=language, contract=contract))
