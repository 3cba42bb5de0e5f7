import json
from pathlib import Path

import pytest
import yaml

from chalicelib.mvs.reading import read_mvs
from tests.mvs.hostile import ACCEPTED_HOSTILE

EXAMPLES = sorted(Path("examples").glob("*.yaml"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_what_is_stored_reads_as_the_same_mvs(path):
    mvs = read_mvs(yaml.safe_load(path.read_text()))
    assert (
        read_mvs(json.loads(json.dumps(mvs.model_dump(mode="json", exclude_defaults=True)))) == mvs
    )


@pytest.mark.parametrize(
    ("name", "data"), ACCEPTED_HOSTILE, ids=lambda value: value if isinstance(value, str) else ""
)
def test_hostile_texts_are_stored_as_they_are(name, data):
    mvs = read_mvs(data)
    assert (
        read_mvs(json.loads(json.dumps(mvs.model_dump(mode="json", exclude_defaults=True)))) == mvs
    )
