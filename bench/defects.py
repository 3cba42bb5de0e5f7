"""Seeded defects: what the gates before execution catch now, and what the published page says of all of them.

The checks inside the candidate take minutes and a PostgreSQL of their own, so their counts are those that the tests saw
and wrote to docs/seeded-defects.md; the tests fail when they see anything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from bench.rows import NotMeasured, Row, seconds

PAGE: Final = Path("docs/seeded-defects.md")
APP: Final = re.compile(r"\*\*Detected (\d+) of (\d+), missed (\d+)\.\*\*")
ENGINE: Final = re.compile(
    r"\*\*Caught (\d+) of (\d+), missed (\d+); false alarms: (\d+) of (\d+) sound modules\.\*\*"
)


def measure() -> Iterable[Row]:
    text = PAGE.read_text("utf-8")
    app, engine = APP.search(text), ENGINE.search(text)
    if app is None or engine is None:
        raise NotMeasured(f"{PAGE} has no counts")
    yield published("defects in an app, caught", app[1], f"of {app[2]}; missed {app[3]}")
    yield published(
        "modules of an engine, caught", engine[1], f"of {engine[2]}; missed {engine[3]}"
    )
    yield published("false alarms on sound modules", engine[4], f"of {engine[5]}", target="0")
    yield from now()


def published(what: str, count: str, rest: str, target: str = "") -> Row:
    return Row(what=f"seeded {what}", ours=float(count), unit="", peer=rest, target=target)


def now() -> Iterator[Row]:
    """Without running anything: a moment for each module, as an engine mends its own reply."""
    from tests.seeded_defects.engine_defects import REFUSED
    from tests.seeded_defects.engine_work import stopped_before_running
    from tests.seeded_defects.sound_work import SOUND

    works = (*REFUSED, *SOUND)
    for work in works:
        stopped_before_running(work)
    spent = seconds(lambda: [stopped_before_running(work) for work in works])
    caught = sum((work.gate, work.rule) in stopped_before_running(work) for work in REFUSED)
    yield Row(
        what="seeded modules stopped before anything runs",
        ours=float(caught),
        unit="",
        peer=f"of {len(REFUSED)}",
        target="all",
    )
    yield Row(
        what="looking at one module before it runs", ours=1000 * spent / len(works), unit="ms"
    )
