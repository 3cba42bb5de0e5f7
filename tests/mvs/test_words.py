"""Words that are taken: in Python, in Django, and in the scaffold as it is today."""

from __future__ import annotations

from pathlib import Path

import django.db.models
import pytest

from chalicelib.mvs.words import RESERVED, another_key, is_reserved

RUNTIME = Path("scaffolds/django/runtime")


@pytest.mark.parametrize(
    "package",
    sorted(p.parent.name for p in RUNTIME.glob("*/__init__.py") if p.parent.name != "business"),
)
def test_no_entity_may_be_called_like_a_package_of_the_runtime(package: str) -> None:
    assert is_reserved("entity", package)


def test_no_field_may_hide_an_attribute_of_a_model() -> None:
    attributes = {
        name for name in dir(django.db.models.Model) if name.islower() and not name.startswith("_")
    }
    assert {name for name in attributes if not is_reserved("field", name)} == set()


@pytest.mark.parametrize(
    "word", ["get_status_display", "get_next_by_day", "model_dump_json", "class", "none", "pk"]
)
def test_names_that_are_generated_are_taken(word: str) -> None:
    assert is_reserved("field", word)


@pytest.mark.parametrize(
    "word", ["type", "match", "case", "order", "group", "user", "model_number", "format"]
)
def test_ordinary_business_words_are_free(word: str) -> None:
    assert not is_reserved("field", word)


def test_the_word_proposed_instead_is_free() -> None:
    for use, words in RESERVED.items():
        assert {word for word in words if is_reserved(use, another_key(use, word))} == set()
