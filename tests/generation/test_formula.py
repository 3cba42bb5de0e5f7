import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.generation import formula
from chalicelib.generation.app_design import FieldDesign

CENT = Decimal("0.01")


def fields(formula_text: str, **types: str) -> dict[str, FieldDesign]:
    made = {
        key: FieldDesign(
            name=key, key=key, label=key, type=kind.rstrip("?"), required=not kind.endswith("?")
        )
        for key, kind in types.items()
    }
    total = FieldDesign(
        name="total", key="total", label="Total", type="computed", formula=formula_text
    )
    return {**made, "total": total}


def body(formula_text: str, **types: str) -> list[str]:
    known = fields(formula_text, **types)
    return formula.property_body(known["total"], known)


@pytest.mark.parametrize(
    ("text", "types", "lines"),
    [
        ("a - b", {"a": "money", "b": "money"}, ["return self.a - self.b"]),
        ("(a + b) * 2", {"a": "integer", "b": "integer"}, ["return (self.a + self.b) * 2"]),
        ("a - (b - a)", {"a": "integer", "b": "integer"}, ["return self.a - (self.b - self.a)"]),
        ("-a", {"a": "integer"}, ["return -self.a"]),
        ("days(a, b)", {"a": "date", "b": "date"}, ["return (self.b - self.a).days"]),
        (
            "a * 0.21",
            {"a": "money"},
            ['return (self.a * Decimal("0.21")).quantize(CENT, ROUND_HALF_UP)'],
        ),
        (
            "a + b",
            {"a": "integer?", "b": "integer"},
            ["if self.a is None:", "    return None", "return self.a + self.b"],
        ),
        (
            "a / b",
            {"a": "integer", "b": "integer?"},
            [
                "if self.b is None or self.b == 0:",
                "    return None",
                "return (Decimal(self.a) / self.b).quantize(CENT, ROUND_HALF_UP)",
            ],
        ),
    ],
)
def test_a_formula_becomes_the_code_a_person_would_write(text, types, lines):
    assert body(text, **types) == lines


numbers = st.integers(-50, 50)
texts = st.recursive(
    st.sampled_from(["a", "b", "c", "2", "0.5", "3"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        inner.map(lambda text: f"(-{text})"),
    ),
    max_leaves=6,
)


@given(texts, numbers, numbers, numbers)
def test_the_code_gives_what_the_formula_says(text, a, b, c):
    known = fields(text, a="integer", b="money", c="decimal")
    source = "def total(self):\n" + "".join(
        f"    {line}\n" for line in body(text, a="integer", b="money", c="decimal")
    )
    room = {"Decimal": Decimal, "CENT": CENT, "ROUND_HALF_UP": ROUND_HALF_UP}
    exec(compile(source, "property", "exec"), room)
    row = type("Row", (), {"a": a, "b": Decimal(b), "c": Decimal(c)})()
    try:
        wanted = formula.evaluate(known["total"], known, {"a": a, "b": b, "c": c})
        found = room["total"](row)
    except ZeroDivisionError:
        return  # a literal zero as divisor, which `mvs.references` refuses
    assert found == wanted


def test_a_computed_field_of_another_one_is_empty_when_that_is():
    known = fields("half * 2", a="money?")
    half = FieldDesign(name="half", key="half", label="Half", type="computed", formula="a / 2")
    known |= {"half": half}
    assert formula.property_body(known["total"], known)[0] == "if self.half is None:"


def test_money_stays_money_until_it_is_divided_by_money():
    for text, is_money in (("a * c", True), ("a / c", True), ("a / b", False), ("c + 1", False)):
        known = fields(text, a="money", b="money", c="integer")
        assert formula.is_money(known["total"], known) is is_money


def test_days_of_moments_are_whole_days():
    known = fields("days(a, b)", a="datetime", b="datetime")
    lines = formula.property_body(known["total"], known)
    row = type("Row", (), {"a": dt.datetime(2030, 1, 1, 12), "b": dt.datetime(2030, 1, 3, 11)})()
    room: dict = {}
    exec("def total(self):\n    " + lines[0], room)
    assert room["total"](row) == 1
