"""Whatever somebody sends is either refused with a path and a cure, or is harmless data."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.errors import InvalidMvs
from chalicelib.mvs.completeness import completeness
from chalicelib.mvs.reading import read_mvs
from chalicelib.mvs.requirements import requirements
from tests.mvs.hostile import ACCEPTED_HOSTILE, REFUSED_HOSTILE, Change, Data, changed, small

ACCEPTED = [pytest.param(data, id=name) for name, data in ACCEPTED_HOSTILE]
REFUSED = [pytest.param(change, path, id=name) for name, change, path in REFUSED_HOSTILE]


def test_there_are_far_more_than_fifty_cases() -> None:
    assert len(ACCEPTED) >= 50
    assert len(REFUSED) >= 50


@pytest.mark.parametrize("data", ACCEPTED)
def test_nasty_words_are_only_data(data: Data) -> None:
    mvs = read_mvs(data)
    assert mvs.name == data["name"]
    assert json.loads(mvs.model_dump_json())["entities"][0]["label"] == data["entities"][0]["label"]


@pytest.mark.parametrize("data", ACCEPTED)
def test_requirements_and_questions_repeat_nasty_words_unchanged(data: Data) -> None:
    mvs = read_mvs(data)
    label = " ".join(mvs.entities[0].plural.split())
    records = next(each for each in requirements(mvs) if each.kind == "records")
    assert label in records.text
    assert completeness(mvs, "es").score > 0


@pytest.mark.parametrize(("change", "path"), REFUSED)
def test_what_could_become_code_is_refused_with_its_path_and_a_cure(
    change: Change, path: str
) -> None:
    with pytest.raises(InvalidMvs) as refusal:
        read_mvs(changed(change))
    errors = refusal.value.facts["errors"]
    assert path in [error["path"] for error in errors]
    assert all(error["message"] and error["cure"] for error in errors)
    assert len(json.dumps(errors, ensure_ascii=True)) < 100_000


@pytest.mark.parametrize(("change", "path"), REFUSED)
def test_refusals_speak_spanish_too(change: Change, path: str) -> None:
    answers = []
    for language in ("en", "es"):
        with pytest.raises(InvalidMvs) as refusal:
            read_mvs(changed(change), language=language)
        answers.append(refusal.value.facts["errors"])
    assert [one["path"] for one in answers[0]] == [one["path"] for one in answers[1]]
    assert answers[0][0]["message"] != answers[1][0]["message"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


def refused_or_read(data: object) -> None:
    try:
        read_mvs(data)
    except InvalidMvs as refusal:
        errors = refusal.facts["errors"]
    else:
        return
    assert json.loads(json.dumps(errors))


@given(JSON)
@settings(max_examples=150, deadline=None)
def test_arbitrary_json_is_read_or_refused(data: Any) -> None:
    refused_or_read(data)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    parts = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [path] * bool(path) + [
        place for key, part in parts for place in places(part, (*path, key))
    ]


@given(st.lists(st.tuples(st.sampled_from(places(small())), JSON), min_size=1, max_size=3))
@settings(max_examples=200, deadline=None)
def test_a_valid_mvs_with_arbitrary_parts_exchanged_is_read_or_refused(
    changes: list[tuple[Any, Any]],
) -> None:
    data: Any = small()
    for path, value in changes:
        part = data
        for step in path[:-1]:
            try:
                part = part[step]
            except (KeyError, IndexError, TypeError):
                break
        else:
            if isinstance(part, dict) or (isinstance(part, list) and path[-1] in range(len(part))):
                part[path[-1]] = value
    refused_or_read(data)
