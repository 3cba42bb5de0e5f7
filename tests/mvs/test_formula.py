"""The little language of computed fields."""

from __future__ import annotations

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.mvs.formula import (
    BadFormula,
    Days,
    Name,
    Negative,
    Number,
    Operation,
    divides_by_zero,
    names,
    parse,
    spans,
)


def test_times_binds_tighter_than_plus() -> None:
    assert parse("a + b * 2") == Operation(
        "+", Name("a"), Operation("*", Name("b"), Number(Decimal(2)))
    )


def test_equal_signs_go_from_left_to_right() -> None:
    assert parse("a - b - c") == Operation("-", Operation("-", Name("a"), Name("b")), Name("c"))


def test_parentheses_and_minus() -> None:
    assert parse("-(a + 1.5)") == Negative(Operation("+", Name("a"), Number(Decimal("1.5"))))


def test_days_takes_two_names() -> None:
    tree = parse("days(since, until) * rate")
    assert list(spans(tree)) == [Days("since", "until")]
    assert list(names(tree)) == ["rate"]


def test_a_literal_zero_may_not_divide() -> None:
    assert divides_by_zero(parse("a + -(b / 0.0)"))
    assert not divides_by_zero(parse("0 / a"))


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("", ""),
        ("1 +", ""),
        ("a b", "b"),
        ("(a", ""),
        ("a)", ")"),
        ("a ** 2", "* 2"),
        ("a // 2", "/ 2"),
        ("a % 2", "% 2"),
        ("a.b", ".b"),
        ("f(a)", "(a)"),
        ("days(a)", ")"),
        ("days(a, 1)", "1)"),
        ("days(a, b, c)", ", c)"),
        ("A", "A"),
        ("1e9", "e9"),
        ("1_000", "_000"),
        ("'x'", "'x'"),
        ("a if b else c", "if b else c"),
        ("[a]", "[a]"),
        ("a; b", "; b"),
    ],
)
def test_what_is_not_in_the_language_is_named(text: str, near: str) -> None:
    with pytest.raises(BadFormula) as bad:
        parse(text)
    assert bad.value.near == near


@given(st.text(alphabet="ab1 ()+-*/,.days_", max_size=200))
def test_any_text_is_a_formula_or_a_bad_one(text: str) -> None:
    with contextlib.suppress(BadFormula):
        list(names(parse(text)))
