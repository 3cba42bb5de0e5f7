"""Rules in plain words that the brains know how to write, rightly and carelessly.

In: a sentence of the customer's. Out: the body of its function and of its test. Callers: `brains.py`, `businesses.py`.
The surprise: the careless code is what a hurried person writes: it reads well, passes every static rule, and fails its test.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    pattern: re.Pattern
    test_name: str
    right: str
    careless: str
    test: str
    needs_dates: bool = False

    def function(self, name, sentence, *, is_careless=False):
        body = (self.careless if is_careless else self.right).replace("SENTENCE", quoted(sentence))
        return f"def {name}(row):\n{_indented(body, 4)}"

    def test_method(self, name, class_name, sentence):
        body = self.test.replace("SENTENCE", quoted(sentence)).replace("MODEL", class_name)
        return f"    def {name}(self):\n{_indented(body, 8)}"


NO_LEADING_ZERO = Recipe(
    pattern=re.compile(r"code of a .* does not begin with a zero|código de .* no empieza por cero"),
    test_name="code_without_leading_zero",
    right='if row.code.startswith("0"):\n    raise ValidationError(SENTENCE)',
    careless='if row.code.startswith("O"):\n    raise ValidationError(SENTENCE)',
    test='rule = SENTENCE\nself.assertIn(rule, self.broken_rules(code="012"))\n'
    'self.assertNotIn(rule, self.broken_rules(code="120"))',
)
TWO_A_DAY = Recipe(
    pattern=re.compile(r"A day has room for two|En un día caben como mucho dos"),
    test_name="at_most_two_a_day",
    right="if row.day is None:\n    return\n"
    "others = type(row).objects.filter(day=row.day).exclude(pk=row.pk)\n"
    "if others.count() >= 2:\n    raise ValidationError(SENTENCE)",
    careless="if row.day is None:\n    return\n"
    "others = type(row).objects.filter(day=row.day).exclude(pk=row.pk)\n"
    "if others.count() > 2:\n    raise ValidationError(SENTENCE)",
    test="rule = SENTENCE\nday_of_two = dt.date(2030, 5, 6)\nself.make(MODEL, day=day_of_two)\n"
    "second = self.make(MODEL, day=day_of_two)\n"
    "self.assertIn(rule, self.broken_rules(day=day_of_two))\n"
    "self.assertNotIn(rule, self.broken_rules(day=dt.date(2030, 5, 7)))\nsecond.full_clean()",
    needs_dates=True,
)
RECIPES = (NO_LEADING_ZERO, TWO_A_DAY)


def recipe_for(sentence):
    """None: nobody here knows how."""
    return next((recipe for recipe in RECIPES if recipe.pattern.search(sentence)), None)


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _indented(text, columns):
    return "\n".join(" " * columns + line if line else "" for line in text.split("\n"))
