"""Two whole runs with a model, as they were recorded: what was asked for, every reply, what executing each bundle reported.

In: a folder beside this file. Out: `Recording`, which can be played again without anybody to ask; `record` makes one.
Callers: the replay test, the test that executes the recorded bundles again. The surprise: documents are kept as digests:
the replay makes them anew, and they must come out the same.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from chalicelib.agents.recordings import Replay
from tests.claude_server import brains
from tests.claude_server.businesses import business
from tests.claude_server.server import served
from tests.generation.claude_run import Team, claude_run, team_of
from tests.generation.whole_run import Checks, Examine, WholeRun

FOLDER: Final = Path(__file__).parent
RUNS: Final = {
    "first-attempt-passes": (business(3, "en"), brains.engineer),
    "second-attempt-passes": (business(2, "es"), brains.careless),
}
"""Name → what was asked for, and who answered."""


@dataclass(frozen=True)
class Recording:
    folder: Path

    @property
    def mvs(self) -> dict[str, Any]:
        return dict(self._json("mvs.json"))

    @property
    def expected(self) -> dict[str, Any]:
        return dict(self._json("expected.json"))

    @property
    def calls(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted(self.folder.glob("calls/*.json"))]

    def checks(self, round_: int) -> Checks:
        return list(self._json(f"checks-{round_}.json"))

    def play(self, mvs: Mapping[str, Any] | None = None) -> tuple[WholeRun, dict[str, Any]]:
        team = Team(Replay(self.calls))
        run = claude_run(mvs or self.mvs, team, examine=lambda run, tree, n: self.checks(n))
        return run, run.go()

    def _json(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text(encoding="utf-8"))


def recording(name: str) -> Recording:
    return Recording(FOLDER / name)


def record(name: str, examine: Examine) -> Recording:
    """Asks the brain of that name and keeps everything; `examine` really executes what was written."""
    mvs, brain = RUNS[name]
    folder = FOLDER / name
    with served(brain) as server:
        run = claude_run(mvs, team_of(server), examine=examine)
        verdict = run.go()
    shutil.rmtree(folder, ignore_errors=True)
    _write(folder / "mvs.json", mvs)
    _write(folder / "expected.json", {"decision": verdict["decision"], **digests(run)})
    for document, text in run.texts().items():
        if document.startswith("calls/"):
            _write(folder / document, json.loads(text))
        if document.startswith("checks/"):
            number = document.removeprefix("checks/").removesuffix(".json")
            _write(folder / f"checks-{number}.json", json.loads(text)["checks"])
    return Recording(folder)


def digests(run: WholeRun) -> dict[str, Any]:
    """Of every document and every bundle, byte for byte."""
    prefix = f"generations/{run.run.tenant_id}/{run.run.generation_id}/"
    made = {
        k.removeprefix(prefix): v for k, v in run.artifacts.objects.items() if k.startswith(prefix)
    }
    return {
        "calls": sorted(name for name in made if name.startswith("calls/")),
        "documents": {
            name: sha256(content).hexdigest()
            for name, content in sorted(made.items())
            if not name.startswith("calls/")
        },
    }


def _write(path: Path, data: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(data, ensure_ascii=False, indent=1, sort_keys=path.name == "expected.json")
    path.write_text(f"{text}\n", encoding="utf-8")
