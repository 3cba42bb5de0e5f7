"""What an engine hands in for one module, and the gates it has to pass: the same ones a run has, in the same order.

    whose paths → nothing lost → static rules → executed in the candidate → every requirement proved

The app is the dental clinic with its one rule in words to be coded, as a model's design would have it.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import yaml

from chalicelib.checks.rules import source_findings
from chalicelib.errors import Rejected
from chalicelib.generation.app_design import AppDesign
from chalicelib.generation.attempt import refuse_foreign_files
from chalicelib.generation.choices import Choices, chosen, rules_in_words
from chalicelib.generation.design import design
from chalicelib.generation.kept import losses, owed
from chalicelib.generation.plan import plan
from chalicelib.generation.scaffold import WRITABLE, app_files, module_files
from chalicelib.generation.source_tree import SourceTree
from chalicelib.mvs.reading import read_mvs
from tests.seeded_defects.defect import STATIC
from tests.seeded_defects.laboratory import ROOT

PATHS, LOST, OWED = "whose paths", "nothing lost", "rules owed"
CODED = "ten_minutes_between"
GAP_RULE = """
from datetime import timedelta

from django.core.exceptions import ValidationError

GAP = timedelta(minutes=10)
FREE = ["cancelled", "no_show"]


def ten_minutes_between(row):
    if None in (row.chair_id, row.starts_at, row.ends_at) or row.status in FREE:
        return
    near = type(row).objects.filter(
        chair_id=row.chair_id, starts_at__lt=row.ends_at + GAP, ends_at__gt=row.starts_at - GAP
    )
    if near.exclude(status__in=FREE).exclude(pk=row.pk).exists():
        raise ValidationError("Conviene dejar diez minutos entre citas para limpiar el sillón.")
"""
GAP_TEST = """
def test_ten_minutes_between(self):
    rule = "Conviene dejar diez minutos entre citas para limpiar el sillón."
    first = self.make(Appointment, starts_at=at(9), ends_at=at(10))
    soon = {"chair": first.chair, "starts_at": at(10) + dt.timedelta(minutes=9), "ends_at": at(11)}
    self.assertIn(rule, self.broken_rules(**soon))
    self.assertNotIn(rule, self.broken_rules(**soon, status="cancelled"))
    later = soon | {"starts_at": at(10) + dt.timedelta(minutes=10)}
    self.assertNotIn(rule, self.broken_rules(**later))
    first.full_clean()
"""


@dataclass(frozen=True, kw_only=True)
class Work:
    """A defect, or sound work when `gate` is empty."""

    id: str
    what: str
    module: str = "appointment"
    gate: str = ""
    """Which gate must stop it, or the check that does."""
    rule: str = ""
    code: str = ""
    """Above the list of rules."""
    entry: str = ""
    """Behind the list's entries."""
    test: str = ""
    """A method of the class of tests."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Whole files, by path inside the module."""
    swaps: tuple[tuple[str, str, str], ...] = ()
    """Path inside the module, what stands there, what stands there now."""
    is_blamed: bool = True
    """Whether the check also says which module it is."""
    owes: bool = False
    """Whether the rule to be coded is left to this work; else it is written, and well."""
    missed: str = ""
    """Why no gate can see it, and who can."""

    def written(self) -> dict[str, str]:
        """The files that differ from the baseline."""
        folder, tree = f"business/{self.module}", dict(baseline(self.module))
        if self.module == "appointment" and not self.owes:
            write_rule(tree, self.module, GAP_RULE, CODED, GAP_TEST)
        for path, text in self.files.items():
            tree[path if path.startswith("business/") else f"{folder}/{path}"] = text
        for path, old, new in self.swaps:
            text = tree[f"{folder}/{path}"]
            assert old in text, (self.id, path, old)
            tree[f"{folder}/{path}"] = text.replace(old, new, 1)
        write_rule(tree, self.module, self.code, self.entry, self.test)
        return {
            path: text for path, text in tree.items() if baseline(self.module).get(path) != text
        }


def write_rule(tree: dict[str, str], module: str, code: str, entry: str, test: str) -> None:
    rules, tests = f"business/{module}/rules.py", f"business/{module}/tests/test_rules.py"
    tree[rules] = with_rule(tree[rules], code, entry)
    if test:
        tree[tests] = with_test(tree[tests], module, test)


def with_rule(text: str, code: str, entry: str) -> str:
    """`code` above the list of rules, `entry` behind its entries."""
    head, _, body = text.partition("RULES = [")
    inside, _, rest = body.rpartition("]")
    above = f"{code.strip()}\n\n\n" if code else ""
    behind = ("" if inside else "\n") + f"    {entry},\n" if entry else ""
    return f"{head}{above}RULES = [{inside}{behind}]{rest}"


def with_test(text: str, module: str, method: str) -> str:
    """At the end of the class of the entity's rules, which is made if there is none."""
    model = module.capitalize()
    if f"class {model}RuleTests" not in text:
        model_import = f"from business.{module}.models import {model}\n"
        text += HELPER.replace("Row", model).replace("IMPORT\n", model_import)
    lines = text.splitlines(keepends=True)
    (end,) = [
        node.end_lineno or 0
        for node in ast.parse(text).body
        if isinstance(node, ast.ClassDef) and node.name == f"{model}RuleTests"
    ]
    added = textwrap.indent(method.strip(), "    ")
    return "".join([*lines[:end], f"\n{added}\n", *lines[end:]])


HELPER = """from django.core.exceptions import ValidationError

IMPORT
from workspaces.testing import WorkspaceTestCase


class RowRuleTests(WorkspaceTestCase):
    def broken_rules(self, **values):
        try:
            Row(**self.values(Row, **values)).full_clean()
        except ValidationError as error:
            return error.messages
        return []
"""


@cache
def clinic() -> AppDesign:
    text = (ROOT / "examples" / "clinica-dental.yaml").read_text(encoding="utf-8")
    mvs = read_mvs(yaml.safe_load(text))
    planned = plan(mvs)
    (requirement,) = rules_in_words(design(mvs, planned))
    made, faults = chosen(mvs, planned, Choices(coded={requirement: CODED}))
    assert made is not None, faults
    return made


@cache
def baseline(module: str) -> SourceTree:
    return module_files(clinic(), clinic().module(module))


@cache
def sound_clinic() -> Mapping[str, str]:
    tree = app_files(clinic())
    for module in clinic().modules:
        tree = tree.merge(baseline(module.name))
    return dict(tree)


def stopped_before_running(work: Work) -> set[tuple[str, str]]:
    """(gate, rule) of everything said against it: gates overlap, and one behind the other must hold by itself."""
    files, before = work.written(), baseline(work.module)
    said: set[tuple[str, str]] = set()
    try:
        refuse_foreign_files(work.module, before, files, WRITABLE)
    except Rejected as error:
        said.add((PATHS, type(error).__name__))
    if losses(before, files):
        said.add((LOST, "kept"))
    if owed(clinic().module(work.module), before.merge(files)):
        said.add((OWED, "owed"))
    found = source_findings(files, [module.name for module in clinic().modules])
    return said | {(STATIC, finding.rule) for finding in found}
