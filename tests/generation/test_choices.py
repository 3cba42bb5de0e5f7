"""What may be chosen over the rules' design, and what that leaves of requirements and their proofs."""

from __future__ import annotations

from pathlib import Path

from chalicelib.generation.choices import Choices, chosen, with_typed_rules
from chalicelib.generation.design import design
from chalicelib.generation.design_document import design_document
from chalicelib.generation.screens import ICONS_OFFERED
from chalicelib.generation.trace import trace
from chalicelib.mvs.requirements import requirements
from tests.agents.business import DESIGN, MVS, PLAN, SENTENCE, requirement

IN_ORDER = {"type": "in_order", "first": "held_on", "then": "ends_on"}


def test_without_choices_the_design_is_the_one_by_rules():
    assert chosen(MVS, PLAN, Choices()) == (design(MVS, PLAN), [])


def test_requirements_keep_their_ids_when_words_become_a_typed_rule():
    typed = with_typed_rules(MVS, {requirement(): IN_ORDER})
    assert [each.id for each in requirements(typed)] == [each.id for each in requirements(MVS)]
    assert [each.about for each in requirements(typed)] == [e.about for e in requirements(MVS)]


def test_a_typed_rule_is_traced_to_a_test_that_the_templates_write():
    made, _ = chosen(MVS, PLAN, Choices(typed={requirement(): IN_ORDER}))
    traced = next(each for each in trace(MVS, made).requirements if each.id == requirement())
    assert traced.tests == (
        "business.visit.tests.test_rules.VisitRuleTests.test_held_on_before_ends_on",
    )
    assert not traced.in_words


def test_a_coded_rule_has_no_proof_once_its_module_is_the_templates_own():
    told = trace(MVS, DESIGN)
    before = next(each for each in told.requirements if each.id == requirement())
    after = next(
        each for each in told.as_written({"visit"}).requirements if each.id == requirement()
    )
    assert (before.coded, before.in_words, len(before.tests)) == (True, False, 1)
    assert (after.coded, after.in_words, after.tests) == (False, True, ())
    assert told.as_written({"patient"}) == told


def test_the_design_document_names_the_test_of_a_coded_rule():
    assert f"{requirement()}: {SENTENCE} → `test_one_visit_a_day`" in design_document(DESIGN)


def test_two_rules_of_one_entity_never_share_a_test():
    names = {
        rule.name
        for entity in chosen(MVS, PLAN, Choices(coded={requirement(): "price_in_range"}))[
            0
        ].entities
        for rule in entity.rules
    }
    assert len(names) == 2


def test_only_what_is_said_in_words_can_become_anything_else():
    typed = next(each.id for each in requirements(MVS) if "500" in each.text)
    made, faults = chosen(MVS, PLAN, Choices(coded={typed: "x"}))
    assert made is None
    assert "not a rule in words" in faults[0]


def test_every_icon_that_is_offered_is_drawn():
    drawn = Path("scaffolds/django/runtime/pages/icons.py").read_text()
    assert all(f'"{icon}"' in drawn for icon in ICONS_OFFERED)
