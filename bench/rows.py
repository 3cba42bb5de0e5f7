"""One line of the table, and the clock the measurements share."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass


class NotMeasured(Exception):
    """Why a measurement could not be had here."""


@dataclass(frozen=True, kw_only=True)
class Row:
    what: str
    ours: float
    unit: str
    peer: str = ""
    theirs: float | None = None
    target: str = ""

    def cells(self) -> tuple[str, str, str, str, str]:
        ratio = f"{self.ours / self.theirs:.3f}" if self.theirs else ""
        peer = f"{self.theirs:.4g} {self.unit}  {self.peer}" if self.theirs else self.peer
        return self.what, f"{self.ours:.4g} {self.unit}", peer, ratio, self.target


def paired_medians(
    ours: Callable[[], object], theirs: Callable[[], object], *, runs: int = 5
) -> tuple[float, float]:
    """Seconds of each, run in turn A B A B … after one warm-up, so that a drifting machine hits both."""
    ours(), theirs()
    a, b = [], []
    for _ in range(runs):
        a.append(seconds(ours))
        b.append(seconds(theirs))
    return statistics.median(a), statistics.median(b)


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def command(*words: str, cwd: str | None = None) -> Callable[[], object]:
    """A whole process, its output thrown away; raises when it fails."""
    return lambda: subprocess.run(words, check=True, capture_output=True, cwd=cwd)
