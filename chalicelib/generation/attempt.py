"""One attempt at a module: what an engine wrote, laid over the baseline, if it stayed where it may write.

In: the baseline and the engine's files. Out: `Attempt`. Callers: the GenerateModule stage.
The surprise: models, migrations and app wiring are never an engine's business; they carry the isolation that is proved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from chalicelib.errors import ForbiddenPath, UnreadableReply
from chalicelib.generation.source_tree import SourceTree
from chalicelib.generation.verdict import BASELINE

FILES_ADDED_MAX: Final = 100


@dataclass(frozen=True)
class Attempt:
    files: SourceTree
    engine: str
    """Who wrote it; `baseline` when nothing differs from the templates' own files."""
    note: str = ""

    def document(self, module: str, round_: int) -> dict[str, Any]:
        return {
            "module": module,
            "round": round_,
            "engine": self.engine,
            "note": self.note,
            "files": dict(self.files),
        }


def refuse_foreign_files(
    module: str, baseline: SourceTree, files: Mapping[str, str], writable: tuple[str, ...]
) -> None:
    """Raises `ForbiddenPath` or `UnreadableReply`: the model's turn."""
    for path, text in files.items():
        if not isinstance(text, str):
            raise UnreadableReply(f"{path!r} is not text.")
        if baseline.get(path) != text and not may_be_written(path, module, writable):
            raise ForbiddenPath(f"{path!r} may not be written for {module!r}.", path=path)
    if len(files) > len(baseline) + FILES_ADDED_MAX:
        raise UnreadableReply(f"{len(files)} files were written for {module!r}.")


def written(baseline: SourceTree, files: Mapping[str, str], engine: str) -> Attempt:
    tree = baseline.merge(files)
    return Attempt(tree, BASELINE if tree.sha256 == baseline.sha256 else engine)


def from_baseline(baseline: SourceTree, note: str) -> Attempt:
    return Attempt(baseline, BASELINE, note)


def may_be_written(path: str, module: str, writable: tuple[str, ...]) -> bool:
    """Whether it is an engine's business in this module. `writable` as the scaffold says it: files, and folders with a slash."""
    folder = f"business/{module}/"
    inside = path.removeprefix(folder)
    return path.startswith(folder) and any(
        inside.startswith(entry) if entry.endswith("/") else inside == entry for entry in writable
    )
