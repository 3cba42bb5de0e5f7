"""The writer of one module: whole files for the few paths that are its own, looked over before they are handed in.

In: the design, the baseline, what to repair. Out: the files that differ from the baseline. Callers: the engine.
The surprise: the same static rules that judge the round run here first, so most faults are mended within the call that
made them; and what the templates wrote is compared word for word, so nothing that is proved gets lost on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from chalicelib.agents.language import is_in
from chalicelib.agents.mending import Desk, kept, plain
from chalicelib.agents.ports import Question
from chalicelib.agents.prefix import prefix
from chalicelib.agents.prompting import prompt
from chalicelib.agents.replies import WrittenModule
from chalicelib.checks.rules import source_findings
from chalicelib.errors import Rejected, ReplyTooLong
from chalicelib.generation.app_design import AppDesign, ModuleDesign
from chalicelib.generation.attempt import refuse_foreign_files
from chalicelib.generation.briefing import Brief
from chalicelib.generation.kept import losses, owed
from chalicelib.generation.scaffold import WRITABLE
from chalicelib.generation.source_tree import SourceTree

WARM_TOKENS_MAX: Final = 4_000
THOUGHT_TOKENS: Final = 12_000
"""Room to think; the rest is for the files, a token a byte, twice what they can need."""
BYTES_PER_RULE: Final = 2_000
FENCE: Final = "```"


@dataclass(frozen=True)
class Written:
    files: Mapping[str, str]
    summary: str


def warm(desk: Desk, design: AppDesign) -> None:
    """One call that leaves the prefix with the provider. The shape asked for is part of it, so it is the writers' own."""
    said = [plain(prompt("codegen", "warm"))]
    question = desk.question(
        "codegen", prefix(design), said, WrittenModule, output_tokens_max=WARM_TOKENS_MAX
    )
    desk.answer(question, lambda given: [])


def needs_writer(module: ModuleDesign, brief: Brief, notes: tuple[str, ...] = ()) -> bool:
    has_rules = any(entity.coded_rules for entity in module.entities)
    return bool(notes) or has_rules or brief.is_worth_writing


def write(desk: Desk, task: Task) -> Written:
    """Raises what the asker raises, and `Rejected` when two mends did not help."""
    try:
        reply = desk.answer(task.question(desk), task.faults)
        return Written(task.files_of(reply), reply.summary)
    except ReplyTooLong:
        desk.tell("The reply was too long; its files are asked for one by one.")
        return _one_by_one(desk, task)


def _one_by_one(desk: Desk, task: Task) -> Written:
    """The rules first; the tests are then written against them."""
    files: dict[str, str] = {}
    summary = ""
    for path in task.own_paths:
        reply = desk.answer(task.question(desk, path, files), task.only(path))
        files |= task.files_of(reply)
        summary = reply.summary or summary
    if faults := task.faults_in(files):
        raise Rejected("; ".join(faults)[:500])
    return Written(files, summary)


@dataclass(frozen=True)
class Task:
    """One module, for one writing of it."""

    design: AppDesign
    module: ModuleDesign
    baseline: SourceTree
    notes: tuple[str, ...]
    brief: Brief

    @property
    def own_paths(self) -> tuple[str, ...]:
        folder = f"business/{self.module.name}"
        return (f"{folder}/rules.py", f"{folder}/tests/test_rules.py")

    def question(
        self, desk: Desk, only: str = "", so_far: Mapping[str, str] | None = None
    ) -> Question[WrittenModule]:
        said = prompt("codegen", "module", **self._told(only, so_far or {}))
        size = sum(len(text.encode()) for _, text in self._files()) + BYTES_PER_RULE * len(
            self._coded()
        )
        return desk.question(
            "codegen",
            prefix(self.design),
            [kept(said)],
            WrittenModule,
            part=f"{self.module.name}.{only.rsplit('/', 1)[-1]}" if only else "",
            output_tokens_max=THOUGHT_TOKENS + size,
        )

    def faults(self, given: WrittenModule) -> list[str]:
        return self.faults_in(self.files_of(given), given.summary)

    def only(self, path: str) -> Callable[[WrittenModule], list[str]]:
        def faults(given: WrittenModule) -> list[str]:
            strangers = [each.path for each in given.files if each.path != path]
            return [f"Write {path} alone."] if strangers else []

        return faults

    def faults_in(self, files: Mapping[str, str], summary: str = "") -> list[str]:
        """Whose paths they are, then what they hold; later looks make no sense where earlier ones found something."""
        try:
            refuse_foreign_files(self.module.name, self.baseline, files, WRITABLE)
            whole = self.baseline.merge(files)
        except Rejected as error:
            return [error.detail]
        faults = [f"{path} is empty." for path, text in files.items() if not text.strip()]
        names = [module.name for module in self.design.modules]
        found = source_findings(files, names)
        faults += [f"{each.file}:{each.line or 1}: {each.rule}: {each.message}" for each in found]
        faults += losses(self.baseline, files) + owed(self.module, whole)
        if not is_in([summary], self.design.language):
            faults.append(f"Write the summary in the language {self.design.language!r}.")
        return faults

    def files_of(self, given: WrittenModule) -> dict[str, str]:
        return {each.path: _without_fence(each.text) for each in given.files}

    def _told(self, only: str, so_far: Mapping[str, str]) -> dict[str, Any]:
        risks = "".join(f"\n- {risk}" for risk in self.brief.risks)
        earlier = {
            path: text
            for path, text in {**self.brief.earlier, **so_far}.items()
            if self.baseline.get(path) != text
        }
        return {
            "module": self.module.name,
            "said": self.brief.goal + risks,
            "coded": self._coded(),
            "files": self._files(),
            "notes": "\n".join(f"- {note}" for note in self.notes),
            "earlier": sorted(earlier.items()) if self.notes or so_far else [],
            "only": only,
        }

    def _files(self) -> list[tuple[str, str]]:
        return [(path, self.baseline.get(path, "")) for path in self.own_paths]

    def _coded(self) -> list[dict[str, str]]:
        accepted = {each.id: each.accepted_when for each in self.brief.wanted}
        return [
            {
                "requirement": rule.requirement,
                "class_name": entity.class_name,
                "name": rule.name,
                "text": rule.text,
                "accepted_when": accepted.get(rule.requirement, ""),
            }
            for entity in self.module.entities
            for rule in entity.coded_rules
        ]


def _without_fence(text: str) -> str:
    """A whole file in a markdown fence is the file."""
    lines = text.strip().splitlines()
    if len(lines) > 1 and lines[0].startswith(FENCE) and lines[-1].strip() == FENCE:
        text = "\n".join(lines[1:-1])
    return text if text.endswith("\n") or not text else f"{text}\n"
