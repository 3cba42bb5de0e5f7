"""Cold import of the API Lambda's module, against FastAPI's and boto3's (both as whole processes)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable

from bench.rows import NotMeasured, Row, command, paired_medians

HEAVY = ("anthropic", "stripe", "jinja2", "openpyxl")
BARE = (sys.executable, "-c", "pass")


def measure() -> Iterable[Row]:
    loaded = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import app, sys; print([m for m in {HEAVY!r} if m in sys.modules])",
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    if loaded != "[]":
        raise NotMeasured(f"the API module loads {loaded}")
    ours, bare = paired_medians(command(sys.executable, "-c", "import app"), command(*BARE))
    theirs, _ = paired_medians(command(sys.executable, "-c", "import boto3"), command(*BARE))
    yield Row(
        what="import of the API Lambda",
        ours=(ours - bare) * 1000,
        unit="ms",
        peer="import boto3",
        theirs=(theirs - bare) * 1000,
        target="≤ 200 ms; anthropic, stripe, jinja2 not loaded (checked)",
    )
