"""An app started from the catalogue is as sound as the examples: one combination through every check, executed.

All combinations are compiled and judged by the static rules in tests/catalog; this one has references that a rule needs,
several workflows, a tree, and an overlay with a workflow of its own.
"""

from __future__ import annotations

from chalicelib.catalog.blueprints import starting_mvs
from chalicelib.generation.scaffold import compile_app
from chalicelib.mvs.reading import read_mvs
from tests.catalogue import blueprints, overlays
from tests.seeded_defects.laboratory import EVERYBODY, Laboratory


def test_a_help_desk_for_hotels_passes_every_check(laboratory: Laboratory) -> None:
    (blueprint,) = [one for one in blueprints() if one.key == "help_desk"]
    (overlay,) = [one for one in overlays() if one.key == "hospitality"]
    tree = dict(compile_app(read_mvs(starting_mvs(blueprint, overlay, "es"))))
    checks = laboratory.checks(tree, EVERYBODY)
    assert [finding for check in checks for finding in check["findings"]] == []
