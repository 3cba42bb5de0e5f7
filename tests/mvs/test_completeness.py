"""The score says how much is described; what is missing is the next question."""

from __future__ import annotations

from typing import Any

from chalicelib.mvs.completeness import CHECKS, THRESHOLD, completeness
from chalicelib.mvs.reading import read_mvs
from tests.mvs.hostile import small


def meagre() -> Any:
    data = small()
    for part in ("dashboards", "demo", "success", "out_of_scope"):
        del data[part]
    data["roles"] = data["roles"][:1]
    data["entities"] = data["entities"][:1]
    data["entities"][0] |= {"permissions": {}, "rules": [], "plural": "Places"}
    return data


def test_the_weights_add_up_to_a_hundred() -> None:
    assert sum(check.weight for check in CHECKS) == 100
    assert len({check.key for check in CHECKS}) == len(CHECKS)


def test_a_meagre_mvs_is_valid_but_not_ready() -> None:
    found = completeness(read_mvs(meagre()), "en")
    assert found.score < THRESHOLD
    assert not found.is_enough
    assert found.score == 100 - sum(one.weight for one in found.missing)


def test_the_weightiest_question_comes_first_and_names_what_it_is_about() -> None:
    missing = completeness(read_mvs(meagre()), "en").missing
    assert [one.weight for one in missing] == sorted((one.weight for one in missing), reverse=True)
    questions = {one.key: one.question for one in missing}
    assert questions["who_sees"] == "Who, besides the owner, may see these? Places"


def test_questions_are_asked_in_the_persons_language() -> None:
    found = completeness(read_mvs(meagre()), "es")
    assert all(
        one.question.startswith(("¿", "En ", "Estos", "Dentro", "Además")) for one in found.missing
    )


def test_an_answer_raises_the_score_by_its_weight() -> None:
    before, data = completeness(read_mvs(meagre())), meagre()
    data["out_of_scope"] = ["Invoices."]
    assert completeness(read_mvs(data)).score == before.score + 3


def test_a_question_names_at_most_five() -> None:
    data = meagre()
    place = data["entities"][0]
    data["entities"] = [
        {
            **place,
            "key": f"e{n}",
            "plural": f"Number {n}",
            "fields": [f for f in place["fields"] if f["type"] != "reference"],
        }
        for n in range(9)
    ]
    asked = {one.key: one.question for one in completeness(read_mvs(data)).missing}
    assert asked["who_sees"].endswith("Number 4 …")
