"""What the templates wrote stays: every way a writer could lose, change or outflank it is named."""

from __future__ import annotations

import pytest

from chalicelib.errors import Rejected
from chalicelib.generation.kept import losses, owed, refuse_losses
from tests.agents.business import BASELINE, DESIGN, RULES, TESTS, file_of_tests, rules_file

GOOD = {RULES: rules_file(), TESTS: file_of_tests()}


def with_(path, change):
    return {**GOOD, path: change(GOOD[path])}


def test_what_is_added_behind_is_no_loss():
    assert losses(BASELINE, GOOD) == []
    refuse_losses(BASELINE, GOOD)


def test_another_layout_and_other_comments_are_no_loss():
    spread = (
        rules_file().replace("minimum=0", "minimum = 0").replace("RULES = [", "# here\nRULES = [")
    )
    assert losses(BASELINE, {**GOOD, RULES: spread}) == []


@pytest.mark.parametrize(
    ("path", "change", "fault"),
    [
        (RULES, lambda t: t.replace("500", "900"), "entries of RULES"),
        (RULES, lambda t: t.replace("RULES = [", "RULES = [one_visit_a_day, "), "entries of RULES"),
        (RULES, lambda t: t.replace("RULES", "OTHERS"), "entries of RULES"),
        (RULES, lambda t: t.replace("import Range", "import InOrder as Range"), "import of Range"),
        (RULES, lambda t: t + "\nRULES = []\n", "RULES"),
        (RULES, lambda t: t + "\ndel RULES[0]\n", "only imports, definitions"),
        (RULES, lambda t: t + "\nRULES.clear()\n", "only imports, definitions"),
        (RULES, lambda t: t + "\nRULES[0] = None\n", "only imports, definitions"),
        (RULES, lambda t: t + "\nif True:\n    RULES = []\n", "only imports, definitions"),
        (RULES, lambda t: t + "\nclass Range:\n    pass\n", "Range is defined twice"),
        (TESTS, lambda t: t.replace("self.assertIn(rule", "self.assertNotIn(rule"), "must stay"),
        (TESTS, lambda t: t.replace("def test_price_in_range", "def price_in_range"), "must stay"),
        (TESTS, lambda t: t.replace("(WorkspaceTestCase)", "(object)"), "class VisitRuleTests"),
        (TESTS, lambda t: t.replace("class VisitR", "@skip\nclass VisitR"), "class VisitRuleTests"),
        (TESTS, lambda t: t + "\n    def setUp(self):\n        pass\n", "only methods called test_"),
        (TESTS, lambda t: t + "\n    assertIn = print\n", "only methods called test_"),
        (TESTS, lambda t: t + "\n    def test_price_in_range(self):\n        pass\n", "defined twice in"),
        (TESTS, lambda t: t + "\n\nclass VisitRuleTests:\n    pass\n", "VisitRuleTests"),
        (TESTS, lambda t: t + "\n\ndef load_tests(*given):\n    return given\n", "load_tests may not"),
        (TESTS, lambda t: t + "\n\ndef setUpModule():\n    pass\n", "setUpModule may not"),
        (TESTS, lambda t: t.replace("def day(number):", "def day(number=1):"), "day must stay"),
        (TESTS, lambda t: "", "must stay"),
    ],
)  # fmt: skip
def test_what_is_lost_changed_or_outflanked_is_named(path, change, fault):
    found = losses(BASELINE, with_(path, change))
    assert fault in " | ".join(found)
    with pytest.raises(Rejected):
        refuse_losses(BASELINE, with_(path, change))


def test_a_file_that_nobody_can_read_is_left_to_the_static_rules():
    assert losses(BASELINE, {RULES: "def broken(:\n"}) == []


def test_a_rule_to_be_coded_owes_a_test_that_asserts():
    module = DESIGN.module("visit")
    assert owed(module, BASELINE.merge(GOOD)) == []
    assert "test_one_visit_a_day" in owed(module, BASELINE)[0]
    silent = GOOD[TESTS].replace(
        "def test_one_visit_a_day(self):",
        "def test_one_visit_a_day(self):\n        return\n\n    def test_other(self):",
    )
    assert owed(module, BASELINE.merge({TESTS: silent}))  # fmt: skip
