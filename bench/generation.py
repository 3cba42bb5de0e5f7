"""From an MVS to a judged bundle by rules alone, and what each stage needs of its Lambda's memory.

Everything that is not executed inside the candidate, in this process; then each stage in a process of its own that has
loaded what its Lambda loads, with the offline engine and with Claude's.
"""

from __future__ import annotations

import json
import pickle
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from bench.rows import NotMeasured, Row, seconds
from chalicelib.agents.offline import Offline
from tests.claude_server import brains
from tests.claude_server.businesses import business
from tests.claude_server.server import served
from tests.generation.claude_run import claude_run, team_of
from tests.generation.whole_run import WholeRun

SIZES = (5, 20)
RUNS = 5
STAGES = ("Orchestrate", "WritePrd", "Design", "Converge", "GenerateModule", "Assemble", "RunChecks", "Review", "Decide")  # fmt: skip


def measure() -> Iterable[Row]:
    for entities in SIZES:
        yield from _walls(entities)
    if not Path("/proc/self/status").exists():
        raise NotMeasured("memory is read from /proc")
    for engine in ("offline", "claude"):
        yield from _memory(engine, SIZES[-1])


def _walls(entities: int) -> Iterator[Row]:
    mvs, runs = business(entities), []

    def once() -> None:
        runs.append(WholeRun(mvs, lambda run, stage: Offline()))
        assert runs[-1].go()["decision"] == "deploy"

    once()
    wall = statistics.median(seconds(once) for _ in range(RUNS))
    stages = sorted(runs[-1].seconds.items(), key=lambda each: -each[1])[:3]
    slowest = ", ".join(f"{name} {s:.2f} s" for name, s in stages)
    what = f"offline, {entities} entities: MVS to verdict, all stages but the executed checks"
    yield Row(what=f"{what} ({slowest})", ours=wall, unit="s")


def _memory(engine: str, entities: int) -> Iterator[Row]:
    """Each stage again, alone, over the documents of a whole run."""
    with served(brains.engineer) as server, tempfile.TemporaryDirectory() as folder:
        team = team_of(server)
        mvs = business(entities)
        run = claude_run(mvs, team) if engine == "claude" else WholeRun(mvs, lambda r, s: Offline())
        run.go()
        kept = Path(folder, "run.pickle")
        state = {"mvs": mvs, "objects": run.artifacts.objects, "stages": run.runs.stages}
        kept.write_bytes(pickle.dumps(state))
        for stage in STAGES:
            words = ["-m", "bench.stage_memory", engine, stage, str(kept), server.url]
            said = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=True)  # fmt: skip
            yield Row(
                what=f"{engine}, {entities} entities: peak memory of {stage}",
                ours=json.loads(said.stdout.splitlines()[-1])["mib"],
                unit="MiB",
            )
