"""How much there is to read and to write in a run, measured on what rules alone make of the MVS.

In: an `Mvs`, the templates. Out: `Sizes`. Callers: `quote.py`. The surprise: nothing is guessed here; plan, PRD, design
and files are those that the run would begin with, so a quote takes as long as a run by rules alone needs for them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from chalicelib.generation.attempt import may_be_written
from chalicelib.generation.design import design
from chalicelib.generation.design_document import design_document
from chalicelib.generation.plan import plan
from chalicelib.generation.prd import prd
from chalicelib.generation.stages import Scaffold
from chalicelib.mvs.spec import Mvs

BYTES_PER_TOKEN: Final = 3.5
"""Of prose in English and Spanish, JSON and Python together. The worst case of a call does not rely on it."""


@dataclass(frozen=True)
class Sizes:
    """In tokens, unless it counts things."""

    mvs: int
    prd: int
    design: int
    models: int
    writable: Mapping[str, int]
    """By module: the files that may be written again."""
    in_words: Mapping[str, int]
    """By module: how many rules are in plain words."""
    requirements: int
    entities: int


def measured(mvs: Mvs, scaffold: Scaffold) -> Sizes:
    planned = plan(mvs)
    made, document = design(mvs, planned), prd(mvs, planned)
    files = {module.name: scaffold.module_files(made, module) for module in made.modules}
    entities = {entity.key: entity for entity in mvs.entities}
    return Sizes(
        mvs=tokens(mvs.model_dump_json(exclude_defaults=True)),
        prd=tokens(document.to_markdown()),
        design=tokens(design_document(made)),
        models=sum(
            tokens(text)
            for tree in files.values()
            for path, text in tree.items()
            if path.endswith("/models.py")
        ),
        writable={
            name: sum(
                tokens(text)
                for path, text in tree.items()
                if may_be_written(path, name, scaffold.WRITABLE)
            )
            for name, tree in files.items()
        },
        in_words={
            module.name: sum(
                rule.type == "in_words" for key in module.entities for rule in entities[key].rules
            )
            for module in planned.modules
        },
        requirements=len(document.requirements),
        entities=len(mvs.entities),
    )


def tokens(text: str) -> int:
    return math.ceil(len(text.encode()) / BYTES_PER_TOKEN)
