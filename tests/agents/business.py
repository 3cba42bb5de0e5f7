"""A small business with one rule in words, and what a careful writer makes of it."""

from __future__ import annotations

import copy

from chalicelib.agents.replies import WrittenModule
from chalicelib.generation import scaffold
from chalicelib.generation.choices import Choices, chosen
from chalicelib.generation.plan import plan
from chalicelib.mvs.reading import read_mvs
from tests.stepfunctions.platform import PATIENT, SMALL, VISIT

SENTENCE = "No se cita dos veces al mismo paciente el mismo día."
VISIT_WITH_RULES = {
    **VISIT,
    "fields": [
        VISIT["fields"][0],
        {**VISIT["fields"][1], "required": True},
        {"key": "held_on", "label": "Día", "type": "date", "required": True},
        {"key": "ends_on", "label": "Hasta", "type": "date"},
        {"key": "price", "label": "Precio", "type": "money"},
    ],
    "rules": [
        {
            "type": "range",
            "text": "El precio no pasa de 500.",
            "field": "price",
            "min": 0,
            "max": 500,
        },
        {"type": "in_words", "text": SENTENCE},
    ],
}
BUSINESS = {**copy.deepcopy(SMALL), "entities": [PATIENT, VISIT_WITH_RULES]}
MVS = read_mvs(BUSINESS)
PLAN = plan(MVS)
RULES, TESTS = "business/visit/rules.py", "business/visit/tests/test_rules.py"


def requirement():
    """Of the rule in words."""
    from chalicelib.agents.planning import rules_in_words

    return rules_in_words(MVS)[0].id


def designed(name="one_visit_a_day"):
    made, faults = chosen(MVS, PLAN, Choices(coded={requirement(): name}))
    assert not faults
    return made


DESIGN = designed()
BASELINE = scaffold.module_files(DESIGN, DESIGN.module("visit"))
RULE = f'''

def one_visit_a_day(row):
    from business.visit.models import Visit

    if row.patient_id is None or row.held_on is None:
        return
    others = Visit.objects.filter(patient_id=row.patient_id, held_on=row.held_on).exclude(pk=row.pk)
    if others.exists():
        raise ValidationError("{SENTENCE}")
'''
TEST = f'''
    def test_one_visit_a_day(self):
        rule = "{SENTENCE}"
        first = self.make(Visit, held_on=day(1))
        self.assertIn(rule, self.broken_rules(patient=first.patient, held_on=day(1)))
        self.assertNotIn(rule, self.broken_rules(patient=first.patient, held_on=day(2)))
'''


def rules_file():
    text = BASELINE[RULES].replace(f"# Acordado, sin comprobar: {SENTENCE}\n", "")
    start = text.index("\nRULES = [")
    head = text[:start].replace(
        "from workspaces", "from django.core.exceptions import ValidationError\n\nfrom workspaces"
    )
    list_ = text[start:].rstrip()
    return f"{head}{RULE}\n{list_[:-1]}, one_visit_a_day]\n"


def file_of_tests():
    return BASELINE[TESTS].rstrip() + "\n" + TEST


def written(**changes):
    """`rules=None` leaves a file out; any other keyword is a path with slashes as two underscores."""
    files = {RULES: rules_file(), TESTS: file_of_tests(), **changes.pop("files", {})}
    return WrittenModule(
        files=[{"path": path, "text": text} for path, text in files.items() if text is not None],
        summary=changes.pop("summary", "Ahora se comprueba que no se cite dos veces."),
    )
