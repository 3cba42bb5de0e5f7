"""Names, addresses and passwords as people send them, in the one form in which they are kept."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from chalicelib.http.schemas.texts import Address, DisplayName

address, name = TypeAdapter(Address).validate_python, TypeAdapter(DisplayName).validate_python


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  Clínica   Sonrisa ", "Clínica Sonrisa"),
        ("Cafe\u0301", "Café"),
        ("بهنام می\u200cخواهد", "بهنام می\u200cخواهد"),
        ("株式会社", "株式会社"),
        ("🦷", "🦷"),
        ("x" * 120, "x" * 120),
    ],
)
def test_a_name_is_kept_as_people_see_it(text, kept):
    assert name(text) == kept


@pytest.mark.parametrize(
    "text",
    ["", "   ", "a\x00b", "Ana\u202eznA", "\u200d", "x" * 121, "a\u2066b", "a\u200bb", "a\nb", "a\tb", "\u0301"],
)  # fmt: skip
def test_a_name_that_hides_something_is_refused(text):
    with pytest.raises(ValidationError):
        name(text)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Ana.P@Example.ORG", "ana.p@example.org"),
        ("ana@Exämple.org", "ana@xn--exmple-cua.org"),
        ("ana+shop@example.org", "ana+shop@example.org"),
    ],
)
def test_an_address_is_kept_in_lower_case_with_an_ascii_domain(text, kept):
    assert address(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "ana",
        "ana@",
        "@example.org",
        "ana@localhost",
        "ana@@example.org",
        "ana@example.org\nBcc: all@example.org",
        '"a b"@example.org',
        "аna@example.org",  # the first letter is Cyrillic
        "ana@example.org,eva@example.org",
        "Ana <ana@example.org>",
        "ana@[127.0.0.1]",
        f"{'x' * 65}@example.org",
        f"a@{'x' * 60}.{'x' * 60}.{'x' * 60}.{'x' * 60}.example.org",
    ],
)
def test_what_is_no_address_or_looks_like_another_is_refused(text):
    with pytest.raises(ValidationError):
        address(text)
