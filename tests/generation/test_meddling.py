"""An engine adds rules and tests; it takes nothing away, not even later, while the app runs."""

from __future__ import annotations

import ast

import pytest

from chalicelib.generation.meddling import meddling
from chalicelib.generation.scaffold import compile_app
from tests.generation.business import example, names

RULES = 'from workspaces.rules import InOrder\n\nRULES = [InOrder("begins", "ends")]\n'
TESTS = """from business.visit.models import Visit
from workspaces.testing import WorkspaceTestCase


class VisitRuleTests(WorkspaceTestCase):
    def test_begins_before_ends(self):
        self.assertTrue(self.make(Visit))
"""

MEDDLES = {
    "a rule that goes after a day": (RULES, "GONE = RULES.clear() if TODAY > THEN else None"),
    "another module's rules": (RULES, "from business.patient.rules import RULES as THEIRS\nX = THEIRS.clear()"),
    "rules by way of a row": (RULES, "def rule(row):\n    row.patient.rules.clear()"),
    "validators by way of a row": (RULES, "def rule(row):\n    row._meta.get_field('title').validators.clear()"),
    "a class under another name": (RULES, "T = TenantModel\n\n\ndef rule(row):\n    T.clean = None"),
    "the class of a row": (RULES, "def rule(row):\n    type(row).clean = None"),
    "an argument that may be a class": (RULES, "def undo(row):\n    row.clean = None\n\n\nX = undo(TenantModel)"),
    "a class from a function": (TESTS, "def same(x):\n    return x\n\n\ndef undo():\n    c = same(WorkspaceTestCase)\n    c.assertIn = None"),
    "a name bound twice": (TESTS, "def undo():\n    c = Visit()\n    c = WorkspaceTestCase\n    c.assertIn = None"),
    "a member of a member": (TESTS, "def undo():\n    v = Visit()\n    v.patient.clean = None"),
    "a test taken away": (TESTS, "def undo():\n    VisitRuleTests.test_begins_before_ends = None"),
    "a test class derived": (TESTS, "class More(VisitRuleTests):\n    pass"),
    "a mock that stays": (TESTS, "from unittest.mock import patch\nX = patch.object(Visit, 'full_clean').start()"),
    "settings that stay": (TESTS, "from django.test import override_settings\nX = override_settings(DEBUG=True).enable()"),
    "a function that looks like a class": (TESTS, "def Same(x):\n    return x\n\n\ndef undo():\n    c = Same(WorkspaceTestCase)\n    c.assertIn = None"),
    "an import that looks like a class": (TESTS, "from functools import reduce as Same\n\n\ndef undo():\n    c = Same(max, [WorkspaceTestCase])\n    c.assertIn = None"),
    "a name bound by the way": (TESTS, "def undo():\n    c = Visit()\n    if c := WorkspaceTestCase:\n        c.assertIn = None"),
    "a loop over classes": (TESTS, "def undo():\n    for c in [WorkspaceTestCase]:\n        c.assertIn = None"),
    "a subscript": (RULES, "def rule(row):\n    REGISTRY['x'] = 1"),
    "a deletion": (RULES, "def rule(row):\n    del T.clean"),
}  # fmt: skip


@pytest.mark.parametrize("what", MEDDLES)
def test_it_does_not_meddle_with(what: str) -> None:
    before, added = MEDDLES[what]
    assert list(meddling(ast.parse(before), ast.parse(f"{before}\n\n{added}\n")))


SOUND = [
    (RULES, "def rule(row):\n    others = type(row).objects.filter(day=row.day).exclude(pk=row.pk)\n    if others.exists():\n        raise ValidationError('No.')"),
    (RULES, "def rule(row):\n    seen = {}\n    for each in row.visits.all():\n        seen[each.day] = seen.get(each.day, 0) + 1"),
    (TESTS, "class OtherRuleTests(WorkspaceTestCase):\n    def test_it(self):\n        row = self.make(Visit)\n        row.title = 'x'\n        row.full_clean()"),
    (TESTS, "def test():\n    row = Visit(title='a')\n    row.title = 'b'\n    again = Visit.objects.get(pk=1)\n    again.title = 'c'\n    for each in Visit.objects.all():\n        each.title = 'd'"),
    (TESTS, "from django.test import SimpleTestCase"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "added"), SOUND)
def test_it_may_make_rows_and_change_them(before: str, added: str) -> None:
    assert list(meddling(ast.parse(before), ast.parse(f"{before}\n\n{added}\n"))) == []


@pytest.mark.parametrize("name", names())
def test_what_the_compiler_writes_meddles_with_nothing(name: str) -> None:
    for path, text in compile_app(example(name)).items():
        if path.endswith("rules.py"):
            tree = ast.parse(text)
            assert list(meddling(tree, tree)) == [], path
