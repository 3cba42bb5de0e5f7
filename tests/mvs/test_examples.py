"""The examples are valid, complete, different in shape, and use everything the format has."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from chalicelib.mvs.completeness import completeness
from chalicelib.mvs.demo import demo_order
from chalicelib.mvs.reading import read_mvs
from chalicelib.mvs.schema import mvs_schema
from chalicelib.mvs.spec import Mvs
from cli.mvs_file import load_mvs_file

PATHS = sorted(Path("examples").glob("*.yaml"))
each_example = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def read(path: Path) -> Mvs:
    return read_mvs(load_mvs_file(path))


@each_example
def test_an_example_is_complete(path: Path) -> None:
    assert completeness(read(path), "es").score == 100


@each_example
def test_an_example_has_five_entities_workflows_dashboards_and_four_rows_of_each(
    path: Path,
) -> None:
    mvs = read(path)
    assert len(mvs.entities) >= 5
    assert sum(entity.workflow is not None for entity in mvs.entities) >= 2
    assert len(mvs.dashboards) >= 2
    assert all(len(mvs.demo[entity.key]) >= 4 for entity in mvs.entities)


@each_example
def test_an_example_uses_the_rules_people_ask_for_and_a_computed_field(path: Path) -> None:
    mvs = read(path)
    assert {"no_overlap", "range", "required_when", "in_order"} <= {
        rule.type for e in mvs.entities for rule in e.rules
    }
    assert any(field.type == "computed" for e in mvs.entities for field in e.fields)


@each_example
def test_every_reader_of_yaml_sees_the_same(path: Path) -> None:
    assert yaml.safe_load(path.read_text()) == load_mvs_file(path)


@each_example
def test_an_example_fits_the_published_schema(path: Path) -> None:
    validator = jsonschema.Draft202012Validator(mvs_schema())
    validator.check_schema(mvs_schema())
    assert [error.message for error in validator.iter_errors(load_mvs_file(path))] == []


@each_example
def test_the_demo_rows_come_after_those_they_refer_to(path: Path) -> None:
    mvs = read(path)
    order = demo_order(mvs)
    assert len(order) == sum(map(len, mvs.demo.values()))
    known: set[tuple[str, object]] = set()
    entities = {entity.key: entity for entity in mvs.entities}
    for key, index in order:
        row = mvs.demo[key][index]
        for field in entities[key].fields:
            if field.type == "reference" and row.get(field.key) is not None:
                assert (str(field.to), row[field.key]) in known
        known.add((key, row.get("_id")))


def test_together_they_use_every_field_type_rule_and_way_to_delete() -> None:
    all_of = [read(path) for path in PATHS]
    fields = [field for mvs in all_of for entity in mvs.entities for field in entity.fields]
    assert len({field.type for field in fields}) == 15
    assert {f.on_delete for f in fields if f.type == "reference"} == {"protect", "cascade", "clear"}
    assert (
        len({rule.type for mvs in all_of for entity in mvs.entities for rule in entity.rules}) == 5
    )


def test_one_refers_to_itself_and_one_has_a_circle() -> None:
    links = {(e.key, f.to) for path in PATHS for e in read(path).entities for f in e.fields if f.to}
    assert ("patient", "patient") in links
    assert {("curso", "docente"), ("docente", "curso")} <= links


def test_an_mvs_survives_json_unchanged() -> None:
    for path in PATHS:
        mvs = read(path)
        assert read_mvs(json.loads(mvs.model_dump_json())) == mvs
        assert read_mvs(json.loads(mvs.model_dump_json(exclude_unset=True))) == mvs
