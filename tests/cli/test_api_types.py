"""The command line's types are those of the committed document."""

import os
from pathlib import Path

from tests.cli.typed_client import module_text

MODULE = Path("cli/api_types.py")


def test_the_clients_types_are_those_of_the_document():
    text = module_text()
    if os.environ.get("UPDATE_DOCS"):
        MODULE.write_text(text)
    assert MODULE.read_text() == text, "run: UPDATE_DOCS=1 pytest tests/cli/test_api_types.py"
