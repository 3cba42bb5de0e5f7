"""All faults at once, in the reader's language, and nothing but faults."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.errors import InvalidMvs
from chalicelib.mvs.faults import quoted
from chalicelib.mvs.reading import read_mvs
from tests.mvs.hostile import small


def refusal(data: object, language: str = "en") -> InvalidMvs:
    with pytest.raises(InvalidMvs) as refused:
        read_mvs(data, language=language)
    return refused.value


def paths(data: object) -> list[str]:
    return [error["path"] for error in refusal(data).facts["errors"]]


def test_faults_of_shape_and_of_reference_are_named_together() -> None:
    data: Any = small()
    data["currency"] = "euro"
    data["entities"][0]["fields"][0]["label"] = ""
    data["entities"][1]["fields"][1]["to"] = "nowhere"
    assert set(paths(data)) == {
        "currency",
        "entities[0].fields[0].label",
        "entities[1].fields[1].to",
    }


def test_what_may_only_follow_from_a_fault_of_shape_is_not_said() -> None:
    data: Any = small()
    data["entities"][1]["fields"][4]["type"] = "whole number"
    assert paths(data) == ["entities[1].fields[4].type"]


def test_an_unusable_role_does_not_make_its_permissions_faulty() -> None:
    data: Any = small()
    data["roles"][0] = "clerk"
    assert paths(data) == ["roles[0]"]


def test_an_unusable_entity_does_not_hide_the_faults_of_another() -> None:
    data: Any = small()
    data["entities"].append(7)
    data["entities"][0]["title"] = "nothing"
    assert set(paths(data)) == {"entities[2]", "entities[0].title"}


def test_a_hundred_faults_are_listed_and_all_are_counted() -> None:
    data: Any = small()
    data["demo"]["place"] = [{"name": f"n{number}", "colour": 1, "size": 2} for number in range(80)]
    error = refusal(data)
    assert len(error.facts["errors"]) == 100
    assert error.facts["count"] >= 160
    assert str(error.facts["count"]) in error.detail


def test_the_faults_speak_the_readers_language() -> None:
    data: Any = small()
    data["entities"][0]["key"] = "class"
    errors = refusal(data, "es-MX").facts["errors"]
    assert errors == [
        {
            "path": "entities[0].key",
            "message": "'class' es una palabra que la aplicación necesita para sí.",
            "cure": "Elija otra clave, por ejemplo 'business_class'; la etiqueta en pantalla puede quedarse como está.",
        },
        *errors[1:],
    ]
    assert refusal(data, "fr").detail.startswith("The MVS")


def test_an_impossible_key_comes_with_a_possible_one() -> None:
    data: Any = small()
    data["entities"][0]["fields"][5]["key"] = "Nº de Teléfono"
    assert "'no_de_telefono'" in refusal(data).facts["errors"][0]["cure"]


def test_a_value_is_quoted_but_never_at_length() -> None:
    data: Any = small()
    data["summary"] = "x" * 5000
    assert len(refusal(data).facts["errors"][0]["message"]) < 200


@pytest.mark.parametrize(
    "make",
    [
        lambda: 10**5000,
        lambda: [[[[[]]]]],
        lambda: {"a": {"b": {"c": {}}}},
        lambda: "x" * 10**6,
        object,
    ],
)
def test_anything_can_be_quoted_shortly(make: Callable[[], object]) -> None:
    assert 0 < len(quoted(make())) <= 100


def test_words_said_twice_by_pydantic_are_said_once() -> None:
    data: Any = small()
    data["demo"]["place"][0]["name"] = ["a", "list"]
    assert paths(data) == ["demo.place[0].name"]
