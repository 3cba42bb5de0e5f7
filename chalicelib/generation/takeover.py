"""What one run finished, as another run's own: its documents and records, with the ids rewritten.

In: two runs of one app and one MVS. Out: nothing; the new run finds its stages done. Callers: `resuming.py`.
The surprise: documents go before the record that says they are there, so a crash in between only means that they are
copied again; and the engine is made ready once more (Converge is left to be done) where it still has modules to write,
because what a model's provider remembers of the first time is gone after minutes.

    plan, PRD, design                    as they are
    a round that was sent back           modules, report, review, verdict; its waits are over at once
    the round in which it stopped        modules, and the review of them; checked and decided anew
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from chalicelib.errors import NotFound
from chalicelib.generation import keys
from chalicelib.generation.keys import Kind
from chalicelib.generation.ports import ArtifactStore, RunLog, Stage
from chalicelib.generation.run import Run

DOCUMENT_BYTES_MAX: Final = 20 * 1024 * 1024
ROUNDS_MAX: Final = 9
CONTENT_TYPES: Final = {
    "json": "application/json",
    "md": "text/markdown",
    "zip": "application/zip",
}
WAITS: Final[tuple[tuple[str, Kind], ...]] = (("Assemble", "bundle"), ("RunChecks", "checks"))


class Takeover:
    def __init__(self, old: Run, new: Run, *, artifacts: ArtifactStore, runs: RunLog) -> None:
        self.old, self.new = old, new
        self.artifacts, self.runs = artifacts, runs
        self.written = runs.recorded_modules(old.generation_id, "GenerateModule")

    def everything(self) -> None:
        self.copy("mvs.json")
        self.stage(Stage("Orchestrate"), "plan.json")
        self.stage(Stage("WritePrd"), "prd.json", "prd.md")
        self.stage(Stage("Design"), "design.json")
        last = self.rounds()
        if self.is_written(last):
            self.stage(Stage("Converge"), "design.md", "trace.json")

    def rounds(self) -> int:
        """The one in which the old run stopped."""
        for number in range(1, ROUNDS_MAX):
            self.modules(number)
            if self.decision(number) != "again":
                self.opinion(number)
                return number
            self.sent_back(number)
        return ROUNDS_MAX

    def modules(self, number: int) -> None:
        for round_, module in sorted(self.written):
            if round_ == number:
                stage = Stage("GenerateModule", number, module)
                self.stage(stage, f"modules/{number}/{module}.json")

    def sent_back(self, number: int) -> None:
        """Whoever waits for its bundle or its report finds it there."""
        for name, kind in WAITS:
            self.stage(Stage(name, number))
            self.wait(kind, number)
        self.copy(f"bundles/{number}.zip")
        self.copy(f"checks/{number}.json")
        self.stage(Stage("Review", number), f"reviews/{number}.json")
        self.stage(Stage("Decide", number), f"notes/{number}.json")

    def opinion(self, number: int) -> None:
        """One that was left out because checks failed says nothing about checks that are run anew."""
        name = f"reviews/{number}.json"
        try:
            given = self.artifacts.read(keys.document(self.old, name), DOCUMENT_BYTES_MAX)
        except NotFound:
            return
        if "skipped" not in json.loads(given):
            self.stage(Stage("Review", number), name)

    def decision(self, number: int) -> str:
        decided = self.runs.recorded(self.old.generation_id, Stage("Decide", number))
        return str(decided["decision"]) if decided else ""

    def is_written(self, number: int) -> bool:
        """Whether no module of the round is left to write."""
        decides = Stage("Decide", number - 1) if number > 1 else Stage("Orchestrate")
        decided = self.runs.recorded(self.old.generation_id, decides)
        if decided is None:
            return False
        wanted = decided["failing" if number > 1 else "modules"]
        return all((number, module) in self.written for module in wanted)

    def stage(self, stage: Stage, *documents: str) -> None:
        found = self.runs.recorded(self.old.generation_id, stage)
        if found is None or self.runs.recorded(self.new.generation_id, stage) is not None:
            return
        for name in documents:
            self.copy(name)
        self.runs.record(self.new.generation_id, stage, self.rewritten(found))
        told = f"Taken over from version {self.old.version}."
        self.runs.tell(self.new.generation_id, stage, "done", told, 0)

    def wait(self, kind: Kind, number: int) -> None:
        wait = self.runs.wait(self.old.generation_id, kind, number)
        if wait is None or wait.outcome is None:
            return
        self.runs.open_wait(self.new, kind, number, "")
        self.runs.settle_wait(
            self.new.generation_id, kind, number, self.rewritten(dict(wait.outcome))
        )

    def copy(self, name: str) -> None:
        try:
            content = self.artifacts.read(keys.document(self.old, name), DOCUMENT_BYTES_MAX)
        except NotFound:
            return
        old, new = self.old.generation_id.encode(), self.new.generation_id.encode()
        is_text = not name.endswith(".zip")
        self.artifacts.write(
            keys.document(self.new, name),
            content.replace(old, new) if is_text else content,
            CONTENT_TYPES[name.rsplit(".", 1)[1]],
        )

    def rewritten(self, result: Mapping[str, Any]) -> dict[str, Any]:
        text = json.dumps(result, ensure_ascii=False)
        found: dict[str, Any] = json.loads(
            text.replace(self.old.generation_id, self.new.generation_id)
        )
        return found
