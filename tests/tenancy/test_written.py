"""Names and addresses in the one form in which they are kept."""

from __future__ import annotations

import pytest

from chalicelib.tenancy import written


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  Clínica   Sonrisa ", "Clínica Sonrisa"),
        ("Cafe\u0301", "Café"),
        ("بهنام می\u200cخواهد", "بهنام می\u200cخواهد"),
        ("株式会社", "株式会社"),
        ("x" * 120, "x" * 120),
    ],
)
def test_a_name_is_kept_as_people_see_it(text: str, kept: str) -> None:
    assert written.name(text) == kept


@pytest.mark.parametrize(
    "text",
    ["", "   ", "a\x00b", "Ana\u202eznA", "\u200d", "a\ud800", "x" * 121, "a\u2066b", "a\u200bb"],
)
def test_a_name_that_hides_something_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a name has"):
        written.name(text)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (" Ana.P@Example.ORG ", "ana.p@example.org"),
        ("ana@Exämple.org", "ana@xn--exmple-cua.org"),
        ("ana+shop@example.org", "ana+shop@example.org"),
    ],
)
def test_an_address_is_kept_in_lower_case_with_an_ascii_domain(text: str, kept: str) -> None:
    assert written.address(text) == kept


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
    ],
)
def test_what_is_no_address_or_looks_like_another_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an email address"):
        written.address(text)
