"""docs/mvs.md says what is true: its snippets are run, its tables are compared."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from chalicelib.errors import InvalidMvs
from chalicelib.mvs.reading import read_mvs
from chalicelib.mvs.schema import schema_text
from cli.mvs_file import load_mvs_text
from tests.mvs.tables import BLOCK, DOC, TABLES, with_tables

TEXT = DOC.read_text()
SNIPPETS = re.findall(r"^```yaml\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
EXAMPLES = "".join(path.read_text() for path in sorted(Path("examples").glob("*.yaml")))


def block(kind: str) -> str:
    found = re.search(rf"^```{kind}\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


def test_the_smallest_mvs_of_the_page_is_valid() -> None:
    assert read_mvs(load_mvs_text(SNIPPETS[0])).name == "Bike Kitchen"


@pytest.mark.parametrize("snippet", SNIPPETS[1:])
def test_every_other_snippet_is_a_passage_of_an_example(snippet: str) -> None:
    assert snippet in EXAMPLES


def test_the_faulty_mvs_of_the_page_has_exactly_the_faults_shown() -> None:
    with pytest.raises(InvalidMvs) as refusal:
        read_mvs(load_mvs_text(block("yaml faulty")))
    assert refusal.value.facts["errors"] == json.loads(block("json faults"))


def test_the_tables_of_the_page_are_those_of_the_code() -> None:
    assert {name for _, name, _, _ in BLOCK.findall(TEXT)} == set(TABLES)
    assert with_tables(TEXT) == TEXT, "run: python -m tests.mvs.tables"


def test_the_committed_schema_is_the_models() -> None:
    written = Path("docs/mvs.schema.json").read_text()
    assert written == schema_text(), "run: python -m chalicelib.mvs.schema > docs/mvs.schema.json"
