"""A seeded defect: one change to a sound app, and the check that is expected to notice it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

STATIC = "static rules"


@dataclass(frozen=True)
class Change:
    """Replace `old` by `new` in a file; without `old`, add `new` at its end (or make the file)."""

    path: str
    new: str
    old: str = ""

    def apply(self, tree: dict[str, str]) -> None:
        if not self.old:
            tree[self.path] = tree.get(self.path, "") + self.new
            return
        text = tree[self.path]
        assert self.old in text, f"{self.path} no longer has {self.old!r}"
        tree[self.path] = text.replace(self.old, self.new, 1)


@dataclass(frozen=True)
class Defect:
    id: str
    what: str
    check: str
    """The check that must find it, or the one that might have been hoped to when `missed`."""
    rule: str
    module: str | None
    changes: tuple[Change, ...]
    missed: str = ""
    """Why no executed check can see it, and who can. Empty: it must be detected."""


@dataclass(frozen=True)
class Group:
    """Defects that do not hide each other, seeded into one app and looked for in one run of these children."""

    name: str
    children: tuple[str, ...]
    defects: tuple[Defect, ...]
    prepare: tuple[Change, ...] = ()
    """Changes that make the defects possible, such as a missing policy behind an unscoped query."""
    only_tests_of: tuple[str, ...] = ()


def seeded(tree: Mapping[str, str], *changes: Change) -> dict[str, str]:
    result = dict(tree)
    for change in changes:
        change.apply(result)
    return result


def seed_group(tree: Mapping[str, str], group: Group) -> dict[str, str]:
    changes = [*group.prepare, *(change for defect in group.defects for change in defect.changes)]
    result = seeded(tree, *changes)
    if group.only_tests_of:
        kept = "|".join(group.only_tests_of)
        tests = re.compile(r"business/(\w+/)?tests/test_")
        mine = re.compile(rf"business/({kept})/tests/")
        result = {p: t for p, t in result.items() if not tests.match(p) or mine.match(p)}
    return result
