"""What a turn changed, place by place and in words."""

from pathlib import Path

import pytest
import yaml

from chalicelib.discovery.applying import applied
from chalicelib.discovery.changes import read_changes
from chalicelib.discovery.diff import DIFF_MAX, diff
from chalicelib.discovery.diff_texts import ENGLISH, SPANISH


@pytest.fixture(scope="module")
def clinic():
    return applied(yaml.safe_load(Path("examples/clinica-dental.yaml").read_text()), ())


def after(mvs, *changes):
    return applied(mvs, read_changes(list(changes)))


def test_the_same_differs_in_nothing(clinic):
    assert diff(clinic, clinic, "es") == []


def test_a_new_field_is_named_by_key_and_in_words(clinic):
    key, plural = clinic["entities"][0]["key"], clinic["entities"][0]["plural"]
    field = {"key": "shelf", "label": "Estante {x}", "type": "text"}
    (found,) = diff(clinic, after(clinic, {"op": "put_field", "entity": key, "field": field}), "es")
    assert (found["path"], found["kind"]) == (f"entities.{key}.fields.shelf", "added")
    assert found["words"] == f"{plural}: campo nuevo Estante {{x}} (texto)"


def test_what_goes_with_a_removal_is_told(clinic):
    key = clinic["entities"][0]["key"]
    paths = {
        one["path"]
        for one in diff(clinic, after(clinic, {"op": "remove_entity", "key": key}), "en")
    }
    assert f"entities.{key}" in paths
    assert len(paths) > 1


@pytest.mark.parametrize("example", sorted(Path("examples").glob("*.yaml")), ids=lambda p: p.stem)
@pytest.mark.parametrize("language", ["es", "en"])
def test_a_whole_mvs_can_be_told_in_both_languages(example, language):
    found = diff(None, applied(yaml.safe_load(example.read_text()), ()), language)
    assert 10 < len(found) <= DIFF_MAX
    assert all(one["words"] and one["kind"] == "added" for one in found)


def test_both_languages_say_the_same_things():
    assert ENGLISH.keys() == SPANISH.keys()
