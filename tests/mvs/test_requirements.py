"""Requirements: numbered, in the app's language, each pointing to its place in the MVS."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalicelib.mvs.reading import read_mvs
from chalicelib.mvs.requirements import Requirement, requirements
from cli.mvs_file import load_mvs_file

EXAMPLES = sorted(Path("examples").glob("*.yaml"))


def of(path: str | Path) -> tuple[Requirement, ...]:
    return requirements(read_mvs(load_mvs_file(path)))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_ids_are_numbered_through_and_sentences_are_whole(path: Path) -> None:
    found = of(path)
    assert [one.id for one in found] == [f"R{number}" for number in range(1, len(found) + 1)]
    assert found == of(path)
    assert all(one.text.endswith((".", "?", "!")) and "{" not in one.text for one in found)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_rule_transition_and_tile_has_a_requirement(path: Path) -> None:
    mvs, found = read_mvs(load_mvs_file(path)), of(path)
    about = {one.about for one in found}
    for entity in mvs.entities:
        assert {f"entities.{entity.key}.rules[{n}]" for n in range(len(entity.rules))} <= about
        if entity.workflow:
            way = f"entities.{entity.key}.workflow.transitions"
            assert {f"{way}.{each.key}" for each in entity.workflow.transitions} <= about
    for board in mvs.dashboards:
        assert {f"dashboards.{board.key}.tiles[{n}]" for n in range(len(board.tiles))} <= about


def test_sign_in_isolation_and_audit_are_always_required() -> None:
    kinds = [one.kind for one in of("examples/equipment-rental.yaml")]
    assert {"sign_in", "isolation", "audit", "roles", "language"} <= set(kinds)


def test_a_transition_says_from_where_to_where_and_who() -> None:
    found = {one.about: one.text for one in of("examples/equipment-rental.yaml")}
    assert found["entities.booking.workflow.transitions.take_back"] == (
        "In “Bookings”, “Take back” leads from “Out” to “Back, not settled”;"
        " it may be done by the owner, “Counter” and “Workshop”."
    )
    assert found["entities.asset.workflow.transitions.retire"].endswith(
        "it may be done by the owner."
    )


def test_the_text_is_in_the_apps_first_language() -> None:
    assert of("examples/clinica-dental.yaml")[0].text.startswith(
        "Se entra en Clínica Dental Sonrisa"
    )
    assert of("examples/field-service.yaml")[0].text.startswith("People sign in to Northwind")


def test_what_belongs_to_an_entity_names_it() -> None:
    for one in of("examples/clinica-dental.yaml"):
        assert (one.entity is not None) == one.about.startswith("entities.")
