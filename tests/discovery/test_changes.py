"""Changes to an MVS: a closed union, on a copy, judged as a whole."""

import copy
from pathlib import Path

import pytest
import yaml

from chalicelib.discovery.applying import applied
from chalicelib.discovery.changes import read_changes
from chalicelib.errors import InvalidMvs


@pytest.fixture(scope="module")
def clinic():
    mvs = yaml.safe_load(Path("examples/clinica-dental.yaml").read_text())
    return applied(mvs, ())


def changed(mvs, *changes):
    return applied(mvs, read_changes(list(changes)))


def entity(mvs, key):
    return next(one for one in mvs["entities"] if one["key"] == key)


NOTES = {"key": "shelf", "label": "Estante", "type": "text"}


def test_a_field_is_added_and_the_rest_stays(clinic):
    first = clinic["entities"][0]["key"]
    after = changed(clinic, {"op": "put_field", "entity": first, "field": NOTES})
    assert entity(after, first)["fields"][-1] == NOTES
    assert len(entity(clinic, first)["fields"]) + 1 == len(entity(after, first)["fields"])


def test_a_label_is_changed_without_repeating_the_fields(clinic):
    first = clinic["entities"][0]["key"]
    after = changed(clinic, {"op": "put_entity", "key": first, "label": "Otro nombre"})
    assert entity(after, first)["label"] == "Otro nombre"
    assert entity(after, first)["fields"] == entity(clinic, first)["fields"]


def test_changes_alone_make_an_mvs_out_of_nothing():
    fields = [{"key": "name", "label": "Name", "type": "text", "required": True}]
    after = changed(
        None,
        {"op": "set_text", "field": "name", "text": "Shop"},
        {"op": "set_text", "field": "summary", "text": "Sell."},
        {"op": "set_text", "field": "problem", "text": "Paper."},
        {"op": "set_industry", "industry": "retail"},
        {"op": "put_role", "key": "seller", "label": "Seller"},
        {"op": "put_entity", "key": "item", "label": "Item", "plural": "Items", "title": "name", "fields": fields},
    )  # fmt: skip
    assert after["entities"][0]["key"] == "item"


@pytest.mark.parametrize("example", sorted(Path("examples").glob("*.yaml")), ids=lambda p: p.stem)
def test_whatever_is_removed_leaves_nothing_pointing_at_it(example):
    mvs = applied(yaml.safe_load(example.read_text()), ())
    for one in mvs["entities"]:
        changed(mvs, {"op": "remove_entity", "key": one["key"]})
        for field in one["fields"]:
            if len(one["fields"]) > 1 and field["key"] != one["title"]:
                changed(mvs, {"op": "remove_field", "entity": one["key"], "key": field["key"]})
    for role in mvs["roles"]:
        changed(mvs, {"op": "remove_role", "key": role["key"]})


def test_what_comes_out_invalid_changes_nothing(clinic):
    before = copy.deepcopy(clinic)
    with pytest.raises(InvalidMvs) as refused:
        changed(clinic, {"op": "set_text", "field": "name", "text": "Nueva"},
                {"op": "put_field", "entity": clinic["entities"][0]["key"],
                 "field": {"key": "pay", "label": "Pago", "type": "reference", "to": "nowhere"}})  # fmt: skip
    assert "nowhere" in str(refused.value.facts["errors"])
    assert clinic == before


@pytest.mark.parametrize(
    "data",
    [
        None, "x", {"op": "set_text"}, [{"op": "run_code", "code": "import os"}], [{"op": "set_text", "field": "fragua", "text": "2"}],
        [{"op": "put_role", "key": "../../etc", "label": "x"}], [[]], [{"op": "remove_role", "key": "nobody"}],
        [{"op": "set_text", "field": "name", "text": "x", "tenant_id": "y"}], [{"op": "set_demo", "entity": "x", "rows": [{"a": {"b": 1}}]}],
        [{"op": "set_text", "field": "name", "text": "a\u202eb"}], [{"op": "remove_entity", "key": "e"}] * 201,
    ],
)  # fmt: skip
def test_nothing_outside_the_union_is_ever_carried_out(clinic, data):
    with pytest.raises(InvalidMvs) as refused:
        applied(clinic, read_changes(data))
    assert all(
        one["path"] and one["message"] and one["cure"] for one in refused.value.facts["errors"]
    )
