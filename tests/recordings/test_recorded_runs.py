"""The recorded runs are true: what they say was reported is what executing their bundles reports.

`UPDATE_RECORDINGS=1` makes them anew, with the brains and with every check executed; needed when a prompt has changed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import pytest

from tests.generation.whole_run import Checks, WholeRun
from tests.recordings.recorded import RUNS, record, recording
from tests.seeded_defects.conftest import laboratory, sound_app
from tests.seeded_defects.laboratory import Laboratory

__all__ = ["laboratory", "sound_app"]


def executed(laboratory: Laboratory, tree: Mapping[str, str]) -> Checks:
    """What the self-check of a candidate reports of this bundle."""
    _, text = laboratory.report(tree, REPORT_NONCE="n" * 32, GENERATION_ID="generation", ROUND="1")
    return list(json.loads(text)["checks"])


def outcome(checks: Checks) -> dict[str, Any]:
    """Without the times."""
    return {c["id"]: (c["passed"], sorted(f["rule"] for f in c["findings"])) for c in checks}


@pytest.mark.parametrize("name", RUNS)
def test_a_recorded_report_is_what_executing_the_bundle_reports(
    name: str, laboratory: Laboratory
) -> None:
    if os.environ.get("UPDATE_RECORDINGS") == "1":
        record(name, lambda run, tree, round_: executed(laboratory, tree))
    known = recording(name)
    run, _ = known.play()
    for round_ in range(1, rounds(run) + 1):
        assert outcome(executed(laboratory, run.tree(round_))) == outcome(known.checks(round_))


def rounds(run: WholeRun) -> int:
    return len({name.split("/")[1] for name in run.texts() if name.startswith("bundles/")})
